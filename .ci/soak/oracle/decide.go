package oracle

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// slack is how far from the end of a time limit the model does not say which side it is on.
const slack = 150 * time.Millisecond

// Seats are the roles that may send a verb: the "For:" of the API description.
var roles = map[string][]string{
	"issue": {"kiosk", "manager", "admin"}, "cancel": {"kiosk", "manager", "admin"}, "keep": {"kiosk", "admin"}, "rating": {"kiosk", "admin"},
	"reprint": {"kiosk", "admin"}, "return": {"clerk", "manager", "admin"}, "claim": {"clerk", "manager", "admin"}, "day-open": {"manager", "admin"}, "day-close": {"manager", "admin"},
	"queue-pause": {"manager", "admin"}, "queue-resume": {"manager", "admin"},
}

// windowVerbs are what a clerk does at a window.
var windowVerbs = []string{"open", "pause", "close", "call", "recall", "serve", "finish", "no-show", "undo-miss", "hold", "resume", "transfer", "give-back"}

// AtWindow says whether a verb is something that is done at a window.
func AtWindow(verb string) bool { return slices.Contains(windowVerbs, verb) }

// draft collects what speaks against a command.
type draft struct {
	must, may []string
	facts     []Fact
}

func (d *draft) no(when bool, codes ...string) bool {
	if when {
		d.must = append(d.must, codes...)
	}
	return when
}

func (d *draft) either(when bool, codes ...string) {
	if when {
		d.may = append(d.may, codes...)
	}
}

func (d *draft) yes(kind string, data map[string]string) *draft {
	d.facts = append(d.facts, Fact{Kind: kind, Data: data})
	return d
}

// Decide says what may become of a command that is decided now, at a moment near at.
func (m *Model) Decide(c Command, at time.Time) Decision {
	d := &draft{}
	if c.Role == "" {
		return Decision{Codes: []string{"no-token", "wrong-token"}}
	}
	allowed := roles[c.Verb]
	if AtWindow(c.Verb) {
		allowed = []string{"clerk", "admin"}
	}
	if c.Verb == "garbage" {
		return Decision{Codes: []string{"bad-json", "bad-value", "bad-content-type", "not-found", "bad-method", "bad-key", "unknown-ticket", "not-allowed", "too-large", "bad-class", "bad-text"}}
	}
	if d.no(!slices.Contains(allowed, c.Role), "not-allowed") {
		return Decision{Codes: d.must}
	}
	for field, most := range map[string]int{"reason": 500, "note": 500, "clerk": 100, "holder": 200} {
		d.no(utf8.RuneCountInString(c.arg(field)) > most, "bad-value")
	}
	for _, field := range []string{"reason", "note", "clerk"} {
		d.no(spoiled(c.arg(field)), "bad-text", "bad-value", "bad-json")
	}
	if s := m.Seats[c.arg("window")]; c.Verb == "close" && s != nil && s.State == "closed" {
		d.either(m.Day == "", "day-not-open") // it is as it should be already
	} else if c.Verb != "day-open" {
		d.no(m.Day == "", "day-not-open")
	}
	if AtWindow(c.Verb) {
		m.decideAtWindow(d, c, at)
	} else {
		switch c.Verb {
		case "issue":
			m.decideIssue(d, c)
		case "day-open":
			m.decideDayOpen(d, c)
		case "day-close":
			m.decideDayClose(d, c)
		case "queue-pause", "queue-resume":
			m.decideStop(d, c)
		default:
			m.decideTicket(d, c, at)
		}
	}
	if len(d.must) > 0 {
		return Decision{Codes: append(d.must, d.may...)}
	}
	return Decision{Codes: d.may, Done: true, Facts: d.facts}
}

