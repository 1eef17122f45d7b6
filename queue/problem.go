package queue

import (
	"fmt"
	"slices"
	"strings"
)

// ProblemCode names one kind of mistake in a configuration. Package hallfile has its words.
type ProblemCode string

// What can be wrong with a configuration, and the arguments that its words need.
const (
	Missing         ProblemCode = "missing"           // must be said
	BadID           ProblemCode = "bad-id"            // got
	IDTaken         ProblemCode = "id-taken"          // got; Other: who has it
	TextBlank       ProblemCode = "text-blank"        //
	TextControl     ProblemCode = "text-control"      // char
	TextDirection   ProblemCode = "text-direction"    // char
	TextLong        ProblemCode = "text-long"         // got, max
	UnknownQueueID  ProblemCode = "unknown-queue"     // got; Known
	UnknownWindowID ProblemCode = "unknown-window"    // got; Known
	UnknownOffice   ProblemCode = "unknown-office"    // got; Known: departments
	UnknownItemID   ProblemCode = "unknown-item"      // got; Known
	UnknownZone     ProblemCode = "unknown-zone"      // got; Known
	ListedTwice     ProblemCode = "listed-twice"      // got
	WindowNumber    ProblemCode = "window-number"     // got
	WindowUseless   ProblemCode = "window-useless"    // window
	NoQueue         ProblemCode = "no-queue"          //
	QueueUnserved   ProblemCode = "queue-unserved"    // queue
	PrefixForm      ProblemCode = "prefix-form"       // got
	PrefixTaken     ProblemCode = "prefix-taken"      // got, queue; Other: who has it
	OutOfRange      ProblemCode = "out-of-range"      // got, min, max
	LastBelowFirst  ProblemCode = "last-below-first"  // got, first, max
	NotAChoice      ProblemCode = "not-a-choice"      // got; Known
	RecallBelowMiss ProblemCode = "recall-below-miss" // got, miss
	TooManyLines    ProblemCode = "too-many-lines"    // got, max
	ZoneEmpty       ProblemCode = "zone-empty"        // zone
	WindowTwoZones  ProblemCode = "window-two-zones"  // window, zone; Other: the place in that zone
	LanguageForm    ProblemCode = "language-form"     // got
	BadTimeZone     ProblemCode = "bad-time-zone"     // got; Known
	BadAddress      ProblemCode = "bad-address"       // got, max
	NoOrdinary      ProblemCode = "no-ordinary"       // got: the class that is missing
	RatioForm       ProblemCode = "ratio-form"        // got, max
)

// FromCatalogue is put before the codes of package catalogue: their words are there, and their arguments are called 0, 1 …
const FromCatalogue = "catalogue/"

// ProblemCodes lists them.
func ProblemCodes() []ProblemCode {
	return []ProblemCode{Missing, BadID, IDTaken, TextBlank, TextControl, TextDirection, TextLong, UnknownQueueID, UnknownWindowID, UnknownOffice, UnknownItemID, UnknownZone,
		ListedTwice, WindowNumber, WindowUseless, NoQueue, QueueUnserved, PrefixForm, PrefixTaken, OutOfRange, LastBelowFirst, NotAChoice, RecallBelowMiss,
		TooManyLines, ZoneEmpty, WindowTwoZones, LanguageForm, BadTimeZone, BadAddress,
		NoOrdinary, RatioForm}
}

// ConfigProblem is one thing in a configuration that cannot be, or, as a warning, should not.
type ConfigProblem struct {
	Path    string            `json:"path"` // where it stands, by the names of the JSON form: queues[2].prefix, policy.recall_limit
	Code    ProblemCode       `json:"code"`
	Args    map[string]string `json:"args,omitempty"`    // what its words say besides
	Known   []string          `json:"known,omitempty"`   // what would be right, where it is one of a list
	Other   string            `json:"other,omitempty"`   // the path of what it collides with
	Warning bool              `json:"warning,omitempty"` // the hall can be so
}

// String is for logs and for callers without a hall file: place, code and arguments.
func (p ConfigProblem) String() string {
	var args []string
	for k, v := range p.Args {
		args = append(args, fmt.Sprintf("%s %q", k, v))
	}
	slices.Sort(args)
	if len(p.Known) > 0 {
		args = append(args, "known: "+strings.Join(p.Known, ", "))
	}
	if p.Other != "" {
		args = append(args, "see "+p.Other)
	}
	if len(args) == 0 {
		return p.Path + ": " + string(p.Code)
	}
	return p.Path + ": " + string(p.Code) + " (" + strings.Join(args, "; ") + ")"
}

// ConfigError is why a configuration cannot be used.
type ConfigError struct{ Problems []ConfigProblem }

func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Problem makes a problem; args are names and values by turns.
func Problem(path string, code ProblemCode, args ...string) ConfigProblem {
	n := ConfigProblem{Path: path, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if n.Args == nil {
			n.Args = map[string]string{}
		}
		n.Args[args[i]] = args[i+1]
	}
	return n
}

// problems collects what is wrong.
type problems []ConfigProblem

// add notes a problem; args are names and values by turns.
func (p *problems) add(path string, code ProblemCode, args ...string) *ConfigProblem {
	*p = append(*p, Problem(path, code, args...))
	return &(*p)[len(*p)-1]
}
