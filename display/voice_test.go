package display

import (
	"context"
	"testing"
	"time"
)

// scriptedVoice answers from a channel and notes the receipts.
type scriptedVoice struct {
	say      chan Spoken
	receipts []string
}

func (v *scriptedVoice) Next(ctx context.Context, zone, page string, after uint64, failure string, leaves bool) (Spoken, bool) {
	if zone == "nowhere" {
		return Spoken{}, false
	}
	if after > 0 {
		v.receipts = append(v.receipts, zone+" "+page+" "+failure)
	}
	if leaves {
		return Spoken{}, true
	}
	select {
	case s := <-v.say:
		return s, true
	case <-ctx.Done():
		return Spoken{}, true
	}
}

func (v *scriptedVoice) Sound(zone string, id uint64) ([]byte, bool) {
	return []byte("RIFF of " + zone), id == 7
}

func TestPagesSpeak(t *testing.T) {
	voice := &scriptedVoice{say: make(chan Spoken, 1)}
	r := newRig(t, func(o *Options) { o.Announcer = voice })
	voice.say <- Spoken{ID: 7, Number: "A001", Window: "3", Lang: "zh", Text: "请A零零一号到三号窗口", Seconds: 3.5}
	var s Spoken
	r.ask(t, RoleBoard, "GET", "/api/voice/next?page=p1&zone=east", "").into(t, &s)
	if s.ID != 7 || s.Text != "请A零零一号到三号窗口" || s.Seconds != 3.5 {
		t.Errorf("%+v", s)
	}
	got := r.ask(t, RoleBoard, "GET", "/api/voice/sound?id=7&zone=east", "")
	if got.status != 200 || got.header.Get("Content-Type") != "audio/wav" || string(got.body) != "RIFF of east" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	r.ask(t, RoleBoard, "GET", "/api/voice/sound?id=8", "").refusal(t, NotFound)
	r.ask(t, RoleBoard, "GET", "/api/voice/next?page=p1&zone=nowhere", "").refusal(t, NotFound)
	var left Spoken
	r.ask(t, RoleBoard, "GET", "/api/voice/next?page=p1&zone=east&after=7&failed=muted&leave=true", "").into(t, &left)
	if left.ID != 0 || len(voice.receipts) != 1 || voice.receipts[0] != "east p1 muted" {
		t.Errorf("%+v, receipts %q", left, voice.receipts)
	}
	r.ask(t, RoleBoard, "GET", "/api/voice/next", "").refusal(t, BadValue) // a page has a name
	newRig(t).ask(t, RoleBoard, "GET", "/api/voice/next?page=p1", "").refusal(t, NotFound)
}

// A page that waits for something to speak is let go at once when the server ends.
func TestWaitingPageIsLetGo(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Announcer = &scriptedVoice{say: make(chan Spoken)} })
	ended := make(chan Spoken, 1)
	go func() {
		var s Spoken
		r.ask(t, RoleBoard, "GET", "/api/voice/next?page=p1", "").into(t, &s)
		ended <- s
	}()
	time.Sleep(50 * time.Millisecond)
	r.Server.Close()
	select {
	case s := <-ended:
		if s.ID != 0 {
			t.Errorf("%+v", s)
		}
	case <-time.After(speechWait / 2):
		t.Error("the page still waits")
	}
}
