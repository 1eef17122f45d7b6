package profile_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

type vector struct {
	Protocol string
	Op       string
	Args     map[string]any
	Hex      string
	Rx       string
	Stream   []string `json:"rx_stream"`
	Reject   bool
	Event    string
	Fields   map[string]any
	Ack      string
	Events   []struct {
		Event  string
		Fields map[string]any
		Ack    string
	}
}

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

func vectors(t testing.TB, set *profile.Set) []vector {
	f, err := os.Open("testdata/protocols.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []vector
	for s := bufio.NewScanner(f); s.Scan(); {
		var v vector
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if _, err := set.Get(v.Protocol); err == nil {
			out = append(out, v)
		}
	}
	return out
}

func same(a, b any) bool {
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

// TestVectors runs every public vector of the protocols that have a profile.
func TestVectors(t *testing.T) {
	set := builtIn(t)
	all := vectors(t, set)
	if len(all) < 30 {
		t.Fatalf("only %d vectors", len(all))
	}
	for _, v := range all {
		p, _ := set.Get(v.Protocol)
		if v.Op != "" {
			got, err := p.Protocol.Encode(v.Op, v.Args)
			if v.Reject != (err != nil) || err == nil && !bytes.Equal(got, unhex(t, v.Hex)) {
				t.Errorf("%s %s %v: % X, %v; want %s (refused: %v)", v.Protocol, v.Op, v.Args, got, err, v.Hex, v.Reject)
			}
			continue
		}
		d := p.Protocol.NewDecoder()
		var got []profile.Event
		for _, piece := range append(v.Stream, v.Rx) {
			got = append(got, d.Feed(unhex(t, piece))...)
		}
		got = good(append(got, d.Flush()...))
		if v.Event != "" {
			v.Events = append(v.Events, struct {
				Event  string
				Fields map[string]any
				Ack    string
			}{v.Event, v.Fields, v.Ack})
		}
		if len(got) != len(v.Events) {
			t.Errorf("%s %s%v: %d events, want %d: %v", v.Protocol, v.Rx, v.Stream, len(got), len(v.Events), got)
			continue
		}
		for i, want := range v.Events {
			if got[i].Name != want.Event || !same(got[i].Fields, want.Fields) || !bytes.Equal(got[i].Ack, unhex(t, want.Ack)) {
				t.Errorf("%s: %+v, want %+v", v.Protocol, got[i], want)
			}
		}
	}
}

// TestFlippedBits: no single flipped bit of a received frame gives another event than the frame itself, and the next good frame is read.
func TestFlippedBits(t *testing.T) {
	set := builtIn(t)
	for _, v := range vectors(t, set) {
		if v.Event == "" {
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
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, id := range set.IDs() {
			if p, _ := set.Get(id); p.Protocol != nil {
				d := p.Protocol.NewDecoder()
				d.Feed(data)
				d.Flush()
				if d.Pending() {
					t.Fatal("bytes are left after silence")
				}
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
		"hex":        {head + line + "[frame.tx]\nparts = [{ hex = \"A\" }]\n", "bad.toml:8: frame.tx: hex"},
		"sum":        {head + line + "[frame.tx]\nparts = [{ sum = \"crc99\", of = \"a..b\" }]\n", `sum "crc99"`},
		"two kinds":  {head + line + "[frame.tx]\nparts = [{ hex = \"A5\", body = true }]\n", "part 1: write exactly one of"},
		"frame":      {head + line + tx + "[op.a]\nframe = \"zz\"\n", "bad.toml:10: op.a.frame: there is no [frame.zz]"},
		"role":       {head + line + tx + "[role.board.idle]\nop = \"gone\"\n", "role.board.idle.op: there is no [op.gone]"},
		"no printer": {"id = \"x\"\nkind = \"printer\"\ndriver = \"escpos\"\nproof = \"manual\"\n" + line, "printer: the table is missing"},
	} {
		_, err := profile.ReadFile("bad.toml", []byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
