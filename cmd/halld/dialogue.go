package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"halld/devices/profile"
	"halld/display"
)

// dialogueOf is an operation that is a dialogue of others; nil: it is none.
func dialogueOf(p *profile.Profile, op string) *profile.Op {
	if p.Protocol == nil {
		return nil
	}
	if o := p.Protocol.Op(op); o != nil && o.Steps != nil {
		return o
	}
	return nil
}

// takes lists what an operation can be given, and what it must be given; of a dialogue, all that its steps can and must.
func takes(p *profile.Protocol, op string) (can map[string]bool, must []string) {
	o := p.Op(op)
	if o == nil {
		return map[string]bool{}, nil
	}
	if o.Steps == nil {
		return p.Arguments(op), o.Args
	}
	can = map[string]bool{}
	for _, s := range o.Steps {
		if s.Send == "" {
			continue
		}
		maps.Copy(can, p.Arguments(s.Send))
		must = append(must, p.Op(s.Send).Args...)
	}
	return can, must
}

// stepWords says what the steps of a dialogue are: what is sent, and after < what is waited for.
func stepWords(o *profile.Op) []string {
	var out []string
	for _, s := range o.Steps {
		if s.Send != "" {
			out = append(out, s.Send)
		} else {
			out = append(out, "<"+s.Expect)
		}
	}
	return out
}

// only leaves of the arguments those that an operation takes.
func only(p *profile.Protocol, op string, args map[string]string) map[string]string {
	can := p.Arguments(op)
	out := maps.Clone(args)
	maps.DeleteFunc(out, func(k, _ string) bool { return !can[k] })
	return out
}

// encodeSteps makes the bytes of every step that sends something; nil for the steps that wait. What cannot be sent is found before anything is.
func encodeSteps(p *profile.Profile, address int, set map[string]string, op string, asked map[string]string) ([][]profile.Piece, error) {
	o := dialogueOf(p, op)
	can, _ := takes(p.Protocol, op)
	for _, k := range slices.Sorted(maps.Keys(asked)) {
		if !can[k] {
			return nil, fmt.Errorf("encode %s: there is no argument %q", op, k)
		}
	}
	out := make([][]profile.Piece, len(o.Steps))
	for i, s := range o.Steps {
		if s.Send == "" {
			continue
		}
		pieces, err := encodeFor(p, address, set, s.Send, only(p.Protocol, s.Send, asked))
		if err != nil {
			return nil, err
		}
		out[i] = pieces
	}
	return out, nil
}

// converse carries out a dialogue on the device's own line, and says of every step what went over it.
func (t *technician) converse(who, device string, p *profile.Profile, what display.BenchSend) (display.BenchResult, error) {
	cfg, err := t.s.rack.Config(device)
	if err != nil {
		return display.BenchResult{}, refused(err)
	}
	if _, err := encodeSteps(p, cfg.Address, cfg.Set, what.Op, what.Args); err != nil {
		return display.BenchResult{}, display.Explain(display.BadBytes, reason(what.Op, err.Error()))
	}
	t.log.Info("bench: dialogue", "who", who, "device", device, "op", what.Op)
	args := map[string]any{}
	for k, v := range what.Args {
		if v != "" {
			args[k] = v
		}
	}
	type ended struct {
		at  time.Time
		err error
	}
	var mu sync.Mutex
	var steps []ended
	out, err := t.during(device, func(ctx context.Context) error {
		return t.s.rack.Converse(ctx, device, what.Op, args, func(err error) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, ended{time.Now(), err})
		})
	})
	if err != nil {
		return out, err
	}
	mu.Lock()
	defer mu.Unlock()
	rest, all := out.Pieces, p.Protocol.Op(what.Op).Steps
	for i, e := range steps {
		s := all[i]
		step := display.BenchStep{Send: s.Send, Expect: s.Expect, OK: e.err == nil, Pieces: []display.BenchPiece{}}
		if e.err != nil {
			step.Error = e.err.Error()
		}
		n := slices.IndexFunc(rest, func(b display.BenchPiece) bool { return b.At.After(e.at) })
		if n < 0 || i == len(steps)-1 { // what comes behind the last step belongs to it
			n = len(rest)
		}
		if s.Send != "" && i+1 < len(all) && all[i+1].Expect != "" { // an answer may come before it is waited for
			if k := slices.IndexFunc(rest[:n], func(b display.BenchPiece) bool { return !b.Out }); k > 0 {
				n = k
			}
		}
		step.Pieces = append(step.Pieces, rest[:n]...)
		rest = rest[n:]
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

// dialogue carries out the steps over a port of one's own, where no driver does.
func (c *deviceSendCmd) dialogue(ctx context.Context, l *listener, p *profile.Profile, steps [][]profile.Piece) error {
	dec := p.Protocol.NewDecoder()
	for i, s := range p.Protocol.Op(c.Op).Steps {
		if s.Send != "" {
			fmt.Fprintf(l.env.Stdout, "step %d: send %s\n", i+1, s.Send)
			if err := l.send(ctx, steps[i]); err != nil {
				return err
			}
			continue
		}
		within := p.Line.Patience(s)
		fmt.Fprintf(l.env.Stdout, "step %d: wait for %s\n", i+1, s.Expect)
		came, err := l.expect(ctx, dec, s.Expect, within)
		if err != nil {
			return err
		}
		if !came {
			fmt.Fprintf(l.env.Stdout, "step %d: no %s within %v\n", i+1, s.Expect, within)
			return errNo
		}
	}
	return nil
}

// send writes pieces and prints them.
func (l *listener) send(ctx context.Context, pieces []profile.Piece) error {
	for _, p := range l.pace.Paced(pieces) {
		if _, err := l.conn.Write(p.Bytes); err != nil {
			return fmt.Errorf("send to %s: %w", l.name, err)
		}
		if err := l.tell(true, p.Bytes); err != nil {
			return err
		}
		if err := sleep(ctx, p.Pause); err != nil {
			return err
		}
	}
	return nil
}

// expect reads and prints until an event comes, or the time is over.
func (l *listener) expect(ctx context.Context, dec *profile.Decoder, event string, within time.Duration) (bool, error) {
	is := func(e profile.Event) bool { return e.Reject == "" && e.Name == event }
	buf := make([]byte, 512)
	for end := time.Now().Add(within); ctx.Err() == nil && time.Now().Before(end); {
		next := time.Now().Add(100 * time.Millisecond) // so that the end of ctx is seen soon, and silence ends a frame
		if next.After(end) {
			next = end
		}
		if err := l.conn.SetReadDeadline(next); err != nil {
			return false, err
		}
		n, err := l.conn.Read(buf)
		if n > 0 {
			if err := l.tell(false, buf[:n]); err != nil {
				return false, err
			}
			if slices.ContainsFunc(dec.Feed(buf[:n]), is) {
				return true, nil
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			if slices.ContainsFunc(dec.Flush(), is) {
				return true, nil
			}
		case errors.Is(err, io.EOF):
			return false, fmt.Errorf("read from %s: %w", l.name, io.ErrUnexpectedEOF)
		default:
			return false, fmt.Errorf("read from %s: %w", l.name, err)
		}
	}
	return false, ctx.Err()
}
