// Command gochecker checks a tiled log with the Go project's own note and tlog packages, sharing no code with Liuhen.
//
//	gochecker [-old FILE]... [-cosigner VKEY]... [-header "Name: value"]... BASE VKEY
//
// BASE is a folder or an http:// address. Every entry bundle is hashed again, every hash tile is compared with those
// hashes, the root with the signed checkpoint, and inclusion is proven out of the tiles. Exit 0: all holds; 1: refused.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

type list []string

func (l *list) String() string         { return strings.Join(*l, ",") }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

func main() {
	var olds, cosigners, headers list
	flag.Var(&olds, "old", "an older checkpoint of the same log, in a file")
	flag.Var(&cosigners, "cosigner", "the key of one who must have cosigned the checkpoint")
	flag.Var(&headers, "header", "a header line for every request")
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	size, err := checkLog(newSource(flag.Arg(0), headers), flag.Arg(1), cosigners, olds)
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Printf("ok: %d entries\n", size)
}

func checkLog(from source, vkey string, cosigners, olds []string) (int64, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, fmt.Errorf("vkey: %w", err)
	}
	signed, err := from.read("checkpoint")
	if err != nil {
		return 0, err
	}
	head, err := openCheckpoint(signed, verifier)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	if err := checkCosigned(signed, verifier, cosigners); err != nil {
		return 0, fmt.Errorf("cosigners: %w", err)
	}
	hashes, err := hashEntries(from, head.N)
	if err != nil {
		return 0, err
	}
	if err := checkRoot(head, hashes); err != nil {
		return 0, err
	}
	if err := checkTiles(from, head.N, hashes); err != nil {
		return 0, err
	}
	proofs := tlog.TileHashReader(head, &tileReader{from})
	if err := checkInclusion(head, hashes, proofs); err != nil {
		return 0, err
	}
	for _, path := range olds {
		if err := checkOlder(path, verifier, head, proofs); err != nil {
			return 0, fmt.Errorf("consistency with %s: %w", path, err)
		}
	}
	return head.N, nil
}

// openCheckpoint wants the three lines origin, size, root and nothing else; the key's name is the origin.
func openCheckpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not origin, size and root, or another origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("the size is not a plain decimal")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("the root is no hash")
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}

// stored holds every hash the entries give, in tlog's own order.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[i] = s[index]
	}
	return found, nil
}

func hashEntries(from source, size int64) (stored, error) {
	hashes := make(stored, 0, tlog.StoredHashCount(size))
	for number := int64(0); number*width < size; number++ {
		count := min(size-number*width, width)
		path := tilePath("entries", number, count)
		data, err := from.read(path)
		if err != nil {
			return nil, err
		}
		entries, err := splitBundle(data, count)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for i, entry := range entries {
			more, err := tlog.StoredHashes(number*width+int64(i), entry, hashes)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, more...)
		}
	}
	return hashes, nil
}

func splitBundle(data []byte, count int64) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("an entry is cut short")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if int64(len(entries)) != count {
		return nil, fmt.Errorf("%d entries, not %d", len(entries), count)
	}
	return entries, nil
}

func checkRoot(head tlog.Tree, hashes stored) error {
	root, err := tlog.TreeHash(head.N, hashes)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return errors.New("the entries' root is not the signed one")
	}
	return nil
}

func checkTiles(from source, size int64, hashes stored) error {
	for _, tile := range tlog.NewTiles(height, 0, size) {
		expected, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		path := tilePath(strconv.Itoa(tile.L), tile.N, int64(tile.W))
		data, err := from.read(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, expected) {
			return fmt.Errorf("%s differs from the entries' hashes", path)
		}
	}
	return nil
}

// tileReader hands the log's tiles to tlog, under the paths of C2SP tlog-tiles rather than tlog's older ones.
type tileReader struct{ from source }

func (r *tileReader) Height() int                         { return height }
func (r *tileReader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := r.from.read(tilePath(strconv.Itoa(tile.L), tile.N, int64(tile.W)))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func checkInclusion(head tlog.Tree, hashes stored, proofs tlog.HashReader) error {
	if head.N == 0 {
		return nil
	}
	for _, index := range []int64{0, head.N / 2, head.N - 1} {
		proof, err := tlog.ProveRecord(head.N, index, proofs)
		if err != nil {
			return err
		}
		leaf := hashes[tlog.StoredHashIndex(0, index)]
		if err := tlog.CheckRecord(proof, head.N, head.Hash, index, leaf); err != nil {
			return fmt.Errorf("inclusion of entry %d: %w", index, err)
		}
	}
	return nil
}

func checkOlder(path string, verifier note.Verifier, head tlog.Tree, proofs tlog.HashReader) error {
	signed, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(signed, verifier)
	if err != nil || old.N == 0 {
		return err
	}
	if old.N > head.N {
		return fmt.Errorf("it has %d entries, the log only %d", old.N, head.N)
	}
	proof, err := tlog.ProveTree(head.N, old.N, proofs)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash)
}

// tilePath is the C2SP tlog-tiles path: three-digit groups, all but the last with an x; .p/W for a partial one.
func tilePath(level string, number, count int64) string {
	path := fmt.Sprintf("%03d", number%1000)
	for rest := number / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if count < width {
		path += fmt.Sprintf(".p/%d", count)
	}
	return "tile/" + level + "/" + path
}
