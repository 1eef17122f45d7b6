package engine

import "context"

// Follow hands what is stored to each, batch by batch and in order, until the context or the engine ends. The first call shows the hall as it is, with Anew
// set; so does a later one whenever batches were missed, because each was too slow or the hall was rebuilt: then what was told before counts no more. buffer
// is how many batches may wait for each. It is the one way to follow the hall: screens, devices and whoever else listens start anew in it, not by themselves.
func (e *Engine) Follow(ctx context.Context, buffer int, each func(Told)) {
	var seq uint64
	begun := false
	for ctx.Err() == nil {
		l := e.Listen(seq, buffer)
		for first := true; ; first = false {
			var t Told
			ok := false
			select {
			case <-ctx.Done():
			case t, ok = <-l.C:
			}
			if !ok {
				break
			}
			if first {
				t.Anew = !begun || t.View.Seq != seq && (len(t.Events) == 0 || t.Events[0].Seq != seq+1)
				if !t.Anew && len(t.Events) == 0 {
					continue
				}
			}
			if t.Anew {
				t.Events = nil
			}
			begun = true
			each(t)
			seq = t.View.Seq
		}
		l.Close()
		if e.listeners.ended() {
			return
		}
	}
}

func (ls *listeners) ended() bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.closed
}
