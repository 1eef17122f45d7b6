package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"soak/oracle"
)

// Generator makes up what is done next. It looks at the model, so that most commands can be done, and at nothing else.
type Generator struct {
	rng    *rand.Rand
	n      int
	bursts bool // clients act at once
	calm   int  // steps since the daemon was last killed or stopped
}

func newGenerator(seed uint64, bursts bool) *Generator {
	return &Generator{rng: rand.New(rand.NewPCG(seed, 20)), bursts: bursts}
}

func (g *Generator) chance(p float64) bool { return g.rng.Float64() < p }

func pick[T any](g *Generator, list []T) T { return list[g.rng.IntN(len(list))] }

func (g *Generator) step(who, verb string, kv ...string) Step {
	g.n++
	s := Step{N: g.n, Who: who, Verb: verb, Args: map[string]string{}}
	for i := 0; i+1 < len(kv); i += 2 {
		s.Args[kv[i]] = kv[i+1]
	}
	return s
}

// Next is the next step.
func (g *Generator) Next(r *Run) Step {
	g.calm++
	if g.calm > 40 {
		switch x := g.rng.Float64(); {
		case x < 0.004:
			g.calm = 0
			s := g.step("-", "kill")
			if g.chance(0.3) {
				s.Args["verify"] = "true"
			}
			return s
		case x < 0.0055:
			g.calm = 0
			return g.step("-", pick(g, []string{"stop", "verify"}))
		case x < 0.012 && !g.bursts:
			g.calm = 0
			s := g.command(r, "")
			s.Args[argKill] = fmt.Sprintf("%dµs", g.rng.IntN(6000))
			return s
		}
	}
	if g.chance(0.02) {
		return g.step("-", "compare")
	}
	if !r.world.Exact && g.chance(0.004) {
		return g.step("-", "wait", argAfter, fmt.Sprintf("%dms", pick(g, []int{150, 400, 1300})))
	}
	if g.bursts && g.chance(0.25) {
		return g.burst(r)
	}
	if len(r.ops) > 0 {
		switch x := g.rng.Float64(); {
		case x < 0.04:
			return g.step("-", "repeat", argOf, fmt.Sprint(g.settled(r)))
		case x < 0.05:
			if n := g.settled(r); n > 0 {
				if s := g.command(r, r.ops[n].step.Who); s.Verb != "garbage" && !sameCommand(s, r.ops[n].step) {
					s.Args[argKeyOf] = fmt.Sprint(n)
					return s
				}
			}
		}
	}
	return g.command(r, "")
}

func sameCommand(a, b Step) bool {
	a.N, b.N = 0, 0
	return a.String() == b.String()
}

// settled is a step whose answer is kept under its key; 0: none was found.
func (g *Generator) settled(r *Run) int {
	for range 20 {
		n := 1 + g.rng.IntN(g.n)
		if g.chance(0.5) {
			n = max(1, g.n-g.rng.IntN(60))
		}
		if op := r.ops[n]; op != nil && op.cmd.Role != "" && (op.ok() || op.status == 409) { // what can never be right need not be remembered
			return n
		}
	}
	return 0
}

func (g *Generator) burst(r *Run) Step {
	g.n++
	s := Step{N: g.n, Who: "-", Verb: "burst", Burst: []Step{}}
	for _, c := range clients {
		if c.Role == "board" || g.chance(0.25) {
			continue
		}
		for range 1 + g.rng.IntN(3) {
			s.Burst = append(s.Burst, g.command(r, c.Name))
		}
	}
	if g.calm > 40 && g.chance(0.12) {
		g.calm = 0
		k := g.step("-", "kill", argAfter, fmt.Sprintf("%dµs", g.rng.IntN(12000)))
		if g.chance(0.3) {
			k.Args["verify"] = "true"
		}
		s.Burst = append(s.Burst, k)
	}
	return s
}

