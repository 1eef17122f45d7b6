package profile_test

import "testing"

// A frame breaks off at any byte: the good one behind it is understood, with a silence between them and without, at the latest when the line is silent again,
// and nothing is left to wait for.
//
// Hard case: cut_frame_then_good_frame.
func TestCutFrameThenGoodFrame(t *testing.T) {
	set := builtIn(t)
	tried := 0
	for _, v := range vectors(t, set) {
		if v.Event == "" {
			continue
		}
		p, _ := set.Get(v.Protocol)
		frame := unhex(t, v.Rx)
		all := good(p.Protocol.DecodeAll(frame))
		if len(all) == 0 {
			t.Fatalf("%s: % X is no frame", v.Protocol, frame)
		}
		want := all[len(all)-1]
		for cut := 1; cut < len(frame); cut++ {
			tried++
			d := p.Protocol.NewDecoder()
			d.Feed(frame[:cut])
			d.Flush() // the line is silent for as long as the reader waits
			if got := good(append(d.Feed(frame), d.Flush()...)); d.Pending() || len(got) == 0 || !same(got[len(got)-1], want) {
				t.Errorf("%s: after % X and silence % X gave %+v, want %+v", v.Protocol, frame[:cut], frame, got, want)
			}
			if v.Event == "code" {
				continue // what a scanner typed has no beginning: only the silence tells two codes apart
			}
			d = p.Protocol.NewDecoder()
			got := append(d.Feed(frame[:cut]), d.Feed(frame)...)
			if got = good(append(got, d.Flush()...)); d.Pending() || len(got) == 0 || !same(got[len(got)-1], want) {
				t.Errorf("%s: behind % X without silence % X gave %+v, want %+v", v.Protocol, frame[:cut], frame, got, want)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d cuts were tried", tried)
	}
}
