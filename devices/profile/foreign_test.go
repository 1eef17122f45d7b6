package profile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"halld/devices/profile"
)

// TestForeignProtocols: descriptions of protocols that no device of ours speaks, in the manner of those that are common in the field, with bytes that were
// worked out without this program. What an operation sends its own device side understands, cut into single bytes too; and where a checksum stands, no
// single flipped bit makes another event of a received frame.
func TestForeignProtocols(t *testing.T) {
	for _, p := range foreign(t) {
		t.Run(p.ID, func(t *testing.T) {
			if err := p.CheckVectors(); err != nil || len(p.Vectors) == 0 {
				t.Errorf("%d vectors: %v", len(p.Vectors), err)
			}
			for _, v := range p.Vectors {
				switch {
				case v.Reject:
				case v.Op != "":
					readsBack(t, p, v)
				case v.Event != "":
					noFlippedBit(t, p, v)
				}
			}
		})
	}
}

// foreign reads the descriptions.
func foreign(t testing.TB) []*profile.Profile {
	t.Helper()
	files, err := filepath.Glob("testdata/foreign/*.toml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var out []*profile.Profile
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := profile.ReadFile(name, text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, all...)
	}
	return out
}

func readsBack(t *testing.T, p *profile.Profile, v profile.Vector) {
	t.Helper()
	d := p.Protocol.DeviceSide().NewDecoder()
	var got []profile.Event
	for _, c := range unhex(t, v.Hex) {
		got = append(got, d.Feed([]byte{c})...)
	}
	got = good(append(got, d.Flush()...))
	if len(got) != 1 || got[0].Name != v.Op {
		t.Errorf("%s %v: its device side reads %+v", v.Op, v.Args, got)
		return
	}
	for k, want := range v.Args {
		if !same(profile.Event{Fields: map[string]any{k: got[0].Fields[k]}}, profile.Event{Fields: map[string]any{k: want}}) {
			t.Errorf("%s: %s = %v is read as %v", v.Op, k, want, got[0].Fields[k])
		}
	}
}

func noFlippedBit(t *testing.T, p *profile.Profile, v profile.Vector) {
	t.Helper()
	frame := unhex(t, v.Rx)
	want := good(p.Protocol.DecodeAll(frame))
	if len(want) != 1 || !want[0].Checked {
		return // nothing protects it
	}
	for bit := range 8 * len(frame) {
		bad := bytes.Clone(frame)
		bad[bit/8] ^= 1 << (bit % 8)
		for _, e := range good(p.Protocol.DecodeAll(bad)) {
			if !same(e, want[0]) {
				t.Errorf("bit %d of % X flipped gives %+v", bit, frame, e)
			}
		}
	}
}
