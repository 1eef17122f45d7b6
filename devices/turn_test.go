package devices_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
)

// A call overtakes the refreshes that wait, but not another call; who gave up is passed over.
func TestACallOvertakesRefreshes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testACallOvertakesRefreshes)
}

func testACallOvertakesRefreshes(t *testing.T) {
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
			turn.Give(t.Context())
		})
		synctest.Wait() // they come one after the other
	}
	wait(t.Context(), "refresh 1")
	wait(gone, "given up")
	wait(t.Context(), "refresh 2")
	wait(devices.InHurry(t.Context()), "call 1")
	wait(devices.InHurry(t.Context()), "call 2")
	leave()
	synctest.Wait()
	turn.Give(t.Context())
	wg.Wait()
	if want := []string{"call 1", "call 2", "refresh 1", "refresh 2"}; !slices.Equal(order, want) {
		t.Errorf("the turns went %v, want %v", order, want)
	}
	if err := turn.Take(t.Context()); err != nil {
		t.Errorf("the line is not free again: %v", err)
	}
}

// What waits for its turn and is not to be said any more leaves the line; what has its turn goes on.
func TestOvertakenInTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turn devices.Turn
		newer := make(chan struct{})
		ctx := devices.UntilNewer(t.Context(), newer)
		if err := turn.Take(ctx); err != nil {
			t.Fatal(err)
		}
		left := make(chan error, 1)
		go func() { left <- turn.Take(ctx) }()
		synctest.Wait()
		if devices.Overtaken(ctx) || devices.Overtaken(t.Context()) {
			t.Error("overtaken by nobody")
		}
		close(newer)
		if err := <-left; !errors.Is(err, devices.ErrOvertaken) || !devices.Overtaken(ctx) {
			t.Errorf("it left with %v", err)
		}
		turn.Give(t.Context())
		if err := turn.Take(t.Context()); err != nil {
			t.Errorf("the line is not free again: %v", err)
		}
	})
}

// What is said again merely because time passed comes behind all else, and takes half of the line's time at most; a call does not wait for its rests.
func TestLeisureLeavesHalfOfTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const frame = 40 * time.Millisecond
		var turn devices.Turn
		var mu sync.Mutex
		busy := map[string]time.Duration{}
		say := func(ctx context.Context, what string) (waited time.Duration) {
			begun := time.Now()
			if err := turn.Take(ctx); err != nil {
				return 0
			}
			defer turn.Give(t.Context())
			waited = time.Since(begun)
			time.Sleep(frame)
			mu.Lock()
			busy[what] += frame
			mu.Unlock()
			return waited
		}
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				for ctx.Err() == nil {
					say(devices.AtLeisure(ctx), "refresh")
				}
			})
		}
		begun := time.Now()
		for i := range 40 {
			time.Sleep(113 * time.Millisecond)
			if waited := say(devices.InHurry(ctx), "call"); waited > frame {
				t.Errorf("call %d waited %v behind frames of %v", i, waited, frame)
			}
			if waited := say(ctx, "poll"); waited > frame {
				t.Errorf("poll %d waited %v", i, waited)
			}
		}
		took := time.Since(begun)
		stop()
		all.Wait()
		if share := float64(busy["refresh"]) / float64(took); share > 0.51 || share < 0.2 {
			t.Errorf("refreshes took %.0f %% of the line", 100*share)
		}
		if busy["call"] != 40*frame || busy["poll"] != 40*frame {
			t.Errorf("said: %v", busy)
		}
	})
}

// Who was overtaken while speaking asks again for a call, and is before others who waited: the call does not stand behind their texts, too.
func TestACallFollowsItsOwnRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turn devices.Turn
		newer := make(chan struct{})
		refresh := devices.AtLeisure(devices.UntilNewer(t.Context(), newer))
		if err := turn.Take(refresh); err != nil {
			t.Fatal(err)
		}
		order := make(chan string, 2)
		say := func(ctx context.Context, who string) {
			if err := turn.Take(ctx); err != nil {
				t.Error(err)
				return
			}
			order <- who
			turn.Give(ctx)
		}
		go say(t.Context(), "another window")
		synctest.Wait()
		close(newer)
		turn.Give(refresh)
		synctest.Wait()
		go say(devices.InHurry(t.Context()), "the call")
		if first, second := <-order, <-order; first != "the call" || second != "another window" {
			t.Errorf("%s, then %s", first, second)
		}
	})
}