// command is something a client asks for; who is "" for anybody.
func (g *Generator) command(r *Run, who string) Step {
	if g.chance(0.03) {
		return g.wrong(r, who)
	}
	role := ""
	for _, c := range clients {
		if c.Name == who {
			role = c.Role
		}
	}
	if who == "" {
		switch x := g.rng.Float64(); {
		case x < 0.3:
			who, role = pick(g, []string{"kiosk-1", "kiosk-2"}), "kiosk"
		case x < 0.95:
			who, role = pick(g, []string{"clerk-1", "clerk-2", "clerk-3"}), "clerk"
		case x < 0.98:
			who, role = "manager-1", "manager"
		default:
			who, role = "admin-1", "admin"
		}
	}
	if r.model.Day == "" && g.chance(0.4) {
		return g.step("manager-1", "day-open")
	}
	switch role {
	case "kiosk":
		return g.kiosk(r, who)
	case "manager":
		return g.manager(r, who)
	case "admin":
		if g.chance(0.5) {
			return g.clerk(r, who)
		}
		return g.kiosk(r, who)
	}
	if g.chance(0.06) {
		return g.step(who, "return", argTicket, g.ticket(r, oracle.Missed))
	}
	return g.clerk(r, who)
}

func (g *Generator) kiosk(r *Run, who string) Step {
	waiting := 0
	for _, t := range r.model.Today() {
		if t.State == oracle.Waiting {
			waiting++
		}
	}
	x := g.rng.Float64()
	if waiting > 14 {
		x = 0.62 + 0.38*x
	}
	switch {
	case x < 0.72:
		s := g.step(who, "issue", "queue", pick(g, r.world.Setup.Queues).ID)
		if g.chance(0.15) {
			delete(s.Args, "queue")
			s.Args["item"] = pick(g, []string{"idcard", "company", "house", "house", "nothing"})
		}
		switch y := g.rng.Float64(); {
		case y < 0.12:
			s.Args["class"] = "priority"
		case y < 0.24:
			s.Args["class"] = "appointment"
		case y < 0.3:
			s.Args["class"] = "ordinary"
		case y < 0.31:
			s.Args["class"] = "royal"
		case y < 0.32:
			s.Args["queue"] = "Z"
		}
		if len(r.world.Setup.Printers) > 0 && g.chance(0.08) {
			s.Args["print"] = r.world.Setup.Printers[0]
		} else if g.chance(0.03) {
			s.Args["print"] = pick(g, []string{"none", "none", "printer-9"})
		}
		return s
	case x < 0.78:
		return g.step(who, "cancel", argTicket, g.ticket(r, oracle.Waiting, oracle.Missed, oracle.Issued), "reason", g.words())
	case x < 0.94:
		return g.step(who, "rating", argTicket, g.ticket(r, oracle.Done, oracle.Serving, oracle.Transferred), "level", pick(g, []string{"1", "2", "3", "4", "5", "5", "5", "0", "6"}))
	case x < 0.97:
		return g.step(who, "keep", argTicket, g.ticket(r, oracle.Issued))
	default:
		s := g.step(who, "reprint", argTicket, g.ticket(r, oracle.Issued, oracle.Waiting))
		if g.chance(0.3) {
			s.Args["printer"] = "printer-9"
		}
		return s
	}
}

// mostDays is how many service days a round opens, about: halld opens one date 99 times, and no hall gets there in earnest.
const mostDays = 90

func (g *Generator) manager(r *Run, who string) Step {
	switch x := g.rng.Float64(); {
	case x < 0.25 && len(r.model.Today()) > 15 && len(r.model.Days) < mostDays:
		s := g.step(who, "day-close")
		if g.chance(0.6) {
			s.Args["force"] = "true"
		}
		return s
	case x < 0.4:
		s := g.step(who, "day-open")
		if g.chance(0.5) {
			s.Args["day"] = pick(g, []string{"2026-13-01", "2026-03-02-", "yesterday", "2026-02-30"})
		}
		return s
	case x < 0.5:
		q := pick(g, r.world.Setup.Queues).ID
		if r.model.Stopped[q] != "" || g.chance(0.4) {
			return g.step(who, "queue-resume", "queue", q)
		}
		return g.step(who, "queue-pause", "queue", q, "reason", g.words())
	case x < 0.7:
		return g.step(who, "return", argTicket, g.ticket(r, oracle.Missed))
	case x < 0.9:
		return g.step(who, "claim", argTicket, g.claimed(r), "granted", pick(g, []string{"true", "true", "false"}))
	}
	return g.step(who, "cancel", argTicket, g.ticket(r, oracle.Waiting), "reason", g.words())
}

