// Checks an exported log with golang.org/x/mod/sumdb, which shares no code with this project.
//
//	go run verify.go FOLDER VERIFIER-KEY OLD-SIZE OLD-ROOT
//
// It verifies the signature, rebuilds the root from the tiles, hashes every entry of every
// bundle, and checks a proof of each entry and of the growth since the old size.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) read(path string) []byte {
	data, err := os.ReadFile(filepath.Join(string(f), path))
	must(err)
	return data
}

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		// Go's own paths name the height; C2SP's do not.
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		found = append(found, f.read(path))
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	if copy(h[:], data) != len(h) || len(data) != len(h) {
		must(fmt.Errorf("a hash has 32 bytes"))
	}
	return h
}

func main() {
	out := folder(os.Args[1])
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	opened, err := note.Open(out.read("checkpoint"), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root := hash(lines[2])

	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, out)
	rebuilt, err := tlog.TreeHash(size, reader)
	must(err)
	if rebuilt != root {
		must(fmt.Errorf("the tiles have another root"))
	}
	for index := int64(0); index < size; {
		width := size - index
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: int(width)}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		bundle := out.read(path)
		for ; width > 0; width-- {
			length := binary.BigEndian.Uint16(bundle)
			leaf := tlog.RecordHash(bundle[2 : 2+length])
			bundle = bundle[2+length:]
			proof, err := tlog.ProveRecord(size, index, reader)
			must(err)
			must(tlog.CheckRecord(proof, size, root, index, leaf))
			index++
		}
		if len(bundle) != 0 {
			must(fmt.Errorf("%s has more than it should", path))
		}
	}
	old, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(err)
	proof, err := tlog.ProveTree(size, old, reader)
	must(err)
	must(tlog.CheckTree(proof, size, root, old, hash(os.Args[4])))
	fmt.Printf("%s %d verified\n", verifier.Name(), size)
}
