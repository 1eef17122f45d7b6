package main

import "time"

// inTheAir kills the daemon while a command is on its way, and settles by repeating it.
func (r *Run) inTheAir(s Step, op *Op) *Difference {
	after, err := time.ParseDuration(s.Args[argKill])
	if err != nil {
		return r.differ(s, "script", "%v", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.send(op)
	}()
	time.Sleep(after) // the moment of the power cut
	r.daemon.kill()
	<-done
	if d := r.comeBack(s); d != nil {
		return d
	}
	if op.failed != nil {
		r.fig.InDoubt++
		if d := r.resend(s, op); d != nil {
			return d
		}
	}
	return r.settle(s, []*Op{op})
}

func (r *Run) resend(s Step, op *Op) *Difference {
	op.again = true
	for range 3 {
		if r.send(op); op.failed == nil {
			return nil
		}
	}
	return r.differ(s, "no answer", "%s, repeated after a restart: %v", op.step, op.failed)
}

// comeBack starts the daemon after a kill and goes on listening.
func (r *Run) comeBack(s Step) *Difference {
	r.fig.Kills++
	r.deafen()
	return r.up(s)
}

func (r *Run) deafen() {
	r.live.disconnect(false)
	r.board.disconnect(false)
}

func (r *Run) up(s Step) *Difference {
	for _, c := range r.http {
		c.CloseIdleConnections()
	}
	if err := r.daemon.start(); err != nil {
		return r.differ(s, "no start", "%v", err)
	}
	if err := r.listen(); err != nil {
		return r.differ(s, "live", "%v", err)
	}
	return nil
}

func (r *Run) crash(s Step) *Difference {
	r.daemon.kill()
	if s.Args["verify"] != "" {
		if d := r.checkFolder(s); d != nil {
			return d
		}
	}
	if d := r.comeBack(s); d != nil {
		return d
	}
	return r.compare(s)
}

func (r *Run) checkFolder(s Step) *Difference {
	r.fig.Verified++
	if err := r.daemon.verify(r.ctx); err != nil && r.ctx.Err() == nil {
		return r.differ(s, "verify", "%v", err)
	}
	return nil
}

// restart stops the daemon in good order and starts it again; a verify looks at the folder in between, a stop at the whole hall afterwards.
func (r *Run) restart(s Step) *Difference {
	if err := r.daemon.stop(); err != nil {
		return r.differ(s, "stop", "%v", err)
	}
	r.deafen()
	if s.Verb == "verify" {
		if d := r.checkFolder(s); d != nil {
			return d
		}
		return r.up(s)
	}
	r.fig.Stops++
	if d := r.up(s); d != nil {
		return d
	}
	return r.compare(s)
}
