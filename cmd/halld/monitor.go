package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/wire"
)

// clockForm is how the time of a piece is printed.
const clockForm = "15:04:05.000"

// lineFlags say how a cable is set where no profile says it.
type lineFlags struct {
	Baud   int    `help:"Speed of the line; default 9600, or the profile's."`
	Format string `help:"Data bits, parity, stop bits; default 8N1, or the profile's."`
}

func (f lineFlags) line(p *profile.Profile) port.Line {
	line := port.Line{Baud: 9600, Format: "8N1"} // of most devices
	if p != nil {
		line = cable(p)
	}
	if f.Baud != 0 {
		line.Baud = f.Baud
	}
	if f.Format != "" {
		line.Format = f.Format
	}
	return line
}

type deviceMonitorCmd struct {
	Port    string        `arg:"" help:"A tty or tcp:host:port."`
	Profile string        `help:"Decode with this profile (an ID, or a .toml file), and take its line settings."`
	All     bool          `help:"Try every known protocol against what arrives, and print who explains it best."`
	Record  string        `help:"Write the session to this file, for tests, halld device teach and halld sim --play."`
	For     time.Duration `help:"Stop after this time; default: at Ctrl-C."`
	lineFlags
	profileFlags
}

func (c *deviceMonitorCmd) Run(ctx context.Context, env *Env) (err error) {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	l, err := newListener(ctx, env, c.Port, c.Profile, c.profileFlags, c.lineFlags)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	if c.All {
		if l.known, err = c.set(""); err != nil {
			return err
		}
	}
	if c.Record != "" {
		f, err := os.Create(c.Record)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := l.recordTo(f, c.Profile); err != nil {
			return err
		}
	}
	return l.listen(ctx)
}

type deviceSendCmd struct {
	Port    string        `arg:"" help:"A tty or tcp:host:port."`
	What    []string      `arg:"" optional:"" help:"The bytes in hex; with --op its parameters as k=v."`
	Op      string        `help:"An operation of the profile, instead of bytes."`
	Profile string        `help:"Decode what comes back with this profile (an ID, or a .toml file), and take its line settings."`
	Record  string        `help:"Write the session to this file."`
	Wait    time.Duration `default:"500ms" help:"How long to wait for an answer."`
	lineFlags
	profileFlags
}

func (c *deviceSendCmd) Run(ctx context.Context, env *Env) (err error) {
	p, steps, err := c.steps()
	if err != nil {
		return err
	}
	l, err := newListener(ctx, env, c.Port, c.Profile, c.profileFlags, c.lineFlags)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	if c.Record != "" {
		f, err := os.Create(c.Record)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := l.recordTo(f, c.Profile); err != nil {
			return err
		}
	}
	if p != nil && dialogueOf(p, c.Op) != nil {
		err = c.dialogue(ctx, l, p, steps)
	} else {
		err = l.send(ctx, steps[0])
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	return l.listen(ctx)
}

// steps makes what is sent: bytes, an operation, or the steps of a dialogue. The profile is nil for bytes.
func (c *deviceSendCmd) steps() (*profile.Profile, [][]profile.Piece, error) {
	if c.Op == "" {
		b, err := parseHex(c.What)
		if err == nil && len(b) == 0 {
			err = wrongUse{errors.New("give bytes in hex, or --op with --profile")}
		}
		return nil, [][]profile.Piece{{{Bytes: b}}}, err
	}
	if c.Profile == "" {
		return nil, nil, wrongUse{errors.New("--op: give --profile, which says what the operation is")}
	}
	p, err := c.find("", c.Profile)
	if err != nil {
		return nil, nil, err
	}
	args := map[string]string{}
	for _, a := range c.What {
		k, v, ok := strings.Cut(a, "=")
		if !ok {
			return nil, nil, wrongUse{fmt.Errorf("%q is no parameter; write k=v", a)}
		}
		args[k] = v
	}
	if dialogueOf(p, c.Op) != nil {
		steps, err := encodeSteps(p, 0, nil, c.Op, args)
		if err != nil {
			return nil, nil, wrongUse{err}
		}
		return p, steps, nil
	}
	pieces, err := encodeFor(p, 0, nil, c.Op, args)
	if err != nil {
		return nil, nil, wrongUse{err}
	}
	return p, [][]profile.Piece{pieces}, nil
}

// listener prints what goes over a port, decoded where a profile is named.
type listener struct {
	env    *Env
	name   string
	conn   port.Conn
	line   port.Line
	pace   profile.Line     // how what is sent is spread
	words  *wire.Reader     // nil: bytes only
	host   *profile.Decoder // what the other host on the line says, where this side only listens; nil: it is not looked for
	known  *profile.Set     // nil: not every protocol is tried
	best   string           // that explained most so far
	heard  []byte
	record *os.File // nil: nothing is recorded
	start  time.Time
	last   time.Time // of the last piece
}

func newListener(ctx context.Context, env *Env, name, profileID string, set profileFlags, line lineFlags) (*listener, error) {
	l := &listener{env: env, name: name, start: time.Now()}
	var p *profile.Profile
	if profileID != "" {
		var err error
		if p, err = set.find("", profileID); err != nil {
			return nil, err
		}
		l.words, l.pace = wire.NewReader(p), p.Line
		if p.Protocol != nil {
			l.host = p.Protocol.DeviceSide().NewDecoder()
		}
	}
	l.line = line.line(p)
	var err error
	l.conn, err = port.Open(ctx, name, l.line)
	return l, err
}

// recordTo begins a session.
func (l *listener) recordTo(f *os.File, profileID string) error {
	l.record = f
	_, err := f.WriteString(wire.Head("profile", profileID, "port", fmt.Sprintf("%s %d %s", l.name, l.line.Baud, l.line.Format), "began", l.start.Format(time.RFC3339)))
	return err
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
			if err := l.tell(false, buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("read from %s: %w", l.name, err)
		default:
			l.silence()
		}
	}
	l.silence()
	return nil
}

