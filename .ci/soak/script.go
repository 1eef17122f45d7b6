package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"soak/oracle"
)

// Step is one line of a script: who does what. A step with a burst has its steps sent at once, those of one client one after the other.
type Step struct {
	N     int
	Who   string // a client; "-" for what is done to the daemon itself
	Verb  string
	Args  map[string]string
	Burst []Step
}

// A step's arguments are sent as they are, but for these:
const (
	argTicket = "ticket"  // @7: the ticket that step 7 made; @7n: its number
	argKill   = "killed"  // the daemon is killed so long after the step was sent
	argKeyOf  = "key-of"  // sent with the key of that step
	argOf     = "of"      // of a repeat: which step
	argAfter  = "after"   // of a kill in a burst, and of a wait: how long
	argPath   = "path"    // of garbage
	argBody   = "body"    // of garbage
	argMethod = "method"  // of garbage
	argKey    = "rawkey"  // of garbage: a key that is none
	argType   = "content" // of garbage: a content type
)

func (s Step) String() string {
	if s.Burst != nil {
		var b strings.Builder
		fmt.Fprintf(&b, "%d - burst\n", s.N)
		for _, sub := range s.Burst {
			fmt.Fprintf(&b, "  %s\n", sub)
		}
		fmt.Fprintf(&b, "end")
		return b.String()
	}
	line := fmt.Sprintf("%d %s %s", s.N, s.Who, s.Verb)
	for _, k := range slices.Sorted(maps.Keys(s.Args)) {
		v := s.Args[k]
		if v == "" || strings.ContainsAny(v, " \"'\\") || strconv.Quote(v) != `"`+v+`"` {
			v = strconv.Quote(v)
		}
		line += " " + k + "=" + v
	}
	return line
}

// Script is a world and what is done in it.
type Script struct {
	World string
	Seed  uint64
	Steps []Step
}

func (s Script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "world %s seed %d\n", s.World, s.Seed)
	for _, step := range s.Steps {
		fmt.Fprintln(&b, step)
	}
	return b.String()
}

// Parse reads what String wrote.
func Parse(r io.Reader) (Script, error) {
	var s Script
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	var burst *Step
	for row := 1; in.Scan(); row++ {
		line := strings.TrimSpace(in.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "world "):
			if _, err := fmt.Sscanf(line, "world %s seed %d", &s.World, &s.Seed); err != nil {
				return s, fmt.Errorf("line %d: write \"world NAME seed N\": %w", row, err)
			}
			continue
		case line == "end" && burst != nil:
			s.Steps = append(s.Steps, *burst)
			burst = nil
			continue
		}
		step, err := parseStep(line)
		if err != nil {
			return s, fmt.Errorf("line %d: %w", row, err)
		}
		switch {
		case step.Verb == "burst":
			step.Burst = []Step{}
			burst = &step
		case burst != nil:
			burst.Burst = append(burst.Burst, step)
		default:
			s.Steps = append(s.Steps, step)
		}
	}
	return s, in.Err()
}

func parseStep(line string) (Step, error) {
	words := strings.SplitN(line, " ", 4)
	if len(words) < 3 {
		return Step{}, fmt.Errorf("%q is no step: write \"N CLIENT VERB key=value …\"", line)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return Step{}, fmt.Errorf("%q begins with no number: %w", line, err)
	}
	s := Step{N: n, Who: words[1], Verb: words[2], Args: map[string]string{}}
	if len(words) < 4 {
		return s, nil
	}
	for rest := words[3]; rest != ""; rest = strings.TrimLeft(rest, " ") {
		k, v, ok := strings.Cut(rest, "=")
		if !ok {
			return s, fmt.Errorf("%q is no key=value", rest)
		}
		if strings.HasPrefix(v, `"`) {
			q, err := strconv.QuotedPrefix(v)
			if err != nil {
				return s, fmt.Errorf("%q: %w", v, err)
			}
			rest = v[len(q):]
			if v, err = strconv.Unquote(q); err != nil {
				return s, fmt.Errorf("%q: %w", q, err)
			}
		} else {
			v, rest, _ = strings.Cut(v, " ")
		}
		s.Args[k] = v
	}
	return s, nil
}

// sent is a request on its way.
type sent struct {
	method, path, body string
}

// request says how a command is sent: the contract's table of routes.
func request(c oracle.Command) sent {
	body := map[string]any{}
	for k, v := range c.Args {
		switch k {
		case "window", argKill, argKeyOf, argOf, argPath, argBody, argMethod, argKey, argType:
		case "force", "take_over", "granted":
			body[k] = v == "true"
		case "level":
			if n, err := strconv.Atoi(v); err == nil {
				body[k] = n
			} else {
				body[k] = v
			}
		default:
			body[k] = v
		}
	}
	path := ""
	switch {
	case c.Verb == "garbage":
		return sent{c.Get(argMethod), c.Get(argPath), c.Get(argBody)}
	case c.Verb == "issue":
		path = "/api/tickets"
	case c.Verb == "day-open":
		path = "/api/day/open"
	case c.Verb == "day-close":
		path = "/api/day/close"
	case c.Verb == "queue-pause", c.Verb == "queue-resume":
		delete(body, "queue")
		path = "/api/queues/" + url.PathEscape(c.Get("queue")) + "/" + strings.TrimPrefix(c.Verb, "queue-")
	case oracle.AtWindow(c.Verb):
		path = "/api/windows/" + url.PathEscape(c.Get("window")) + "/" + c.Verb
	default:
		delete(body, argTicket)
		path = "/api/tickets/" + url.PathEscape(c.Get(argTicket)) + "/" + c.Verb
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings, numbers and truths: cannot happen
	}
	return sent{"POST", path, string(text)}
}
