package profile_test

import (
	"bytes"
	"testing"
)

// BenchmarkFrames writes a call and reads it back at the device, for protocols with each family of checksums.
func BenchmarkFrames(b *testing.B) {
	set := builtIn(b)
	for _, id := range []string{"onbon-bx5k", "cpower", "imm9013", "syn6288"} {
		p, err := set.Get(id)
		if err != nil {
			b.Fatal(err)
		}
		op, args := "show", map[string]any{"text": "请A012号到3号窗口"}
		if id == "imm9013" {
			args["addr"] = int64(1)
		}
		if id == "syn6288" {
			op = "say"
		}
		b.Run(id, func(b *testing.B) {
			side := p.Protocol.DeviceSide()
			for b.Loop() {
				frame, err := p.Protocol.Encode(op, args)
				if err != nil {
					b.Fatal(err)
				}
				d := side.NewDecoder()
				if got := append(d.Feed(frame), d.Flush()...); len(got) != 1 || got[0].Reject != "" {
					b.Fatalf("% X → %+v", frame, got)
				}
			}
		})
	}
}

// BenchmarkHostileLine reads 4 KiB that begin a frame again and again and never end one, where no length tells how long it is: what a stuck device costs.
func BenchmarkHostileLine(b *testing.B) {
	for _, p := range foreign(b) {
		pattern, bad := map[string]string{"dle-kermit": "10 02 05 10", "slip": "C0 01 02", "nibbles": "02 31 3F 3C"}[p.ID]
		if !bad {
			continue
		}
		data := bytes.Repeat(unhex(b, pattern), 1366)[:4096]
		b.Run(p.ID, func(b *testing.B) {
			for b.Loop() {
				d := p.Protocol.NewDecoder()
				for at := 0; at < len(data); at += 32 {
					d.Feed(data[at : at+32])
				}
				d.Flush()
			}
		})
	}
}
