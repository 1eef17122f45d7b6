package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
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

// Figures are what a run did.
type Figures struct {
	Commands, Refusals, Repeats, Bursts, Kills, InDoubt, Stops, Verified, Compared, Events int
	Known                                                                                  map[string]int
	Strange                                                                                map[string]int
}

func (f *Figures) add(o Figures) {
	f.Commands += o.Commands
	f.Refusals += o.Refusals
	f.Repeats += o.Repeats
	f.Bursts += o.Bursts
	f.Kills += o.Kills
	f.InDoubt += o.InDoubt
	f.Stops += o.Stops
	f.Verified += o.Verified
	f.Compared += o.Compared
	f.Events += o.Events
	for k, n := range o.Known {
		f.Known[k] += n
	}
	for k, n := range o.Strange {
		f.Strange[k] += n
	}
}

func newFigures() Figures { return Figures{Known: map[string]int{}, Strange: map[string]int{}} }

// Op is a command that was sent, and what was answered.
type Op struct {
	step    Step
	cmd     oracle.Command
	key     string
	heard   uint64 // the last event that was heard before it was sent
	sent    int64  // when, on the driver's own count
	got     int64
	at      time.Time // when the answer came
	status  int
	body    map[string]any
	code    string
	failed  error // no answer came
	settled bool
	again   bool // it was in doubt and sent again: the answer may be that of a repeat
}

// space is within what a key is kept: its token's.
func (o *Op) space() string {
	return o.step.Who + " " + o.key
}

func (o *Op) ok() bool { return o.status >= 200 && o.status < 300 }

// seq is the event that the answer names, 0 if it names none.
func (o *Op) seq() uint64 {
	f, _ := o.body["seq"].(float64)
	return uint64(f)
}

