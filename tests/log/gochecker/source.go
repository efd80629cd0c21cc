package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const maxResource = width * (2 + 65535)

// source is where the log's resources come from: a folder, or an address without TLS.
type source struct {
	folder, host, prefix string
	headers              []string
}

func newSource(base string, headers []string) source {
	address, isHTTP := strings.CutPrefix(base, "http://")
	if !isHTTP {
		return source{folder: base}
	}
	host, prefix, _ := strings.Cut(address, "/")
	return source{host: host, prefix: strings.TrimSuffix("/"+prefix, "/"), headers: headers}
}

func (s source) read(path string) ([]byte, error) {
	if s.folder != "" {
		return os.ReadFile(filepath.Join(s.folder, filepath.FromSlash(path)))
	}
	data, err := s.get(path)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, err)
	}
	return data, nil
}

// get speaks plain HTTP/1.0: compiling net/http would take longer than all the checking.
func (s source) get(path string) ([]byte, error) {
	connection, err := net.DialTimeout("tcp", s.host, 10*time.Second)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	lines := append([]string{"GET " + s.prefix + "/" + path + " HTTP/1.0", "Host: " + s.host}, s.headers...)
	if _, err := io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return nil, err
	}
	return readAnswer(bufio.NewReader(connection))
}

func readAnswer(from *bufio.Reader) ([]byte, error) {
	status, err := from.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if fields := strings.Fields(status); len(fields) < 2 || fields[1] != "200" {
		return nil, fmt.Errorf("answered %q", strings.TrimSpace(status))
	}
	length := -1
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return nil, err
		}
		name, value, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found {
			break
		}
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "content-length":
			if length, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		case "content-encoding", "transfer-encoding":
			return nil, fmt.Errorf("answered with %s %s", name, value)
		}
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, io.LimitReader(from, maxResource+1)); err != nil {
		return nil, err
	}
	if body.Len() > maxResource || length >= 0 && body.Len() != length {
		return nil, fmt.Errorf("%d bytes, announced %d", body.Len(), length)
	}
	return body.Bytes(), nil
}
