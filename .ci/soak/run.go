package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"soak/oracle"
)

// Difference is one place where halld is not what the model says.
type Difference struct {
	Kind string // the same fault has the same kind
	Text string
	Step int
	Idle map[int]bool // the steps that were refused: they changed nothing
}

func (d *Difference) Error() string { return fmt.Sprintf("step %d: %s: %s", d.Step, d.Kind, d.Text) }

// Run drives one hall through a script.
type Run struct {
	ctx    context.Context
	world  World
	dir    string
	daemon *Daemon
	live   *Live // as a manager hears it
	board  *Live // as a board hears it
	model  *oracle.Model
	http   map[string]*http.Client
	ops    map[int]*Op
	used   map[string]bool // the keys that were sent, by their space: true are those that are kept
	made   map[int]string  // the ticket that a step made
	tick   atomic.Int64
	prefix string   // of keys
	placed []string // where the commands of the present step found their places
	before uint64   // the last event before the present step
	fig    Figures
}

// newRun starts a hall on a fresh folder.
func newRun(ctx context.Context, bin string, script Script) (*Run, error) {
	w, ok := worlds[script.World]
	if !ok {
		return nil, fmt.Errorf("there is no world %q", script.World)
	}
	dir, err := os.MkdirTemp("", "halld-soak-")
	if err != nil {
		return nil, err
	}
	r := &Run{ctx: ctx, world: w, dir: dir, http: map[string]*http.Client{}, ops: map[int]*Op{}, used: map[string]bool{}, made: map[int]string{}, fig: newFigures(),
		prefix: fmt.Sprintf("%x-", script.Seed)}
	if r.daemon, err = newDaemon(bin, dir, w); err == nil {
		err = r.daemon.start()
	}
	if err == nil {
		err = r.begin()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *Run) begin() error {
	for _, c := range clients {
		r.http[c.Name] = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
	}
	r.live, r.board = newLive("manager-1", r.daemon.tokens["manager-1"]), newLive("board-1", r.daemon.tokens["board-1"])
	if err := r.listen(); err != nil {
		return err
	}
	hall, _ := r.live.picture()
	setup := r.world.Setup
	setup.Outcomes = map[string]bool{}
	outcomes, _ := hall["outcomes"].([]any)
	for _, o := range outcomes {
		m, _ := o.(map[string]any)
		code, _ := m["code"].(string)
		needs, _ := m["needs_note"].(bool)
		setup.Outcomes[code] = needs
	}
	r.model = oracle.New(setup)
	r.model.Seq = r.live.Last()
	r.model.Day, _ = hall["service_day"].(string)
	if r.model.Day != "" {
		r.model.Days[r.model.Day] = true
	}
	return nil
}

func (r *Run) listen() error {
	if err := r.live.connect(r.daemon.url); err != nil {
		return err
	}
	return r.board.connect(r.daemon.url)
}

// close ends everything that the run started.
func (r *Run) close() {
	if r.daemon != nil {
		r.daemon.kill()
	}
	for _, l := range []*Live{r.live, r.board} {
		if l != nil {
			l.disconnect(true)
		}
	}
	for _, c := range r.http {
		c.CloseIdleConnections()
	}
	if err := os.RemoveAll(r.dir); err != nil {
		fmt.Fprintln(os.Stderr, "soak: a folder stays behind:", err)
	}
	if r.model != nil {
		r.fig.Events = len(r.live.since(r.live.begin))
		maps.Copy(r.fig.Strange, r.model.Strange)
	}
}

func (r *Run) differ(s Step, kind, format string, args ...any) *Difference {
	return &Difference{Kind: kind, Text: fmt.Sprintf(format, args...), Step: s.N}
}

// Do does one step.
func (r *Run) Do(s Step) *Difference {
	if r.ctx.Err() != nil {
		return nil
	}
	d := r.do(s)
	if r.ctx.Err() != nil {
		return nil // the driver was stopped: what it broke off says nothing
	}
	if d != nil && d.Step == 0 {
		d.Step = s.N
	}
	if d != nil {
		d.Text += r.history(s, d)
		d.Idle = map[int]bool{}
		for n, op := range r.ops {
			d.Idle[n] = !op.ok()
		}
	}
	if d != nil && r.daemon.dead() {
		d.Kind, d.Text = "halld died", d.Text+"\n"+r.daemon.out.String()
	}
	return d
}

// history lists the last events at the window that a difference is about, and all that a burst led to.
func (r *Run) history(s Step, d *Difference) string {
	window := s.Args["window"]
	for _, sub := range s.Burst {
		if sub.N == d.Step {
			window = sub.Args["window"]
		}
	}
	var lines []string
	for _, e := range r.live.since(r.live.begin) {
		if s.Burst != nil && e.Seq > r.before || window != "" && (e.Str("window") == window || e.Kind == "day.opened") {
			lines = append(lines, fmt.Sprintf("  event %s", e))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	if s.Burst != nil {
		lines = append(lines, r.placed...)
	}
	return "\nuntil then:\n" + strings.Join(lines[max(0, len(lines)-80):], "\n")
}

func (r *Run) do(s Step) *Difference {
	r.before, r.placed = r.model.Seq, nil
	if s.Burst != nil {
		r.fig.Bursts++
		return r.burst(s)
	}
	switch s.Verb {
	case "kill":
		return r.crash(s)
	case "stop", "verify":
		return r.restart(s)
	case "compare":
		return r.compare(s)
	case "wait":
		d, err := time.ParseDuration(s.Args[argAfter])
		if err != nil {
			return r.differ(s, "script", "%v", err)
		}
		time.Sleep(d) // time is what this step is about: limits of the hall run out in it
		return nil
	case "repeat":
		return r.repeat(s)
	}
	op, ok := r.prepare(s)
	if !ok {
		return nil
	}
	if s.Args[argKeyOf] != "" {
		return r.reuse(s, op)
	}
	r.fig.Commands++
	if s.Args[argKill] != "" {
		return r.inTheAir(s, op)
	}
	r.send(op)
	if op.failed != nil {
		return r.differ(s, "no answer", "%s: %v", s, op.failed)
	}
	return r.settle(s, []*Op{op})
}

// quiet takes in what came by itself, and nothing else may have come.
func (r *Run) quiet(s Step) *Difference {
	return r.settle(s, nil)
}
