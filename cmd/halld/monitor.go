package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
)

type deviceMonitorCmd struct {
	Port    string        `arg:"" help:"A tty or tcp:host:port."`
	Profile string        `help:"Decode with this profile, and take its line settings."`
	Record  string        `help:"Write what arrives to this file, for halld device teach and halld sim --play."`
	For     time.Duration `help:"Stop after this time; default: at Ctrl-C."`
}

func (c *deviceMonitorCmd) Run(ctx context.Context, env *Env) error {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	l, err := newListener(ctx, env, c.Port, c.Profile)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	if c.Record != "" {
		f, err := os.Create(c.Record)
		if err != nil {
			return err
		}
		defer f.Close()
		l.record = json.NewEncoder(f)
	}
	return l.listen(ctx)
}

type deviceSendCmd struct {
	Port    string        `arg:"" help:"A tty or tcp:host:port."`
	Hex     []string      `arg:"" help:"The bytes, in hex."`
	Profile string        `help:"Decode what comes back with this profile, and take its line settings."`
	Wait    time.Duration `default:"500ms" help:"How long to wait for an answer."`
}

func (c *deviceSendCmd) Run(ctx context.Context, env *Env) error {
	data, err := parseHex(c.Hex)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	l, err := newListener(ctx, env, c.Port, c.Profile)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	if _, err := l.conn.Write(data); err != nil {
		return fmt.Errorf("send to %s: %w", c.Port, err)
	}
	return l.listen(ctx)
}

// recordedPiece is a line of a record: what arrived, and when after the beginning.
type recordedPiece struct {
	At  float64 `json:"at"` // seconds
	Hex string  `json:"hex"`
}

// listener prints what arrives at a port, decoded where a profile is named.
type listener struct {
	env    *Env
	name   string
	conn   port.Conn
	dec    *profile.Decoder // nil: bytes only
	record *json.Encoder    // nil: nothing is recorded
	start  time.Time
}

func newListener(ctx context.Context, env *Env, name, profileID string) (*listener, error) {
	line := port.Line{Baud: 9600, Format: "8N1"} // of most devices
	l := &listener{env: env, name: name, start: time.Now()}
	if profileID != "" {
		set, err := profiles()
		if err != nil {
			return nil, err
		}
		p, err := set.Get(profileID)
		if err != nil {
			return nil, wrongUse{err}
		}
		line = cable(p)
		if p.Protocol != nil {
			l.dec = p.Protocol.NewDecoder()
		}
	}
	var err error
	l.conn, err = port.Open(ctx, name, line)
	return l, err
}

// listen runs until the context ends or the port hangs up.
func (l *listener) listen(ctx context.Context) error {
	buf := make([]byte, 512)
	for ctx.Err() == nil {
		if err := l.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return err
		}
		n, err := l.conn.Read(buf)
		if n > 0 {
			if err := l.tell(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("read from %s: %w", l.name, err)
		case l.dec != nil:
			l.events(l.dec.Flush())
		}
	}
	return nil
}

func (l *listener) tell(b []byte) error {
	fmt.Fprintf(l.env.Stdout, "%s < %s\n", time.Now().Format("15:04:05.000"), hexBytes(b))
	if l.dec != nil {
		l.events(l.dec.Feed(b))
	}
	if l.record == nil {
		return nil
	}
	if err := l.record.Encode(recordedPiece{time.Since(l.start).Seconds(), hexBytes(b)}); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

func (l *listener) events(events []profile.Event) {
	for _, e := range events {
		if e.Reject != "" {
			fmt.Fprintf(l.env.Stdout, "             ? %s\n", e.Reject)
			continue
		}
		fmt.Fprintf(l.env.Stdout, "             %s %v\n", e.Name, e.Fields)
	}
}

// readRecord reads what `halld device monitor --record` wrote.
func readRecord(name string) ([]recordedPiece, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []recordedPiece
	for dec := json.NewDecoder(f); ; {
		var p recordedPiece
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: piece %d: %w", name, len(out)+1, err)
		}
		out = append(out, p)
	}
}
