package rack_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/rack"
)

// paper is a log that several write.
type paper struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// A line between noise and sense, a thousand times a minute, does not fill the disk with its log: ten times are told, then every hundredth.
func TestAFlutteringProblemIsNoFlood(t *testing.T) {
	t.Parallel()
	var log paper
	r := rack.New(rack.Options{Openers: map[string]devices.Opener{}, Profiles: profiles(t), Log: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing is opened
	if err := r.Start(ctx, []rack.Config{{ID: "caller-1", Kind: "caller", Profile: "caller-ff68", Port: "/dev/none", Window: 1}}); err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	over := func(code string) {
		p := devices.NewProblem("caller-1", code, time.Now())
		p.Cleared = true
		r.Report(p)
	}
	for range 1000 {
		r.Report(devices.NewProblem("caller-1", "garbage", time.Now()))
		over("garbage")
		over("bad-checksum") // it had none
	}
	r.Report(devices.NewProblem("caller-1", "silent", time.Now()))
	begun, ended := strings.Count(log.String(), "problem=garbage text"), strings.Count(log.String(), "is over")
	if begun < 10 || begun > 30 || ended != begun {
		t.Errorf("a thousand problems are told %d times, their ends %d times:\n%.2000s", begun, ended, log.String())
	}
	if !strings.Contains(log.String(), "times=1000") {
		t.Error("nobody says how often it was")
	}
	if !strings.Contains(log.String(), "problem=silent") || !has(r, "caller-1", "silent") {
		t.Error("another problem is kept back with it")
	}
	if n := len(r.Past("caller-1")); n > 20 {
		t.Errorf("%d problems are remembered", n)
	}
}