func (o *Op) text() string {
	b, err := json.Marshal(o.body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %.600s", o.status, b)
}

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

// resolve turns a step into the command that is sent; false: it speaks of a ticket that was never made.
func (r *Run) resolve(s Step) (oracle.Command, bool) {
	c := oracle.Command{Verb: s.Verb, Args: map[string]string{}, Name: s.Who}
	for _, cl := range clients {
		if cl.Name == s.Who {
			c.Role = cl.Role
		}
	}
	for k, v := range s.Args {
		if k == argKill || k == argKeyOf {
			continue
		}
		if ref, ok := strings.CutPrefix(v, "@"); ok && k == argTicket {
			var n int
			if _, err := fmt.Sscanf(ref, "%d", &n); err != nil || r.made[n] == "" {
				return c, false
			}
			v = r.made[n]
			if t := r.model.Find(v); strings.HasSuffix(ref, "n") {
				if t == nil {
					return c, false
				}
				v = t.Number
			}
		}
		c.Args[k] = v
	}
	return c, true
}

func (r *Run) prepare(s Step) (*Op, bool) {
	c, ok := r.resolve(s)
	if !ok {
		return nil, false
	}
	op := &Op{step: s, cmd: c, key: fmt.Sprintf("%s%d", r.prefix, s.N)}
	return op, true
}

// send sends a command once. Without an answer op.failed says why.
func (r *Run) send(op *Op) {
	q := request(op.cmd)
	op.failed, op.status, op.body, op.code = nil, 0, nil, ""
	ctx, cancel := context.WithTimeout(r.ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, r.daemon.url+q.path, strings.NewReader(q.body))
	if err != nil {
		op.failed = err
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if t := op.cmd.Get(argType); t != "" {
		req.Header.Set("Content-Type", t)
	}
	req.Header.Set("Idempotency-Key", op.key)
	if k := op.cmd.Get(argKey); k != "" {
		req.Header.Set("Idempotency-Key", k)
	}
	client := r.http["kiosk-1"]
	if op.cmd.Role != "" {
		req.Header.Set("Authorization", "Bearer "+r.daemon.tokens[op.cmd.Name])
		client = r.http[op.cmd.Name]
	}
	if op.sent == 0 {
		op.heard, op.sent = r.live.Last(), r.tick.Add(1)
	}
	resp, err := client.Do(req)
	if err != nil {
		op.failed = err
		return
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		op.failed = err
		return
	}
	op.got, op.at = r.tick.Add(1), time.Now()
	op.status = resp.StatusCode
	if len(data) > 0 {
		if err := json.Unmarshal(data, &op.body); err != nil {
			op.body = map[string]any{"unreadable": string(bytes.ToValidUTF8(data, []byte("?"))), "why": err.Error()}
		}
	}
	op.code, _ = op.body["code"].(string)
	if op.code == "not-known" || op.code == "unavailable" { // in doubt: to be repeated with the same key
		op.failed = errors.New(op.code)
	}
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
	case "stop":
		return r.restart(s)
	case "verify":
		return r.verify(s)
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
		if r.send(op); op.failed != nil {
			continue
		}
		return nil
	}
	return r.differ(s, "no answer", "%s, repeated after a restart: %v", op.step, op.failed)
}

// comeBack starts the daemon after a kill and goes on listening.
func (r *Run) comeBack(s Step) *Difference {
	r.fig.Kills++
	r.live.disconnect(false)
	r.board.disconnect(false)
	return r.up(s)
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

func (r *Run) verify(s Step) *Difference {
	if err := r.daemon.stop(); err != nil {
		return r.differ(s, "stop", "%v", err)
	}
	r.live.disconnect(false)
	r.board.disconnect(false)
	if d := r.checkFolder(s); d != nil {
		return d
	}
	return r.up(s)
}

func (r *Run) restart(s Step) *Difference {
	r.fig.Stops++
	if err := r.daemon.stop(); err != nil {
		return r.differ(s, "stop", "%v", err)
	}
	r.live.disconnect(false)
	r.board.disconnect(false)
	if d := r.up(s); d != nil {
		return d
	}
	return r.compare(s)
}

// repeat sends a settled command again: the same key answers the same thing, and nothing happens.
func (r *Run) repeat(s Step) *Difference {
	var n int
	if _, err := fmt.Sscanf(s.Args[argOf], "%d", &n); err != nil || r.ops[n] == nil {
		return nil
	}
	was := r.ops[n]
	again := &Op{step: s, cmd: was.cmd, key: was.key}
	r.fig.Repeats++
	r.send(again)
	if again.failed != nil {
		return r.differ(s, "no answer", "%v", again.failed)
	}
	if again.status != was.status || again.code != was.code {
		return r.differ(s, "repeat/"+was.cmd.Verb, "%s\nanswered first  %s\nanswered now    %s", was.step, was.text(), again.text())
	}
	for _, p := range changes(was.body, again.body, "answer") {
		place, _, _ := strings.Cut(p, " ")
		if id, ok := knownAt("repeat." + place); ok {
			r.fig.Known[id]++
			continue
		}
		return r.differ(s, "repeat."+place+"/"+was.cmd.Verb, "%s\nanswered first  %s\nanswered now    %s\nat %s", was.step, was.text(), again.text(), p)
	}
	return r.quiet(s)
}

// reuse sends something else under a key that was used: refused, and nothing happens.
func (r *Run) reuse(s Step, op *Op) *Difference {
	var n int
	if _, err := fmt.Sscanf(s.Args[argKeyOf], "%d", &n); err != nil || r.ops[n] == nil {
		return nil
	}
	was := r.ops[n]
	op.key = was.key
	kept, sent := r.used[op.space()]
	if sent && !kept {
		return nil // what can never be right may be remembered, or not
	}
	if !kept { // another token's keys are another's
		r.fig.Commands++
		if r.send(op); op.failed != nil {
			return r.differ(s, "no answer", "%v", op.failed)
		}
		return r.settle(s, []*Op{op})
	}
	r.fig.Repeats++
	r.send(op)
	switch {
	case op.failed != nil:
		return r.differ(s, "no answer", "%v", op.failed)
	case op.code != "key-reused" && (op.ok() || r.decidesOtherwise(op)):
		return r.differ(s, "key-reused/"+op.cmd.Verb, "%s\nwent before with this key; now %s is answered %s", was.step, s, op.text())
	}
	return r.quiet(s)
}

// decidesOtherwise: what is refused before the key is looked at may be refused so.
func (r *Run) decidesOtherwise(op *Op) bool {
	d := r.model.Decide(op.cmd, op.at)
	return !contains(d.Codes, op.code)
}

// quiet takes in what came by itself, and nothing else may have come.
func (r *Run) quiet(s Step) *Difference {
	return r.settle(s, nil)
}

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
