package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	cosignatureV1 = 0x04
	timeSize      = 8
)

// cosigner checks cosignatures as C2SP tlog-cosignature writes them; x/mod knows only the log's own kind.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(message, signature []byte) bool {
	if len(signature) != timeSize+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", time)
	return ed25519.Verify(c.public, append([]byte(head), message...), signature[timeSize:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureV1 {
		return nil, errors.New("not the key of a cosigner")
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != id {
		return nil, errors.New("the id does not belong to the key")
	}
	return cosigner{name, binary.BigEndian.Uint32(sum[:]), key[1:]}, nil
}

// checkCosigned wants the signature of every one of these cosigners beside the log's.
func checkCosigned(signed []byte, log note.Verifier, vkeys []string) error {
	verifiers := []note.Verifier{log}
	for _, vkey := range vkeys {
		verifier, err := newCosigner(vkey)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(verifiers) {
		return fmt.Errorf("%d signatures of those %d keys", len(opened.Sigs), len(verifiers))
	}
	return nil
}
