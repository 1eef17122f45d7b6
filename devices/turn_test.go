package devices_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"halld/devices"
)

// A call overtakes the refreshes that wait, but not another call; who gave up is passed over.
func TestACallOvertakesRefreshes(t *testing.T) {
	var turn devices.Turn
	if err := turn.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var wg sync.WaitGroup
	gone, leave := context.WithCancel(t.Context())
	wait := func(ctx context.Context, name string) {
		wg.Go(func() {
			if err := turn.Take(ctx); err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
				return
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			turn.Give()
		})
		time.Sleep(10 * time.Millisecond) // they come one after the other
	}
	wait(t.Context(), "refresh 1")
	wait(gone, "given up")
	wait(t.Context(), "refresh 2")
	wait(devices.InHurry(t.Context()), "call 1")
	wait(devices.InHurry(t.Context()), "call 2")
	leave()
	time.Sleep(10 * time.Millisecond)
	turn.Give()
	wg.Wait()
	if want := []string{"call 1", "call 2", "refresh 1", "refresh 2"}; !slices.Equal(order, want) {
		t.Errorf("the turns went %v, want %v", order, want)
	}
	if err := turn.Take(t.Context()); err != nil {
		t.Errorf("the line is not free again: %v", err)
	}
}
