package described_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"halld/devices"
	"halld/devices/profile"
)

// evtBoard answers every frame of an EVT board but those of the silent steps, which it leaves out once each.
type evtBoard struct {
	mu     sync.Mutex
	part   []byte // of a frame that has not come whole
	frames []string
	silent []string // beginnings of frames
}

// size is how long the frame is that begins so; 0: not known yet.
func (b *evtBoard) size() int {
	switch {
	case len(b.part) >= 4 && b.part[0] == 0xAA:
		return 4
	case len(b.part) >= 4 && b.part[0] == 0x04:
		return 7
	case len(b.part) >= 4:
		return 4 + int(b.part[3]) + 1
	}
	return 0
}

func (b *evtBoard) answer(p *peer, got []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.part = append(b.part, got...)
	if n := b.size(); n == 0 || len(b.part) < n {
		return
	}
	f := fmt.Sprintf("% X", b.part)
	b.part = nil
	b.frames = append(b.frames, f)
	for i, begin := range b.silent {
		if strings.HasPrefix(f, begin) {
			b.silent = slices.Delete(b.silent, i, i+1)
			return
		}
	}
	p.say("\xA5")
}

func (b *evtBoard) sent() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.frames
	b.frames = nil
	return f
}

// quick keeps the waits of a test short.
func quick(p *profile.Profile) { p.Line.ReplyMS, p.Line.IdleMS = 250, 20 }

func TestPicturesGoRound(t *testing.T) {
	t.Parallel()
	board := &evtBoard{}
	dev, _, _ := open(t, "evt", quick, board.answer)
	for _, picture := range []string{"02", "03"} {
		if err := dev.Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.AtWindow}); err != nil {
			t.Fatal(err)
		}
		stored := map[string]string{"02": "12", "03": "13"}[picture]
		sum := map[string]string{"02": "04", "03": "05"}[picture]
		want := []string{
			"AA 55 00 01",
			"04 00 00 01 " + stored + " 0B 01",
			"00 01 00 0D 11 D5 FD D4 DA B0 EC C0 ED 41 30 31 32 38",
			"AA 55 00 01",
			"04 00 00 01 02 00 01",
			"00 01 00 04 " + picture + " 01 03 01 " + sum,
		}
		if got := board.sent(); !slices.Equal(got, want) {
			t.Errorf("sent\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
}

// A dialogue that is not answered begins again as a whole, with the same picture.
func TestDialogueBeginsAgain(t *testing.T) {
	t.Parallel()
	board := &evtBoard{silent: []string{"00 01 00 0D"}}
	dev, _, _ := open(t, "evt", quick, board.answer)
	if err := dev.Show(t.Context(), devices.Face{Window: 3, Number: "A012", Mode: devices.AtWindow}); err != nil {
		t.Fatal(err)
	}
	got := board.sent()
	if len(got) != 9 || got[3] != "AA 55 00 01" || got[4] != got[1] || got[5] != got[2] {
		t.Errorf("sent\n  %s", strings.Join(got, "\n  "))
	}
}

func TestSilentInADialogueIsAProblem(t *testing.T) {
	t.Parallel()
	var problems []string
	var mu sync.Mutex
	report := func(p devices.Problem) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, fmt.Sprintf("%s %v", p.Code, p.Cleared))
	}
	answering := &evtBoard{}
	var dead bool
	dev, _ := connect(t, "evt", quick, func(p *peer, got []byte) {
		mu.Lock()
		silent := dead
		mu.Unlock()
		if !silent {
			answering.answer(p, got)
		}
	}, devices.Setting{Report: report, Input: func(devices.Input) {}})
	mu.Lock()
	dead = true
	mu.Unlock()
	if err := dev.Show(t.Context(), face); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v", err)
	}
	mu.Lock()
	dead = false
	mu.Unlock()
	if err := dev.Show(t.Context(), face); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"silent false", "silent true"}; !slices.Equal(problems, want) {
		t.Errorf("%v, want %v", problems, want)
	}
}
