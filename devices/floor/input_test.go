package floor

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/queue"
)

// While the store does not answer, a clerk presses several keys. When it answers again, what was pressed long ago does not happen any more: nobody expects it.
func TestAnOldPressDoesNotAct(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		var mu sync.Mutex
		var done []queue.Command
		f := New(Options{Devices: one{}, Log: slog.New(slog.DiscardHandler), Do: func(_ context.Context, _ string, _ queue.Actor, cmd queue.Command) (queue.Answer, error) {
			if broken.Load() {
				return queue.Answer{}, errors.New("no space left")
			}
			mu.Lock()
			defer mu.Unlock()
			done = append(done, cmd)
			return queue.Answer{}, nil
		}})
		defer f.Close()
		f.Update(&queue.View{Seq: 1, Config: &queue.Config{}, Windows: []queue.WindowView{{ID: "3", State: queue.WindowOpen}}}, nil)
		broken.Store(true)
		for _, k := range []devices.Key{devices.KeyCall, devices.KeyRecall, devices.KeyFinish} {
			f.Input(devices.Input{Device: "caller-3", Window: 3, Key: k})
		}
		time.Sleep(inputWithin + 1500*time.Millisecond)
		broken.Store(false)
		f.Input(devices.Input{Device: "caller-3", Window: 3, Key: devices.KeyHere})
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			got := append([]queue.Command(nil), done...)
			mu.Unlock()
			if len(got) > 0 {
				if _, ok := got[0].(queue.Serve); !ok || len(got) > 1 {
					t.Errorf("carried out: %#v; want the last press alone", got)
				}
				return
			}
			if time.Now().After(end) {
				t.Fatal("the last press was not carried out")
			}
		}
	})
}