// window is the window of a clerk: mostly one that he has.
func (g *Generator) window(r *Run, holder string) *oracle.Seat {
	setup := r.world.Setup.Windows
	if g.chance(0.9) {
		for _, i := range g.rng.Perm(len(setup)) {
			if s := r.model.Seats[setup[i].ID]; s.State != "closed" && s.Holder == holder {
				return s
			}
		}
	}
	return r.model.Seats[pick(g, setup).ID]
}

func (g *Generator) clerk(r *Run, who string) Step {
	holder := ""
	for _, c := range clients {
		if c.Name == who {
			holder = c.Holder
		}
	}
	w := g.window(r, holder)
	verb := ""
	if g.chance(0.1) {
		verb = pick(g, []string{"open", "pause", "close", "call", "recall", "serve", "finish", "no-show", "undo-miss", "hold", "resume", "transfer", "give-back"})
	} else {
		verb = g.usual(w)
	}
	s := g.step(who, verb, "window", w.ID, "holder", holder)
	if g.chance(0.03) {
		delete(s.Args, "holder")
	} else if g.chance(0.02) {
		s.Args["holder"] = pick(g, []string{"desk-1", "desk-2", "desk-9"})
	}
	g.fill(r, &s)
	return s
}

// usual is what is done next at a window.
func (g *Generator) usual(w *oracle.Seat) string {
	switch {
	case w.State == "closed":
		return "open"
	case w.State == "paused":
		return pick(g, []string{"open", "resume", "undo-miss", "close"})
	case w.Ticket == nil:
		if w.Miss != nil && g.chance(0.25) {
			return "undo-miss"
		}
		if len(w.Held) > 0 && g.chance(0.4) {
			return "resume"
		}
		return pick(g, []string{"call", "call", "call", "call", "call", "call", "call", "call", "pause", "close", "open"})
	case w.Ticket.State == oracle.Called:
		return pick(g, []string{"serve", "serve", "serve", "serve", "recall", "recall", "no-show", "no-show", "give-back", "finish", "pause"})
	}
	return pick(g, []string{"finish", "finish", "finish", "finish", "transfer", "transfer", "hold", "hold", "recall"})
}

// fill gives a verb at a window its arguments.
func (g *Generator) fill(r *Run, s *Step) {
	put := func(k, v string) {
		if v != "" {
			s.Args[k] = v
		}
	}
	switch s.Verb {
	case "open":
		put("clerk", pick(g, []string{"", "王芳", "李强", "Nguyễn", "x\x1b[31m", "\u202eabc"}))
		if g.chance(0.15) {
			s.Args["take_over"] = "true"
		}
	case "pause":
		put("reason", pick(g, []string{"lunch", "meeting", "restroom", "fault", "tidy-up", "nap", ""}))
	case "call":
		if g.chance(0.12) {
			s.Args[argTicket] = g.ticket(r, oracle.Waiting, oracle.Missed)
			put("reason", g.words())
		}
	case "no-show":
		if g.chance(0.5) {
			s.Args["force"] = "true"
		}
	case "finish":
		put("outcome", pick(g, []string{"", "done", "done", "accepted", "supplement", "advice", "other-office", "refused", "could-not", "not-there", "paid", "great"}))
		put("note", g.words())
	case "hold", "give-back":
		put("reason", g.words())
	case "resume":
		if g.chance(0.3) {
			s.Args[argTicket] = g.ticket(r, oracle.Held)
		}
	case "transfer":
		if g.chance(0.2) {
			s.Args["item"] = pick(g, []string{"idcard", "company", "house", "nothing"})
		} else {
			s.Args["queue"] = pick(g, append([]oracle.Queue{{ID: "Z"}}, r.world.Setup.Queues...)).ID
		}
		put("reason", g.words())
	}
}

