package profile_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func builtIn(t testing.TB) *profile.Set {
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func vectors(t testing.TB, set *profile.Set) []profile.Vector {
	f, err := os.Open("testdata/protocols.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []profile.Vector
	for s := bufio.NewScanner(f); s.Scan(); {
		var v profile.Vector
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if _, err := set.Get(v.Protocol); err != nil {
			t.Errorf("a vector has no profile: %v", err)
			continue
		}
		out = append(out, v)
	}
	return out
}

// same compares what two events say, not how they were written.
func same(a, b profile.Event) bool {
	a.Raw, b.Raw, a.Checked, b.Checked = nil, nil, false, false
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func good(events []profile.Event) []profile.Event {
	var out []profile.Event
	for _, e := range events {
		if e.Reject == "" {
			out = append(out, e)
		}
	}
	return out
}

// TestVectors runs every public vector, and those that stand in the profiles themselves.
func TestVectors(t *testing.T) {
	set := builtIn(t)
	all := vectors(t, set)
	if len(all) < 120 {
		t.Fatalf("only %d vectors", len(all))
	}
	for _, id := range set.IDs() {
		p, _ := set.Get(id)
		for _, v := range p.Vectors {
			v.Protocol = id
			all = append(all, v)
		}
	}
	for _, v := range all {
		p, _ := set.Get(v.Protocol)
		if err := p.Protocol.Check(v); err != nil {
			t.Errorf("%s: %v (%s)", v.Protocol, err, v.Note)
		}
	}
}

// unchecked are protocols whose received frames carry no checksum: a flipped bit can make another frame of theirs.
var unchecked = map[string]bool{"zhongyi-a090": true, "ruize-nibble": true, "amplus": true, "syn6288": true, "xfs5152": true}

// TestFlippedBits: no single flipped bit of a received frame gives another event than the frame itself, and the next good frame is read.
//
// Hard case: every_flipped_bit_is_refused.
func TestFlippedBits(t *testing.T) {
	set := builtIn(t)
	for _, v := range vectors(t, set) {
		if v.Event == "" || unchecked[v.Protocol] || v.Event == "code" {
			continue
		}
		p, _ := set.Get(v.Protocol)
		frame := unhex(t, v.Rx)
		want := good(p.Protocol.DecodeAll(frame))[0]
		for bit := range len(frame) * 8 {
			bad := bytes.Clone(frame)
			bad[bit/8] ^= 1 << (bit % 8)
			got := good(p.Protocol.DecodeAll(append(bad, frame...)))
			if len(got) == 0 || !same(got[len(got)-1], want) {
				t.Fatalf("%s: after bit %d flipped the next good frame is lost: % X → %+v", v.Protocol, bit, bad, got)
			}
			for _, e := range got[:len(got)-1] {
				if !same(e, want) { // harmless: a preamble byte that nobody needs
					t.Errorf("%s: bit %d flipped gives %+v", v.Protocol, bit, e)
				}
			}
		}
	}
}

// FuzzDecode: no input crashes a decoder or makes it hold more than its bound.
func FuzzDecode(f *testing.F) {
	set := builtIn(f)
	for _, v := range vectors(f, set) {
		if v.Rx != "" {
			f.Add(unhex(f, v.Rx))
		}
	}
	all, foreign := decoders(f, set)
	for _, seed := range foreign {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range all {
			d := p.NewDecoder()
			d.Feed(data)
			d.Flush()
			if d.Pending() {
				t.Fatal("bytes are left after silence")
			}
		}
	})
}

// TestBadFiles: every mistake names the words the author must see.
func TestBadFiles(t *testing.T) {
	head := "id = \"x\"\nkind = \"board\"\ndriver = \"described\"\nproof = \"manual\"\n"
	line := "[line]\nbaud = 9600\nformat = \"8N1\"\n"
	tx := "[frame.tx]\nparts = [{ hex = \"A5\" }, { body = true }]\n"
	for name, c := range map[string]struct{ file, want string }{
		"typo":       {head + "[line]\nbuad = 9600\n", `bad.toml:6:1: unknown key "line.buad"`},
		"type":       {head + "[line]\nbaud = \"fast\"\n", "bad.toml:6:8: line.baud"},
		"baud":       {head + "[line]\nbaud = 12\nformat = \"8N1\"\n", "bad.toml:6: line.baud: 12; write 300 to 921600"},
		"driver":     {"id = \"x\"\nkind = \"board\"\ndriver = \"magic\"\nproof = \"manual\"\n" + line, `bad.toml:3: driver: "magic"; write one of described, escpos`},
		"hex":        {head + line + "[frame.tx]\nparts = [{ hex = \"A\" }]\n", "bad.toml:9: frame.tx: part 1: hex"},
		"sum":        {head + line + "[frame.tx]\nparts = [{ sum = \"crc99\", of = \"a..b\" }]\n", `sum "crc99"`},
		"two kinds":  {head + line + "[frame.tx]\nparts = [{ hex = \"A5\", body = true }]\n", "part 1: write exactly one of"},
		"frame":      {head + line + tx + "[op.a]\nframe = \"zz\"\n", "bad.toml:11: op.a.frame: there is no [frame.zz]"},
		"role":       {head + line + tx + "[role.board.idle]\nop = \"gone\"\n", "role.board.idle.op: there is no [op.gone]"},
		"no line":    {"id = \"x\"\nkind = \"button\"\ndriver = \"gpio\"\nproof = \"manual\"\n" + line, `bad.toml:6: line.baud: driver "gpio" does not act upon it; remove it`},
		"clock":      {"id = \"x\"\nkind = \"board\"\ndriver = \"max7219\"\nproof = \"manual\"\n[line]\nbaud = 1000000\nframe_gap_ms = 5\n", `bad.toml:7: line.frame_gap_ms: driver "max7219" does not act`},
		"no printer": {"id = \"x\"\nkind = \"printer\"\ndriver = \"escpos\"\nproof = \"manual\"\n" + line, "printer: the table is missing"},
	} {
		_, err := profile.ReadFile("bad.toml", []byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestNoise feeds every decoder with spoiled frames: bits flipped, bytes lost, doubled, put in, frames cut and joined, and plain noise.
// HALLD_NOISE sets how many inputs; 10,000,000 take some minutes.
func TestNoise(t *testing.T) {
	inputs := 200_000
	if s := os.Getenv("HALLD_NOISE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("HALLD_NOISE=%q: %v", s, err)
		}
		inputs = n
	}
	set := builtIn(t)
	all, seeds := decoders(t, set)
	for _, v := range vectors(t, set) {
		for _, s := range append(v.Stream, v.Rx, v.Hex) {
			if s != "" {
				seeds = append(seeds, unhex(t, s))
			}
		}
	}
	r := rand.New(rand.NewPCG(uint64(inputs), 7))
	events := 0
	for range inputs {
		data := spoil(r, seeds)
		d := all[r.IntN(len(all))].NewDecoder()
		cut := r.IntN(len(data) + 1)
		got := append(d.Feed(data[:cut]), d.Feed(data[cut:])...)
		got = append(got, d.Flush()...)
		if d.Pending() {
			t.Fatalf("bytes are left after silence: % X", data)
		}
		taken := 0
		for _, e := range got {
			taken += len(e.Raw)
		}
		if taken > len(data) {
			t.Fatalf("%d bytes gave events of %d: % X", len(data), taken, data)
		}
		events += len(good(got))
	}
	t.Logf("%d inputs, %d events", inputs, events)
}

// decoders are all protocols, the foreign ones too, and frames of those.
func decoders(t testing.TB, set *profile.Set) (all []*profile.Protocol, frames [][]byte) {
	for _, id := range set.IDs() {
		if p, _ := set.Get(id); p.Protocol != nil {
			all = append(all, p.Protocol)
		}
	}
	for _, p := range foreign(t) {
		all = append(all, p.Protocol)
		for _, v := range p.Vectors {
			for _, s := range []string{v.Rx, v.Hex} {
				if s != "" {
					frames = append(frames, unhex(t, s))
				}
			}
		}
	}
	return all, frames
}

func spoil(r *rand.Rand, seeds [][]byte) []byte {
	var out []byte
	for range r.IntN(3) + 1 {
		out = append(out, seeds[r.IntN(len(seeds))]...)
	}
	for range r.IntN(4) {
		at := r.IntN(len(out))
		switch r.IntN(5) {
		case 0:
			out[at] ^= 1 << r.IntN(8)
		case 1:
			out = slices.Delete(out, at, min(len(out), at+1+r.IntN(3)))
		case 2:
			out = slices.Insert(out, at, byte(r.IntN(256)), byte(r.IntN(256)))
		case 3:
			out = slices.Insert(out, at, out[at])
		case 4:
			out[at] = []byte{0, 0xFF, 0x7F, 0x80}[r.IntN(4)]
		}
		if len(out) == 0 {
			return []byte{0}
		}
	}
	return out
}
