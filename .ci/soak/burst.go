package main

import (
	"sync"
	"time"
)

// burst sends the steps of each client one after the other, and the clients' at once. A kill among them comes after its time.
func (r *Run) burst(s Step) *Difference {
	by := map[string][]*Op{}
	var all []*Op
	var kill *Step
	for _, sub := range s.Burst {
		if sub.Verb == "kill" {
			kill = &sub
			continue
		}
		if op, ok := r.prepare(sub); ok {
			by[sub.Who] = append(by[sub.Who], op)
			all = append(all, op)
		}
	}
	var flown sync.WaitGroup
	start := make(chan struct{})
	for _, ops := range by {
		flown.Go(func() {
			<-start
			for _, op := range ops {
				if r.send(op); op.failed != nil {
					return
				}
			}
		})
	}
	close(start)
	if kill != nil {
		after, err := time.ParseDuration(kill.Args[argAfter])
		if err != nil {
			return r.differ(s, "script", "%v", err)
		}
		time.Sleep(after) // the moment of the power cut
		r.daemon.kill()
		flown.Wait()
		if kill.Args["verify"] != "" {
			if d := r.checkFolder(s); d != nil {
				return d
			}
		}
		if d := r.comeBack(s); d != nil {
			return d
		}
	}
	flown.Wait()
	var sentOps []*Op
	for _, op := range all {
		if op.sent == 0 {
			continue // never sent: the one before it had no answer
		}
		r.fig.Commands++
		if op.failed != nil {
			if kill == nil {
				return r.differ(op.step, "no answer", "%s: %v", op.step, op.failed)
			}
			r.fig.InDoubt++
			if d := r.resend(s, op); d != nil {
				return d
			}
		}
		sentOps = append(sentOps, op)
	}
	if d := r.settle(s, sentOps); d != nil {
		return d
	}
	if kill != nil {
		return r.compare(s)
	}
	return nil
}
