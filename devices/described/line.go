package described

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// againError is an answer that asks to be asked again.
type againError struct{ code, is string }

func (e *againError) Error() string { return "the device asks to be asked again: " + e.is }

// others takes out of what arrived the bytes that this side sent, on an adapter that hears itself.
func (d *Device) others(b []byte) []byte {
	if !d.p.Line.Echo {
		return b
	}
	d.state.Lock()
	defer d.state.Unlock()
	n := 0
	for n < len(b) && n < len(d.own) && b[n] == d.own[n] {
		n++
	}
	if n == 0 {
		d.own = nil // a collision, or an adapter that does not echo after all: nothing is hidden
	} else {
		d.own = d.own[n:]
	}
	return b[n:]
}

// send carries out an operation: its frame, as often as the model wants it, and its answer where the model gives one.
func (d *Device) send(ctx context.Context, op string, args map[string]any) error {
	o := d.p.Protocol.Op(op)
	switch {
	case o == nil:
		return fmt.Errorf("profile %s has no operation %s", d.p.ID, op)
	case o.Done != nil:
		d.speak.Lock()
		defer d.speak.Unlock()
	}
	args = d.roll(args)
	if o.Steps == nil {
		pieces, err := d.frame(op, args)
		if err != nil {
			return err
		}
		return d.ask(ctx, op, o, func() error { return d.once(ctx, op, pieces, o) })
	}
	return d.ask(ctx, op, o, func() error { return d.dialogue(ctx, o, args, nil) })
}

// roll adds the parameters that go round and that neither the caller nor the hall file gives: one number for a whole dialogue.
func (d *Device) roll(args map[string]any) map[string]any {
	all := d.p.Protocol.Rolling(uint16(d.rolled.Add(1) - 1))
	if all == nil {
		return args
	}
	for name := range all {
		if _, given := d.set.Set[name]; given {
			delete(all, name)
		}
	}
	maps.Copy(all, args)
	return all
}

