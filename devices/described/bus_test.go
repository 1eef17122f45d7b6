package described_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/devices/described"
	"halld/devices/profile"
	firmware "halld/firmware-configs"
)

// party is a line in memory with boards that answer as a test says: what is written takes its time on the wire, and what a board says is heard by all.
type party struct {
	t      *testing.T
	p      *profile.Profile
	turn   devices.Turn
	answer func(addr int, op string) (after time.Duration, fields map[string]any) // nil fields: it is silent

	mu      sync.Mutex
	free    time.Time // when the last byte is off the wire
	dec     *profile.Decoder
	side    *profile.DeviceSide
	ears    []*ear
	sent    []onWire
	reports []string
	heard   map[string]int
}

// onWire is a frame of the host, and when it had arrived whole.
type onWire struct {
	addr     int
	op, text string
	at       time.Time
	took     time.Duration
}

// ear is one driver's end of the line.
type ear struct {
	l        *party
	ch       chan []byte
	rest     []byte
	deadline time.Time
	moved    chan struct{}
	closed   chan struct{}
}

func newParty(t *testing.T, id string, change func(*profile.Profile), answer func(addr int, op string) (time.Duration, map[string]any)) *party {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(p)
	}
	side := p.Protocol.DeviceSide()
	return &party{t: t, p: p, answer: answer, side: side, dec: side.NewDecoder(), heard: map[string]int{}}
}

// open puts a driver on the line.
func (l *party) open(addr int) *described.Device {
	l.t.Helper()
	e := &ear{l: l, ch: make(chan []byte, 4096), moved: make(chan struct{}, 1), closed: make(chan struct{})}
	l.mu.Lock()
	l.ears = append(l.ears, e)
	l.mu.Unlock()
	id := fmt.Sprint("board-", addr)
	dev, err := described.Open(l.t.Context(), e, devices.Setting{ID: id, Profile: l.p, Window: addr, Address: addr, Turn: &l.turn, Log: slog.New(slog.DiscardHandler),
		Report: func(p devices.Problem) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.reports = append(l.reports, fmt.Sprintf("%s %s %v", id, p.Code, !p.Cleared))
		}, Input: func(devices.Input) {}, Heard: func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.heard[id]++
		}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = e.Close() })
	return dev.(*described.Device)
}

// put occupies the wire, and says when the last byte is there.
func (l *party) put(n int) time.Time {
	l.free = time.Now().Add(max(0, time.Until(l.free)) + l.p.Line.Wire(n))
	return l.free
}

func (e *ear) Write(b []byte) (int, error) {
	l := e.l
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.put(len(b))
	data := append([]byte(nil), b...)
	time.AfterFunc(time.Until(at), func() { l.arrived(data) })
	return len(b), nil
}

// arrived lets the boards take what the host sent.
func (l *party) arrived(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.dec.Feed(b) {
		addr, _ := e.Fields["addr"].(int64)
		text, _ := e.Fields["text"].(string)
		l.sent = append(l.sent, onWire{int(addr), e.Name, text, time.Now(), l.p.Line.Wire(len(b))})
		after, fields := l.answer(int(addr), e.Name)
		if fields == nil {
			continue
		}
		name, _ := fields["event"].(string)
		said, err := l.side.Say(name, fields)
		if err != nil {
			l.t.Errorf("the board's answer: %v", err)
			continue
		}
		time.AfterFunc(after, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			at := l.put(len(said))
			time.AfterFunc(time.Until(at), func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				for _, e := range l.ears {
					e.ch <- said
				}
			})
		})
	}
}

func (l *party) frames() []onWire {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]onWire(nil), l.sent...)
}

func (l *party) reported() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.reports...)
}

func (e *ear) Read(b []byte) (int, error) {
	for {
		e.l.mu.Lock()
		n, deadline := copy(b, e.rest), e.deadline
		e.rest = e.rest[n:]
		e.l.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		var end <-chan time.Time
		if !deadline.IsZero() {
			t := time.NewTimer(time.Until(deadline))
			defer t.Stop()
			end = t.C
		}
		select {
		case got := <-e.ch:
			e.l.mu.Lock()
			e.rest = got
			e.l.mu.Unlock()
		case <-e.moved:
		case <-end:
			return 0, os.ErrDeadlineExceeded
		case <-e.closed:
			return 0, os.ErrClosed
		}
	}
}

func (e *ear) SetReadDeadline(at time.Time) error {
	e.l.mu.Lock()
	e.deadline = at
	e.l.mu.Unlock()
	select {
	case e.moved <- struct{}{}:
	default:
	}
	return nil
}

func (e *ear) Close() error {
	close(e.closed)
	return nil
}

// answering are the answers of boards of one profile.
var answering = map[string]map[string]any{
	"onbon-bx5k":   {"event": "reply", "error": 0},
	"zhongyi-a090": {"event": "result", "result": "ok"},
}

func named(id string, addr int) map[string]any {
	fields := map[string]any{"addr": addr}
	for k, v := range answering[id] {
		fields[k] = v
	}
	return fields
}