func (m *Model) decideIssue(d *draft, c Command) {
	class := c.arg("class")
	if class == "" {
		class = "ordinary"
	}
	d.no(!slices.Contains([]string{"ordinary", "priority", "appointment"}, class), "bad-class", "bad-value")
	claim := ""
	if m.Setup.Strict {
		d.no(class == "appointment", "class-not-given")
		if class == "priority" && c.Role == "kiosk" {
			class, claim = "ordinary", class
		}
	}
	id := m.queueOf(d, c)
	printer := c.arg("print")
	paper := printer != "" && printer != "none"
	d.no(paper && !slices.Contains(m.Setup.Printers, printer), "unknown-printer", "bad-value")
	q := m.queue(id)
	if q == nil {
		return
	}
	d.no(m.Stopped[id] != "", "queue-stopped")
	b := *m.Bands[id]
	if b.Next > b.Last {
		switch {
		case b.Extended || q.BandEnd == "refuse":
			d.no(true, "numbers-used-up")
			return
		case q.BandEnd == "widen":
			b.Width++
			b.Next, b.Last = pow10(b.Width-1), pow10(b.Width)-1
		case q.BandEnd == "reserve":
			b.Prefix, b.Next = q.Reserve, q.First
		}
		b.Used, b.Warned = 0, false
		d.yes("band.extended", map[string]string{"queue": id, "prefix": b.Prefix, "width": fmt.Sprint(b.Width), "next": fmt.Sprint(b.Next), "last": fmt.Sprint(b.Last)})
	}
	state := Waiting
	if paper {
		state = Issued
	}
	given := map[string]string{"number": number(b), "queue": id, "class": class, "state": state}
	if claim != "" {
		given["claim"] = claim
	}
	d.yes("ticket.issued", given)
	if paper {
		d.yes("print.queued", map[string]string{"printer": printer, "copy": "1"})
	}
	// The warning comes once a band, with the number that reaches the share.
	if size := b.Last - m.first(q, b) + 1; !b.Warned && 100*(b.Next-m.first(q, b)+1) >= m.Setup.Policy.WarnAt*size {
		// Whether the numbers after the band's end are warned of anew is not written.
		d.facts = append(d.facts, Fact{Kind: "band.warned", Maybe: m.Bands[id].Extended || b.Prefix != q.Prefix || b.Width != q.Width,
			Data: map[string]string{"queue": id, "used": fmt.Sprint(b.Next - m.first(q, b) + 1), "of": fmt.Sprint(size)}})
	}
}

func (m *Model) first(q *Queue, b Band) int {
	if b.Width > q.Width {
		return pow10(b.Width - 1)
	}
	return q.First
}

func number(b Band) string { return fmt.Sprintf("%s%0*d", b.Prefix, b.Width, b.Next) }

func pow10(n int) int {
	v := 1
	for range n {
		v *= 10
	}
	return v
}

// queueOf finds the queue that a command names, by itself or by an item.
func (m *Model) queueOf(d *draft, c Command) string {
	id, item := c.arg("queue"), c.arg("item")
	if item != "" {
		q, ok := m.Setup.Items[item]
		d.no(!ok, "unknown-item")
		if id == "" {
			id = q
		}
		if !ok {
			d.no(id != "" && m.queue(id) == nil, "unknown-queue")
			return ""
		}
	}
	d.no(m.queue(id) == nil, "unknown-queue", "bad-value")
	d.no(item != "" && m.queue(id) == nil, "unknown-item") // a queue that is not there has no items either
	return id
}

var dayForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-[2-9]|-[1-9]\d+)?$`)

func (m *Model) decideDayOpen(d *draft, c Command) {
	day := c.arg("day")
	d.no(m.Day != "", "day-is-open")
	if day == "" {
		d.yes("day.opened", nil)
		return
	}
	valid := dayForm.MatchString(day)
	if valid {
		_, err := time.Parse("2006-01-02", day[:10])
		valid = err == nil
	}
	d.no(!valid, "bad-day", "bad-value")
	d.no(m.Days[day], "day-used")
	d.yes("day.opened", map[string]string{"day": day})
}

func (m *Model) decideDayClose(d *draft, c Command) {
	busy := false
	for _, t := range m.Today() {
		switch t.State {
		case Called, Serving: // however it is ended, no ticket outlives its day: Apply sees to that
			busy = true
			for _, kind := range []string{"ticket.missed", "ticket.done", "ticket.ended"} {
				d.facts = append(d.facts, Fact{Kind: kind, Data: map[string]string{"ticket": t.ID}, Maybe: true})
			}
		case Issued, Waiting, Missed:
			d.yes("ticket.ended", map[string]string{"ticket": t.ID, "state": Expired})
		case Held: // whether one that is laid aside keeps the day open is not written
			d.either(!c.is("force"), "day-busy")
			d.yes("ticket.ended", map[string]string{"ticket": t.ID})
		}
	}
	for _, s := range m.Seats {
		if s.State != "closed" {
			d.yes("window.closed", map[string]string{"window": s.ID})
		}
	}
	d.no(busy && !c.is("force"), "day-busy")
	for id, t := range m.jobs {
		if t.Print == "pending" || t.Print == "printing" {
			d.facts = append(d.facts, Fact{Kind: "print.ended", Data: map[string]string{"job": id}, Maybe: true})
		}
	}
	d.yes("day.closed", map[string]string{"day": m.Day})
}

// decideStop: one queue gives no numbers, with words for the kiosks; calling goes on.
func (m *Model) decideStop(d *draft, c Command) {
	id, reason := c.arg("queue"), c.arg("reason")
	d.no(m.queue(id) == nil, "unknown-queue", "bad-value")
	if c.Verb == "queue-resume" {
		if m.Stopped[id] != "" {
			d.yes("queue.resumed", map[string]string{"queue": id})
		}
		return
	}
	d.no(blank(reason), "reason-needed")
	if m.Stopped[id] != reason {
		d.yes("queue.paused", map[string]string{"queue": id, "reason": reason})
	}
}

func (m *Model) decideTicket(d *draft, c Command, at time.Time) {
	t := m.Find(c.arg("ticket"))
	if c.Verb == "rating" {
		level, err := strconv.Atoi(c.arg("level"))
		d.no(err != nil || level < 1 || level > 5, "bad-level", "bad-value")
	}
	if d.no(t == nil, "unknown-ticket") {
		return
	}
	if t.Day != m.Day || m.Day == "" { // of a day that is over: nothing can be done with it, and how that is said is left open
		d.no(true, "unknown-ticket", "illegal-move", "not-ratable", "day-not-open", "already-rated", "return-limit", "bad-level", "bad-value", "unknown-printer", "print-under-way", "ticket-over", "no-claim")
		return
	}
	to := map[string]string{"ticket": t.ID}
	switch c.Verb {
	case "cancel":
		switch t.State {
		case Issued:
			d.facts = append(d.facts, Fact{Kind: "print.ended", Data: map[string]string{"ticket": t.ID}, Maybe: true})
			d.yes("ticket.ended", map[string]string{"ticket": t.ID, "state": Void})
		case Waiting, Missed:
			d.yes("ticket.ended", map[string]string{"ticket": t.ID, "state": Cancelled})
		default:
			d.no(true, "illegal-move")
		}
	case "keep":
		d.no(t.State != Issued, "illegal-move")
		d.yes("ticket.queued", map[string]string{"ticket": t.ID, "cause": "unproved"})
	case "claim":
		d.no(t.Claim == "", "no-claim")
		d.no(!slices.Contains([]string{Issued, Waiting, Missed}, t.State), "illegal-move", "no-claim")
		to["class"] = t.Claim
		d.yes("ticket.claim-answered", to)
	case "return":
		d.no(t.State != Missed, "illegal-move")
		d.no(t.Returns >= m.Setup.Policy.ReturnLimit, "return-limit")
		to["cause"], to["after"] = "returned", fmt.Sprint(m.Setup.Policy.ReturnAfter)
		d.yes("ticket.queued", to)
	case "rating":
		d.no(!slices.Contains([]string{Serving, Done, Transferred}, t.State), "not-ratable")
		d.no(t.Rating != 0, "already-rated")
		// How long after its end a service may be rated, and whether one that nobody came to may be, the documents do not say.
		d.either(t.Unmet || nobody(t.Outcome) || !t.EndedAt.IsZero() && at.Sub(t.EndedAt) > 10*time.Second, "not-ratable")
		to["level"] = c.arg("level")
		d.yes("ticket.rated", to)
	case "reprint":
		printer := c.arg("printer")
		if printer == "" {
			printer = t.Printer
		}
		d.no(!slices.Contains(m.Setup.Printers, printer), "unknown-printer")
		d.no(!slices.Contains([]string{Issued, Waiting, Called, Serving, Held, Missed}, t.State), "illegal-move")
		d.no(t.Print == "pending" || t.Print == "printing", "print-under-way")
		to["printer"], to["copy"] = printer, fmt.Sprint(t.Prints+1)
		d.yes("print.queued", to)
	}
}

// nobody says whether an outcome means that no citizen was there.
func nobody(outcome string) bool { return outcome == "not-there" || outcome == "wrong-ticket" }

// spoiled says whether a text holds what no screen or paper should ever be handed: control characters, or marks that turn the writing round.
func spoiled(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
	}) >= 0
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func (m *Model) decideAtWindow(d *draft, c Command, at time.Time) {
	s := m.Seats[c.arg("window")]
	if d.no(s == nil, "unknown-window", "bad-value") {
		return
	}
	holder := c.arg("holder")
	taken := s.State != "closed" && s.Holder != "" && s.Holder != holder
	if c.Verb == "open" {
		m.decideOpen(d, c, s, taken)
		return
	}
	d.no(taken && (holder != "" || c.Role == "clerk"), "window-staffed") // without a holder others act for whoever holds the window
	d.no(s.State == "closed" && c.Verb != "close", "window-not-open")
	t := s.Ticket
	switch c.Verb {
	case "pause":
		reason := c.arg("reason")
		d.no(!slices.Contains(m.Setup.PauseReasons, reason), "reason-needed", "bad-value")
		d.either(s.State == "paused", "window-not-open", "illegal-move")
		again := s.State == "paused" && s.Pause == reason // it is as it should be already
		d.facts = append(d.facts, Fact{Kind: "window.paused", Data: map[string]string{"window": s.ID, "reason": reason}, Maybe: again})
	case "close":
		d.no(t != nil, "window-busy")
		d.no(len(s.Held) > 0, "window-holds-tickets")
		d.either(s.State == "closed", "window-not-open") // it is as it should be already
		d.facts = append(d.facts, Fact{Kind: "window.closed", Data: map[string]string{"window": s.ID}, Maybe: s.State == "closed"})
	case "call":
		m.decideCall(d, c, s)
	case "undo-miss":
		m.decideUndo(d, s, at)
	case "resume":
		m.decideResume(d, c, s)
	default:
		to := m.decideWords(d, c)
		if !d.no(t == nil, "window-idle") {
			m.decideAct(d, c, s, t, to)
		}
	}
}

// decideWords looks at what a command says, whatever stands at the window. It returns the queue of a transfer.
func (m *Model) decideWords(d *draft, c Command) (queue string) {
	switch c.Verb {
	case "finish":
		outcome, note := c.arg("outcome"), c.arg("note")
		needs, ok := m.Setup.Outcomes[outcome]
		d.no(outcome != "" && !ok, "bad-outcome", "bad-value")
		d.no(needs && blank(note), "reason-needed")
	case "transfer":
		queue = m.queueOf(d, c)
	}
	return queue
}

func (m *Model) decideOpen(d *draft, c Command, s *Seat, taken bool) {
	d.no(taken && (c.arg("holder") != "" || c.Role == "clerk") && !c.is("take_over"), "window-staffed")
	clerk := c.arg("clerk")
	if clerk == "" && s.State != "closed" && !c.is("take_over") {
		clerk = s.Clerk // who sits there stays
	}
	if clerk == "" {
		clerk = c.Name
	}
	again := s.State == "open" && s.Clerk == clerk && (c.arg("holder") == "" || c.arg("holder") == s.Holder)
	d.facts = append(d.facts, Fact{Kind: "window.opened", Data: map[string]string{"window": s.ID, "clerk": clerk}, Maybe: again})
}

func (m *Model) decideCall(d *draft, c Command, s *Seat) {
	d.no(s.State == "paused", "window-not-open")
	d.no(s.Ticket != nil, "window-busy")
	if ref := c.arg("ticket"); ref != "" {
		t := m.Find(ref)
		d.no(blank(c.arg("reason")), "reason-needed")
		if d.no(t == nil || t.Day != m.Day, "unknown-ticket") {
			return
		}
		d.no(t.State != Waiting && t.State != Missed, "illegal-move")
		d.no(!slices.Contains(s.Queues, t.Queue), "not-served-here")
		d.yes("ticket.called", map[string]string{"ticket": t.ID, "window": s.ID, "why": "direct"})
		return
	}
	t := m.Next(s.ID)
	if d.no(t == nil, "nobody-waiting") {
		return
	}
	d.yes("ticket.called", map[string]string{"ticket": t.ID, "window": s.ID})
}

func (m *Model) decideUndo(d *draft, s *Seat, at time.Time) {
	d.no(s.Ticket != nil, "window-busy")
	d.no(s.State == "paused", "window-not-open") // calls to it are stopped
	if d.no(s.Miss == nil || s.Miss.State != Missed || s.Miss.Window != s.ID, "nothing-to-undo") {
		return
	}
	d.either(s.MissOld, "nothing-to-undo") // whether a miss outlives the closing of its window is not written
	age, limit := at.Sub(s.MissAt), m.Setup.Policy.UndoMiss
	d.no(age > limit+slack, "nothing-to-undo")
	d.either(age > limit-slack && age <= limit+slack, "nothing-to-undo")
	d.yes("ticket.called", map[string]string{"ticket": s.Miss.ID, "window": s.ID, "why": "miss-undone", "calls": fmt.Sprint(s.Miss.Calls + 1)})
}

func (m *Model) decideResume(d *draft, c Command, s *Seat) {
	ref := c.arg("ticket")
	if ref == "" && s.State == "paused" {
		d.yes("window.opened", map[string]string{"window": s.ID})
		return
	}
	d.no(s.Ticket != nil, "window-busy")
	d.either(s.State == "paused", "window-not-open")
	var t *Ticket
	if ref == "" && len(s.Held) > 0 {
		t = s.Held[0]
	} else if ref != "" {
		t = m.Find(ref)
		if t == nil || !slices.Contains(s.Held, t) {
			t = nil
		}
	}
	if d.no(t == nil, "unknown-ticket", "illegal-move", "window-idle") {
		return
	}
	d.yes("ticket.serving", map[string]string{"ticket": t.ID, "window": s.ID, "resume": "true"})
}

// decideAct is what is done with the ticket at the window.
func (m *Model) decideAct(d *draft, c Command, s *Seat, t *Ticket, queue string) {
	here := map[string]string{"ticket": t.ID, "window": s.ID}
	p := m.Setup.Policy
	switch c.Verb {
	case "recall":
		d.no(t.State != Called, "illegal-move")
		d.no(t.Calls >= p.RecallLimit, "recall-limit")
		here["calls"] = fmt.Sprint(t.Calls + 1)
		d.yes("ticket.recalled", here)
	case "serve":
		d.no(t.State != Called, "illegal-move")
		d.yes("ticket.serving", here)
	case "finish":
		if outcome := c.arg("outcome"); outcome != "" {
			here["outcome"] = outcome
		}
		d.yes("ticket.done", here)
	case "no-show":
		d.no(t.State != Called, "illegal-move")
		d.no(t.Calls < p.MissAfter && !c.is("force"), "not-yet-missed")
		d.yes("ticket.missed", here)
	case "hold":
		d.no(t.State != Serving, "illegal-move")
		d.no(len(s.Held) >= p.HoldLimit, "hold-limit")
		d.either(blank(c.arg("reason")), "reason-needed")
		d.yes("ticket.held", here)
	case "transfer":
		d.no(t.State != Serving, "illegal-move")
		d.no(t.Leg >= p.LegLimit, "leg-limit")
		here["queue"] = queue
		d.yes("ticket.transferred", here)
	case "give-back":
		d.no(t.State != Called, "illegal-move")
		d.either(blank(c.arg("reason")), "reason-needed")
		d.yes("ticket.queued", map[string]string{"ticket": t.ID, "cause": "given-back"})
	}
}