// Converse carries out a dialogue once, and tells after each step what came of it.
func (d *Device) Converse(ctx context.Context, op string, args map[string]any, told func(err error)) error {
	o := d.p.Protocol.Op(op)
	if o == nil || o.Steps == nil {
		return fmt.Errorf("profile %s has no dialogue %s", d.p.ID, op)
	}
	if err := d.dialogue(ctx, o, d.roll(args), told); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// dialogue goes through the steps of an operation. The line is held from the first to the last.
func (d *Device) dialogue(ctx context.Context, o *profile.Op, args map[string]any, told func(error)) error {
	if err := d.turn.Take(ctx); err != nil {
		return err
	}
	defer d.turn.Give(ctx)
	d.begin()
	defer d.asking.Store(false)
	for i, s := range o.Steps {
		err := d.step(ctx, s, args)
		if told != nil {
			told(err)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return d.out(ctx)
}

// out waits, on a line that devices share, until what was sent is off the wire: what comes next waits for its turn, where a call overtakes it, and not in the
// kernel's buffer.
func (d *Device) out(ctx context.Context) error {
	if d.set.Turn == nil {
		return nil
	}
	return d.sleep(ctx, time.Until(d.turn.End()))
}

// step is one turn of a dialogue.
func (d *Device) step(ctx context.Context, s profile.Step, args map[string]any) error {
	if s.Send != "" {
		takes := d.p.Protocol.Arguments(s.Send)
		own := maps.Clone(args)
		maps.DeleteFunc(own, func(k string, _ any) bool { return !takes[k] })
		pieces, err := d.frame(s.Send, own)
		if err != nil {
			return err
		}
		return d.put(ctx, pieces, d.p.Line.Gap())
	}
	return d.await(ctx, d.p.Line.Patience(s), func(e profile.Event) (bool, error) { return e.Name == s.Expect, nil })
}

// ask sends and waits for the answer, with the retries of the line. Who is known to be silent is asked once only: on a bus every question that
// nobody answers costs the others its time.
func (d *Device) ask(ctx context.Context, op string, o *profile.Op, once func() error) error {
	line := d.p.Line
	retries := line.Retries
	if d.has("silent") {
		retries = 0
	}
	var again *againError
	for try, unheard := 0, 0; ; try++ {
		err := once()
		whose := errors.Is(err, errWhose)
		if unheard < mostUnheard && (whose || errors.Is(err, errGaveWay) && !d.has("silent")) {
			unheard++
			try-- // nobody can say that it did not answer
			wait := time.Duration(0)
			if whose {
				wait = time.Until(d.turn.Owed())
			}
			if err := d.beforeAgain(ctx, wait); err != nil {
				return fmt.Errorf("%s: %w", op, err)
			}
			continue
		}
		if errors.Is(err, errGaveWay) {
			err = os.ErrDeadlineExceeded
		}
		switch {
		case err == nil:
			d.clear("silent")
			d.clear("refused")
			for i := range o.Reply {
				d.clear(problemOf(&o.Reply[i]))
			}
			return nil
		case try < retries && (errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &again)) && ctx.Err() == nil:
			if err := d.beforeAgain(ctx, time.Duration(line.RetryMS)*time.Millisecond); err != nil {
				return fmt.Errorf("%s: %w", op, err)
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil:
			d.problem("silent")
			return fmt.Errorf("%s: no answer within %d ms, %d times asked: %w", op, line.ReplyMS, try+1, err)
		default:
			if errors.As(err, &again) {
				d.problem(again.code)
			}
			return fmt.Errorf("%s: %w", op, err)
		}
	}
}

// beforeAgain waits, outside of the turn: others may speak meanwhile. What is overtaken is not tried again.
func (d *Device) beforeAgain(ctx context.Context, wait time.Duration) error {
	if wait > 0 {
		if err := d.sleep(ctx, wait); err != nil {
			return err
		}
	}
	if devices.Overtaken(ctx) {
		return devices.ErrOvertaken
	}
	return ctx.Err()
}

// frame makes the bytes of an operation from what is asked, what the hall file set, and the address.
func (d *Device) frame(op string, args map[string]any) ([]profile.Piece, error) {
	all := map[string]any{}
	known := d.p.Protocol.Arguments(op)
	put := func(k string, v any) {
		if known[k] {
			all[k] = v
		}
	}
	for k, v := range d.set.Set {
		put(k, v)
	}
	if d.set.Address != 0 {
		put("addr", d.set.Address)
	}
	if known["seq"] {
		put("seq", d.p.Protocol.Sequence(op, uint16(d.seq.Add(1))))
	}
	maps.Copy(all, args)
	return d.p.Protocol.EncodePieces(op, all)
}

// once sends a frame and takes its answer in one turn of the line. The late word that it is carried out is waited for outside: others may speak meanwhile.
func (d *Device) once(ctx context.Context, op string, pieces []profile.Piece, o *profile.Op) error {
	if err := d.inTurn(ctx, op, pieces, o); err != nil || o.Done == nil {
		return err
	}
	return d.await(ctx, time.Duration(o.Done.Within)*time.Millisecond, func(e profile.Event) (bool, error) { return o.Done.Is(e.Raw), nil })
}

func (d *Device) inTurn(ctx context.Context, op string, pieces []profile.Piece, o *profile.Op) error {
	if err := d.turn.Take(ctx); err != nil {
		return err
	}
	defer d.turn.Give(ctx)
	d.begin()
	defer d.asking.Store(false)
	d.polls.Store(op == d.p.Roles.Poll && op != "")
	defer d.polls.Store(false)
	line := d.p.Line
	for i := range max(1, line.Times) {
		gap := line.Gap()
		if i > 0 {
			gap = line.AgainGap()
		}
		if err := d.put(ctx, pieces, gap); err != nil {
			return err
		}
	}
	if line.ReplyMS == 0 || !o.Answered() {
		return d.out(ctx)
	}
	return d.answer(ctx, pieces, o)
}

// begin forgets what was answered to nobody.
func (d *Device) begin() {
	d.asking.Store(true)
	for len(d.replies) > 0 {
		<-d.replies
	}
}

// put writes one frame after the gap. Nothing else goes out inside it.
func (d *Device) put(ctx context.Context, pieces []profile.Piece, gap time.Duration) error {
	for {
		d.wire.Lock()
		wait := d.rest(gap)
		if wait <= 0 {
			break
		}
		d.wire.Unlock()
		if err := d.sleep(ctx, wait); err != nil {
			return err
		}
	}
	defer d.wire.Unlock()
	return d.write(ctx, pieces)
}

// rest is how long the line must still be silent before a frame.
func (d *Device) rest(gap time.Duration) time.Duration {
	turn := time.Duration(d.p.Line.TurnMS) * time.Millisecond
	if gap == 0 && turn == 0 {
		return 0
	}
	rest := time.Until(d.turn.End().Add(gap))
	if last := d.received.Load(); last != nil && turn > 0 { // the device takes its driver off the line first
		rest = max(rest, time.Until(last.Add(turn)))
	}
	return rest
}

// emit writes bytes at once, or as soon as the frame that is being written is out.
func (d *Device) emit(b []byte) error {
	d.wire.Lock()
	defer d.wire.Unlock()
	return d.write(context.Background(), []profile.Piece{{Bytes: b}})
}

// write sends pieces with the rests between them. What is written is still on the wire: gaps and reply times count from its end. The wire is held.
func (d *Device) write(ctx context.Context, pieces []profile.Piece) error {
	for _, p := range d.p.Line.Paced(pieces) {
		if d.p.Line.Echo {
			d.state.Lock()
			d.own = append(d.own, p.Bytes...)
			d.state.Unlock()
		}
		_, err := d.port.Write(p.Bytes)
		d.turn.Sent(d.p.Line.Wire(len(p.Bytes)))
		if err != nil {
			return err
		}
		if p.Pause > 0 {
			if err := d.sleep(ctx, time.Until(d.turn.End())+p.Pause); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer waits for what the model answers to an operation. Without a list of answers any event is one.
func (d *Device) answer(ctx context.Context, pieces []profile.Piece, o *profile.Op) error {
	reply := time.Duration(d.p.Line.ReplyMS) * time.Millisecond
	var sent []byte
	for _, p := range pieces {
		sent = append(sent, p.Bytes...)
	}
	return d.await(ctx, reply, func(e profile.Event) (bool, error) {
		for _, r := range o.Reply {
			switch {
			case !r.Means(e, sent):
			case r.Is == "ok":
				return true, nil
			case r.Retry:
				return true, &againError{problemOf(&r), r.Is}
			default:
				d.problem(problemOf(&r))
				return true, fmt.Errorf("the device answered: %s", r.Is)
			}
		}
		if o.Reply != nil {
			return false, nil
		}
		if code, ok := e.Fields["error"].(int64); ok && code != 0 {
			d.problem("refused")
			return true, fmt.Errorf("the device answered error %d", code)
		}
		if e.Fields["result"] == "failed" {
			return true, &againError{"refused", "it failed"}
		}
		return true, nil
	})
}

// problemOf is the code of what an answer complains of.
func problemOf(r *profile.Reply) string {
	if slices.Contains(devices.ProblemCodes(), r.Is) {
		return r.Is
	}
	return "refused"
}

// await waits until an event is the one, from the end of the last frame on. On a line that devices share it gives way to whoever is being called as soon
// as this device has had the time that it usually takes: the answer of a dead one is no reason to wait.
func (d *Device) await(ctx context.Context, within time.Duration, is func(profile.Event) (bool, error)) error {
	end, asking := d.turn.End(), d.asking.Load()
	t := time.NewTimer(time.Until(end.Add(within)))
	defer t.Stop()
	var way <-chan struct{}
	if d.set.Turn != nil && asking {
		way = d.turn.Hurried()
	}
	var enough <-chan time.Time
	for {
		select {
		case a := <-d.replies:
			if asking && d.whoseIsIt(a.named) {
				return errWhose
			}
			if yes, err := is(a.Event); yes {
				if asking {
					d.pace.took(time.Since(end))
				}
				return err
			}
		case <-t.C:
			return os.ErrDeadlineExceeded
		case <-way:
			way = nil
			short := time.NewTimer(time.Until(end.Add(d.pace.patience(d.has("silent")))))
			defer short.Stop()
			enough = short.C
		case <-enough:
			d.giveUp(end, within)
			return errGaveWay
		case <-ctx.Done():
			d.giveUp(end, within)
			return ctx.Err()
		case <-d.ended:
			return d.gone()
		}
	}
}

// giveUp notes that the answer to a question that ended then may still come.
func (d *Device) giveUp(end time.Time, within time.Duration) {
	if d.asking.Load() {
		d.pace.gave(end, within)
		d.turn.Owe(end.Add(within))
	}
}

// whoseIsIt says that an answer which names nobody may be a late one of another device of the line.
func (d *Device) whoseIsIt(named bool) bool {
	return !named && d.set.Turn != nil && time.Now().Before(d.turn.Owed())
}

func (d *Device) gone() error {
	if d.err == nil {
		return io.ErrUnexpectedEOF
	}
	return d.err
}

func (d *Device) sleep(ctx context.Context, wait time.Duration) error {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-d.ended:
		return d.gone()
	}
}
