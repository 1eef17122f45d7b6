package escpos

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// script is what was asked and what came.
type script struct {
	loose, full bool
	fixed       map[byte]fixedBits
	ask         []question
	stream      []byte
}

// hear runs a script, its bytes in pieces cut at these places, and tells what was understood. Flow control is left out.
func (s script) hear(stream []byte, cuts []int) (replies []string, flow int) {
	d := demux{loose: s.loose, full: s.full, flow: true, fixed: s.fixed}
	d.emit = func(r reply) {
		if r.kind == isXON || r.kind == isXOFF {
			flow++
			return
		}
		replies = append(replies, fmt.Sprintf("%d/%d % X", r.kind, r.query, r.data))
	}
	for _, q := range s.ask {
		d.ask(q.kind, q.query)
	}
	at := 0
	for _, c := range append(slices.Clone(cuts), len(stream)) {
		d.feed(stream[at:c])
		at = c
	}
	return replies, flow
}

var scripts = map[string]struct {
	script
	want []string
}{
	"every reply of Epson": {script{ask: []question{{kind: isStatus, query: 1}, {kind: isStatus, query: 4}, {kind: isPaper}},
		stream: []byte("\x12\x1e\x14\x00\x0c\x00\x00" + "7\x22" + "0042\x00" + "_EPSON\x00" + "=A\x00" + "7\x25\x00" + "7\x23\x41\x00" + "5\x01\x00" + ";0\x00" + "76180\x1f180\x1f1\x1f0\x00")},
		[]string{"1/1 12", "1/4 1E", "3/0 14 00 0C 00", "4/0 00", "5/0 37 22 30 30 34 32 00", "8/0 5F 45 50 53 4F 4E 00", "8/0 3D 41 00", "7/0 37 25 00", "6/0 37 23 41 00", "8/0 35 01 00", "8/0 3B 30 00",
			"8/0 37 36 31 38 30 1F 31 38 30 1F 31 1F 30 00"}},
	"paper status only behind the automatic one": {script{ask: []question{{kind: isPaper}}, stream: []byte("\x18\x00\x0c\x00\x0c")},
		[]string{"3/0 18 00 0C 00", "4/0 0C"}},
	"a status answer inside an automatic one": {script{ask: []question{{kind: isStatus, query: 2}}, stream: []byte("\x10\x00\x12\x00\x00")},
		[]string{"1/2 12", "3/0 10 00 00 00"}},
	"nobody asked": {script{stream: []byte("\x12\x00\x80")}, []string{"11/0 12", "11/0 00", "11/0 80"}},
	"a ticket in the mouth breaks the fixed bits": {script{fixed: map[byte]fixedBits{1: {0x13, 0x12}}, ask: []question{{kind: isStatus, query: 1}, {kind: isStatus, query: 2}}, stream: []byte("\x92\x12")},
		[]string{"1/1 92", "1/2 12"}},
	"without fixed bits the order of the questions decides": {script{loose: true, ask: []question{{kind: isStatus, query: 4}, {kind: isStatus, query: 3}, {kind: isPaper}}, stream: []byte("\x0c\x00\x00")},
		[]string{"1/4 0C", "1/3 00", "4/0 00"}},
	"without fixed bits, paper asked first": {script{loose: true, ask: []question{{kind: isPaper}, {kind: isStatus, query: 3}}, stream: []byte("\x00\x00")},
		[]string{"4/0 00", "1/3 00"}},
	"full status": {script{loose: true, full: true, ask: []question{{kind: isFull, query: 20}, {kind: isPaper}}, stream: []byte("\x10\x0f\x20\x03\x40\x01\x00")},
		[]string{"2/20 10 0F 20 03 40 01", "4/0 00"}},
	"half an automatic status, then a block": {script{stream: []byte("\x10\x00" + "\x37\x22" + "0001\x00")}, []string{"11/0 10 00", "5/0 37 22 30 30 30 31 00"}},
}

func TestRepliesAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range scripts {
		t.Run(name, func(t *testing.T) {
			if got, _ := c.hear(c.stream, nil); !slices.Equal(got, c.want) {
				t.Fatalf("heard %q\nwant  %q", got, c.want)
			}
			for cut := range len(c.stream) {
				if got, _ := c.hear(c.stream, []int{cut}); !slices.Equal(got, c.want) {
					t.Errorf("cut at %d: heard %q", cut, got)
				}
			}
			for at := range len(c.stream) + 1 { // flow control anywhere
				for _, x := range []byte{0x11, 0x13} {
					got, flow := c.hear(slices.Insert(slices.Clone(c.stream), at, x), nil)
					if !slices.Equal(got, c.want) || flow != 1 {
						t.Errorf("%02X at %d: heard %q, flow control %d times", x, at, got, flow)
					}
				}
			}
		})
	}
}

func FuzzDemux(f *testing.F) {
	for _, c := range scripts {
		f.Add(c.stream, uint64(1), c.loose, c.full)
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64, loose, full bool) {
		if loose {
			full = full && loose
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		s := script{loose: loose, full: full, ask: []question{{kind: isStatus, query: 1}, {kind: isPaper}, {kind: isStatus, query: 4}, {kind: isFull, query: 20}}}
		whole, _ := s.hear(stream, nil)
		var cuts []int
		for at := range stream {
			if rng.IntN(3) == 0 {
				cuts = append(cuts, at)
			}
		}
		if got, _ := s.hear(stream, cuts); !slices.Equal(got, whole) {
			t.Errorf("in pieces %q, whole %q", got, whole)
		}
		var mixed []byte
		for _, c := range stream {
			for rng.IntN(4) == 0 {
				mixed = append(mixed, []byte{0x11, 0x13}[rng.IntN(2)])
			}
			mixed = append(mixed, c)
		}
		if got, _ := s.hear(mixed, nil); !slices.Equal(got, whole) {
			t.Errorf("with flow control %q, without %q", got, whole)
		}
	})
}

// A line that never ends a block does not fill the memory.
func TestDemuxIsBounded(t *testing.T) {
	t.Parallel()
	d := demux{emit: func(reply) {}}
	for range 1000 {
		d.ask(isStatus, 2)
		d.feed(bytes.Repeat([]byte{0x5F, 0x41}, 100))
	}
	if len(d.held) > mostBlock || len(d.asked) > mostAsked {
		t.Errorf("it holds %d bytes and %d questions", len(d.held), len(d.asked))
	}
}