// A board dies among forty that are refreshed, and nobody knows it yet: a call to another one is on its board within a frame and 50 ms, always,
// or at 9600 baud behind the one frame that is on the wire already. The dead one
// gets its name, and nobody else does.
func TestADeadNeighbourHoldsNoCallUp(t *testing.T) {
	t.Parallel()
	for id := range answering {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const n, dead, called = 40, 7, 20
				var mu sync.Mutex
				died := false
				l := newParty(t, id, nil, func(addr int, _ string) (time.Duration, map[string]any) {
					mu.Lock()
					defer mu.Unlock()
					if died && addr == dead {
						return 0, nil
					}
					return 2 * time.Millisecond, named(id, addr)
				})
				ctx, stop := context.WithCancel(t.Context())
				var refreshes sync.WaitGroup
				defer refreshes.Wait()
				defer stop()
				var call *described.Device
				for a := 1; a <= n; a++ {
					dev := l.open(a)
					if a == called {
						call = dev
						continue
					}
					refreshes.Go(func() { // fifteen times as often as a hall does
						for ctx.Err() == nil {
							_ = dev.Show(ctx, devices.Face{Window: a, Number: "B001", Mode: devices.Calling}) // one is dead: that is the point
							select {
							case <-time.After(2 * time.Second):
							case <-ctx.Done():
							}
						}
					})
				}
				time.Sleep(5 * time.Second)
				mu.Lock()
				died = true
				mu.Unlock()
				worst, frame := time.Duration(0), time.Duration(0)
				for i := range 60 {
					time.Sleep(137 * time.Millisecond)
					begun, number := time.Now(), fmt.Sprintf("A%03d", i)
					if err := call.Show(devices.InHurry(ctx), devices.Face{Window: called, Number: number, Mode: devices.Calling}); err != nil {
						t.Fatal(err)
					}
					for _, f := range l.frames() {
						if f.addr == called && strings.Contains(f.text, number) {
							worst, frame = max(worst, f.at.Sub(begun)), f.took
							break
						}
					}
				}
				t.Logf("the longest of 60 calls took %v; the wire time of its frame is %v", worst, frame)
				if limit := frame + max(50*time.Millisecond, frame+20*time.Millisecond); worst == 0 || worst > limit { // the frame that is on the wire is not cut
					t.Errorf("a call took %v; its frame takes %v", worst, frame)
				}
				time.Sleep(3 * time.Second)
				if got := strings.Join(l.reported(), ", "); got != fmt.Sprintf("board-%d silent true", dead) {
					t.Errorf("reported: %s", got)
				}
			})
		})
	}
}

// A board that always takes long to answer is not dead: a call waits for it as long as it usually takes, or the two would speak at once.
func TestASlowBoardIsNoDeadOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slow, called = 1, 2
		l := newParty(t, "zhongyi-a090", nil, func(addr int, _ string) (time.Duration, map[string]any) {
			if addr == slow {
				return 120 * time.Millisecond, named("zhongyi-a090", addr)
			}
			return 2 * time.Millisecond, named("zhongyi-a090", addr)
		})
		first, second := l.open(slow), l.open(called)
		for i := range 5 {
			done := make(chan error, 1)
			go func() { done <- first.Show(t.Context(), face) }()
			time.Sleep(60 * time.Millisecond) // its frame is out, its answer is not
			if err := second.Show(devices.InHurry(t.Context()), face); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			if err := <-done; err != nil {
				t.Errorf("the slow board, time %d: %v", i, err)
			}
		}
		if got := len(l.frames()); got > 10+1 { // only the first time nobody knew
			t.Errorf("%d frames for ten texts", got)
		}
		if got := l.reported(); len(got) > 0 {
			t.Errorf("reported: %v", got)
		}
	})
}

// Where an answer does not say whose it is, a late one of another device proves nothing.
func TestALateAnswerOfAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const late, dead, well = 1, 2, 3
		l := newParty(t, "ruize-nibble", nil, func(addr int, op string) (time.Duration, map[string]any) {
			switch {
			case op != "ping" || addr == dead:
				return 0, nil
			case addr == late:
				return 60 * time.Millisecond, map[string]any{"event": "online"}
			}
			return time.Millisecond, map[string]any{"event": "online"}
		})
		first, second, third := l.open(late), l.open(dead), l.open(well)
		for _, dev := range []*described.Device{second, third} {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
			if err := first.Probe(ctx); err == nil {
				t.Fatal("it answered in no time")
			}
			cancel()
			if err := dev.Probe(t.Context()); (err == nil) != (dev == third) {
				t.Errorf("a probe behind it: %v", err)
			}
			time.Sleep(time.Second)
		}
		if got := strings.Join(l.reported(), ", "); got != "board-2 silent true" {
			t.Errorf("reported: %s", got)
		}
		if l.heard["board-2"] > 0 || l.heard["board-3"] == 0 {
			t.Errorf("heard: %v", l.heard)
		}
	})
}
