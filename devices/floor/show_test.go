package floor

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/queue"
)

// shelf is a board that notes what it is shown.
type shelf struct {
	mu    sync.Mutex
	faces []devices.Face
}

func (*shelf) Probe(context.Context) error { return nil }
func (*shelf) Halt(context.Context) error  { return nil }

func (s *shelf) Show(_ context.Context, f devices.Face) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faces = append(s.faces, f)
	return nil
}

func (s *shelf) shown() []devices.Face {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]devices.Face(nil), s.faces...)
}

// one is a hall with one device, which is there.
type one struct{ dev devices.Device }

func (o one) Get(string) (devices.Device, bool) { return o.dev, true }

func waiting(seq uint64, cfg *queue.Config, n int) *queue.View {
	return &queue.View{Seq: seq, Config: cfg, Queues: []queue.QueueView{{ID: "A", Waiting: n}},
		Windows: []queue.WindowView{{ID: "3", State: queue.WindowOpen, Queues: []queue.QueueID{"A"}}}}
}

// A count of people that changes and changes back within the gap between two counts is not shown, and does not end the refreshing: a board that is only
// sent to shows its window again after it lost its power.
func TestRefreshGoesOnAfterACountCameBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := &shelf{}
		f := New(Options{Devices: one{board}, Refresh: 4 * time.Second, Log: slog.New(slog.DiscardHandler)})
		defer f.Close()
		cfg := &queue.Config{Name: "清溪", Devices: []queue.Device{{ID: "board-3", Kind: "board", Window: "3"}}}
		until := func(what string, n int) {
			t.Helper()
			for end := time.Now().Add(20 * time.Second); len(board.shown()) < n; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%s: it was shown %v", what, board.shown())
				}
			}
		}
		f.Update(waiting(1, cfg, 3), nil)
		until("the first face", 1)
		f.Update(waiting(2, cfg, 4), nil)
		time.Sleep(50 * time.Millisecond) // the worker sees the other count
		f.Update(waiting(3, cfg, 3), nil)
		until("the refreshes", 3)
		for _, face := range board.shown() {
			if face.Waiting != 3 {
				t.Errorf("it was shown %+v", face)
			}
		}
	})
}

// A board that rests while somebody else shows something on it is refreshed again afterwards.
func TestRefreshGoesOnAfterARest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := &shelf{}
		f := New(Options{Devices: one{board}, Refresh: 200 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
		defer f.Close()
		cfg := &queue.Config{Name: "清溪", Devices: []queue.Device{{ID: "board-3", Kind: "board", Window: "3"}}}
		f.Update(waiting(1, cfg, 3), nil)
		f.Quiet("board-3", time.Now().Add(500*time.Millisecond))
		time.Sleep(500 * time.Millisecond)
		before := len(board.shown())
		for end := time.Now().Add(20 * time.Second); len(board.shown()) <= before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it is never refreshed again")
			}
		}
	})
}
