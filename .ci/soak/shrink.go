package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// replay runs a script on a fresh folder and returns the first difference.
func replay(ctx context.Context, bin string, s Script) (*Difference, Figures, error) {
	r, err := newRun(ctx, bin, s)
	if err != nil {
		return nil, Figures{}, err
	}
	defer r.close()
	for _, step := range s.Steps {
		if d := r.Do(step); d != nil {
			return d, r.fig, nil
		}
		if ctx.Err() != nil {
			return nil, r.fig, ctx.Err()
		}
	}
	return r.Do(Step{N: -1, Who: "-", Verb: "compare"}), r.fig, nil
}

// shrink looks for the fewest steps that still show a difference of the same kind. It takes away ever smaller pieces (delta debugging), then
// steps of bursts, and stops when its time is over. idle are steps that changed nothing; shows is asked whether a script still shows it.
func shrink(s Script, idle map[int]bool, shows func(Script) bool, over func() bool) Script {
	try := func(steps []Step) bool {
		return !over() && shows(Script{World: s.World, Seed: s.Seed, Steps: steps})
	}
	// What was refused, what is done to the daemon and what is only looked at can mostly go at once. The last step shows the difference: it stays.
	last := len(s.Steps) - 1
	if rest := slices.DeleteFunc(slices.Clone(s.Steps[:last]), func(s Step) bool { return s.Burst == nil && (s.Who == "-" || idle[s.N]) }); len(rest) < last {
		if rest = append(rest, s.Steps[last]); try(rest) {
			s.Steps = rest
		}
	}
	for size := max(1, len(s.Steps)/2); size > 0 && !over(); {
		shorter := false
		for begin := 0; begin < len(s.Steps)-1; { // from the front: what is long past matters least
			end := min(begin+size, len(s.Steps)-1)
			rest := slices.Concat(s.Steps[:begin], s.Steps[end:])
			if try(rest) {
				s.Steps, shorter = rest, true
			} else {
				begin = end
			}
		}
		if !shorter || size > 1 {
			size /= 2
		}
	}
	for i := range s.Steps {
		for j := len(s.Steps[i].Burst) - 1; j >= 0 && len(s.Steps[i].Burst) > 1; j-- {
			steps := slices.Clone(s.Steps)
			steps[i].Burst = slices.Delete(slices.Clone(steps[i].Burst), j, j+1)
			if try(steps) {
				s.Steps = steps
			}
		}
	}
	return s
}

// smallest shrinks what a run met, within a time.
func smallest(ctx context.Context, bin string, s Script, d *Difference, limit time.Duration) Script {
	deadline := time.Now().Add(limit)
	tries := 1
	if slices.ContainsFunc(s.Steps, func(s Step) bool { return s.Burst != nil }) {
		tries = 3 // what happens at once may happen otherwise the next time
	}
	n := 0
	over := func() bool { return time.Now().After(deadline) || ctx.Err() != nil }
	out := shrink(s, d.Idle, func(c Script) bool {
		for range tries {
			if over() {
				return false
			}
			n++
			got, _, err := replay(ctx, bin, c)
			if err == nil && got != nil && got.Kind == d.Kind {
				return true
			}
		}
		return false
	}, over)
	fmt.Printf("soak: from %d steps to %d, in %d tries\n", len(s.Steps), len(out.Steps), n)
	return out
}