// words is a text as people type it, and as they should not.
func (g *Generator) words() string {
	switch x := g.rng.Float64(); {
	case x < 0.2:
		return ""
	case x < 0.24:
		return "   "
	case x < 0.28:
		return "复\u202e印"
	case x < 0.3:
		return strings.Repeat("长", 501)
	}
	return pick(g, []string{"带小孩", "缺身份证复印件", "asked for it", `"quoted" = \ text`, "第二行\n在这里", "𠮷野家"})
}

// claimed is one that claims a class, mostly.
func (g *Generator) claimed(r *Run) string {
	for _, t := range r.model.Tickets {
		if t.Claim != "" && t.State == oracle.Waiting && t.Day == r.model.Day && g.chance(0.5) {
			return t.Number
		}
	}
	return g.ticket(r, oracle.Waiting)
}

// ticket is a ticket in one of these states, mostly; @N names it by the step that made it.
func (g *Generator) ticket(r *Run, states ...string) string {
	by := map[string]int{}
	for n, id := range r.made {
		by[id] = n
	}
	var fit, all []*oracle.Ticket
	for _, t := range r.model.Tickets[max(0, len(r.model.Tickets)-120):] {
		if by[t.ID] == 0 {
			continue
		}
		all = append(all, t)
		if contains(states, t.State) && t.Day == r.model.Day {
			fit = append(fit, t)
		}
	}
	switch x := g.rng.Float64(); {
	case x < 0.02 || len(all) == 0:
		return pick(g, []string{"A777", "nobody", "20200101-A001", "号"})
	case x < 0.12 || len(fit) == 0:
		return fmt.Sprintf("@%d", by[pick(g, all).ID])
	}
	t := pick(g, fit)
	if r.model.Find(t.Number) == t && g.chance(0.2) {
		return fmt.Sprintf("@%dn", by[t.ID])
	}
	return fmt.Sprintf("@%d", by[t.ID])
}

// wrong is a request that can never be right.
func (g *Generator) wrong(r *Run, who string) Step {
	if who == "" {
		who = pick(g, clients).Name
	}
	switch g.rng.IntN(9) {
	case 0:
		return g.step("nobody", "issue", "queue", "A")
	case 1:
		return g.step("board-1", pick(g, []string{"issue", "day-close"}), "queue", "A")
	case 2:
		return g.step(pick(g, []string{"clerk-1", "board-1"}), "issue", "queue", "A")
	case 3:
		return g.step("kiosk-1", pick(g, []string{"call", "open", "finish"}), "window", "1")
	case 4:
		return g.step("clerk-1", "call", "window", pick(g, []string{"9", "77", "窗"}))
	case 5:
		return g.step(who, "garbage", argMethod, "POST", argPath, "/api/tickets", argBody, pick(g, []string{
			`{"queue":"A"`, `[]`, `{"queue":7}`, `{"queue":"A","colour":"red"}`, "{\"queue\":\"A\",\"class\":\"\xff\xfe\"}", `null`, ``}))
	case 6:
		return g.step(who, "garbage", argMethod, pick(g, []string{"PUT", "DELETE"}), argPath, "/api/tickets", argBody, "{}")
	case 7:
		return g.step("clerk-1", "garbage", argMethod, "POST", argPath, "/api/windows/1/call", argBody, pick(g, []string{`{"force":"yes"}`, `{"holder":1}`, `{"ticket":{}}`}))
	default:
		return g.step("kiosk-1", "garbage", argMethod, "POST", argPath, "/api/tickets", argBody, `{"queue":"A"}`, argKey, strings.Repeat("k", 201))
	}
}