func (l *listener) tell(out bool, b []byte) error {
	now := time.Now()
	gap := "" // since the piece before
	if !l.last.IsZero() {
		gap = fmt.Sprintf("+%d ms", now.Sub(l.last).Milliseconds())
	}
	l.last = now
	line := wire.Line{At: now.Sub(l.start), Out: out, Bytes: b}
	_, text, _ := strings.Cut(line.String(), " ")
	fmt.Fprintf(l.env.Stdout, "%s %10s %s\n", now.Format(clockForm), gap, text)
	if l.words != nil {
		events := l.words.Read(wire.Piece{At: now, Out: out, Bytes: b})
		if l.host != nil && !out {
			events = bothSides(events, l.host.Feed(b))
		}
		l.events(events)
	}
	if l.known != nil && !out && len(l.heard) < mostHeard {
		l.heard = append(l.heard, b...)
	}
	if l.record == nil {
		return nil
	}
	if _, err := fmt.Fprintln(l.record, line); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// bothSides puts together what a line says as a device's and as a host's words. What one side understands is no noise to the other.
func bothSides(device, host []profile.Event) []profile.Event {
	good := func(events []profile.Event) (out []profile.Event) {
		for _, e := range events {
			if e.Reject == "" {
				out = append(out, e)
			}
		}
		return out
	}
	said := good(host)
	if len(said) == 0 {
		return device
	}
	for i := range said {
		said[i].Name = "host: " + said[i].Name
	}
	return append(good(device), said...)
}

// silence ends what is incomplete, and ranks the protocols when all have been tried against something new.
func (l *listener) silence() {
	if l.words != nil {
		events := l.words.Silence()
		if l.host != nil {
			events = bothSides(events, l.host.Flush())
		}
		l.events(events)
	}
	if l.known == nil || len(l.heard) == 0 {
		return
	}
	found := teach(l.known, l.heard)
	now := fmt.Sprintf("no known protocol explains these %d bytes", len(l.heard))
	if len(found) > 0 {
		f := found[0]
		now = fmt.Sprintf("%s (%s), for example %s", f.Profile, f.From, f.Example)
	}
	if now != l.best && (len(found) > 0 || l.best == "") {
		l.best = now
		fmt.Fprintf(l.env.Stdout, "%*s= %s\n", len(clockForm)+12, "", now)
		for _, f := range found[min(1, len(found)):min(4, len(found))] {
			fmt.Fprintf(l.env.Stdout, "%*s  or %s (%s)\n", len(clockForm)+12, "", f.Profile, f.From)
		}
	}
}

func (l *listener) events(events []profile.Event) {
	for _, e := range events {
		fmt.Fprintf(l.env.Stdout, "%*s%s\n", len(clockForm)+14, "", wire.Words(e))
	}
}

// readSession reads a session from a file.
func readSession(name string) (*wire.Session, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, wrongUse{err}
	}
	defer func() { _ = f.Close() }() // it was only read
	s, err := wire.ReadSession(f)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("%s: %w", name, err)}
	}
	return s, nil
}
