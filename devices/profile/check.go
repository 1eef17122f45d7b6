package profile

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// boardModes are the states of a window that a board must know how to show.
var boardModes = []string{"calling", "serving", "idle", "paused", "closed"}

// callerWords are what a key of a caller can mean in a hall; a rating comes from a pad and says a level, so it is none of them.
var callerWords = []string{"call", "recall", "here", "finish", "miss", "pause", "ask-rating", "transfer"}

// checkKind holds kind, driver, tables and roles against each other. It returns the key at fault with the error.
func checkKind(f *file) (string, error) {
	of := map[string][]string{"escpos": {"printer"}, "max7219": {"board"}, "wav": {"voice"}, "idcard": {"reader"}, "gpio": {"button", "lamp", "caller", "pad", "caller+pad"}}[f.Driver]
	if of != nil && !slices.Contains(of, f.Kind) {
		return "kind", fmt.Errorf("kind: %q does not go with driver %q; write %s, or another driver", f.Kind, f.Driver, strings.Join(of, ", "))
	}
	if f.Driver == "described" && f.Kind == "printer" {
		return "driver", errors.New(`driver: "described" cannot drive a printer; write "escpos"`)
	}
	for _, t := range []struct {
		table, driver string
		is            bool
	}{{"printer", "escpos", f.Printer != nil}, {"gpio", "gpio", f.GPIO != nil}, {"matrix", "max7219", f.Matrix != nil}} {
		if t.is && f.Driver != t.driver {
			return t.table, fmt.Errorf("%s: driver %q has no such table; remove it, or write driver = %q", t.table, f.Driver, t.driver)
		}
	}
	for _, r := range []struct {
		role, kind string
		is         bool
	}{{"board", "board", f.Role.Board != nil}, {"caller", "caller", f.Role.Caller != nil}, {"pad", "pad", f.Role.Pad.Ask != "" || f.Role.Pad.Levels != nil},
		{"voice", "voice", f.Role.Voice.Say != ""}} {
		if r.is && !slices.Contains(strings.Split(f.Kind, "+"), r.kind) {
			return "role." + r.role, fmt.Errorf("role.%s: a device of kind %q has no such role; remove it, or write the kind %q", r.role, f.Kind, r.kind)
		}
	}
	return "", nil
}

// check looks at what only shows when all of a protocol stands. It returns the key at fault with the error.
func (p *Protocol) check(f *file) (string, error) {
	for _, check := range []func(*file) (string, error){p.checkParams, p.checkBodies, p.checkPauses, p.checkOps, p.checkRoles, p.strayParams, p.strayOps, p.strayRoles} {
		if at, err := check(f); err != nil {
			return at, err
		}
	}
	return "", nil
}

func (p *Protocol) checkParams(f *file) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(f.Param)) {
		prm, at := f.Param[name], "param."+name
		if prm.Rolls && (prm.Min == nil || prm.Max == nil || prm.Map != nil) {
			return at + ".rolls", fmt.Errorf("%s.rolls: goes round from min to max; write both, and no map", at)
		}
		if prm.Min != nil && prm.Max != nil && *prm.Min > *prm.Max {
			return at + ".min", fmt.Errorf("%s: min %d is above max %d; write the smaller as min", at, *prm.Min, *prm.Max)
		}
		if prm.Default == nil {
			continue
		}
		word := plain(prm.Default)
		if prm.Map != nil {
			if _, ok := prm.Map[word]; !ok {
				return at + ".default", fmt.Errorf("%s.default: %q is not in its map; write one of %s", at, word, strings.Join(slices.Sorted(maps.Keys(prm.Map)), ", "))
			}
			continue
		}
		n, err := strconv.ParseInt(word, 10, 64)
		if (prm.Min != nil || prm.Max != nil) && err != nil {
			return at + ".default", fmt.Errorf("%s.default: %q is no whole number, but the parameter has min or max; write a number", at, word)
		}
		if prm.Min != nil && n < *prm.Min || prm.Max != nil && n > *prm.Max {
			return at + ".default", fmt.Errorf("%s.default: %s is outside its own min and max; write a default that is allowed", at, word)
		}
	}
	return "", nil
}

// checkBodies counts the places for a body in frames, and holds checksums against the room that they are written into.
func (p *Protocol) checkBodies(f *file) (string, error) {
	has := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(f.Frame)) {
		for i, part := range f.Frame[name].Parts {
			if (part.Body || part.Inner != "") && has[name] {
				return fmt.Sprintf("frame.%s.parts[%d]", name, i), fmt.Errorf("frame.%s: part %d: a second body; a frame has one part body = true or inner", name, i+1)
			}
			has[name] = has[name] || part.Body || part.Inner != ""
			if at, err := wideSum(&part); err != nil {
				return fmt.Sprintf("frame.%s.parts[%d]%s", name, i, at), fmt.Errorf("frame.%s: part %d: %w", name, i+1, err)
			}
		}
	}
	bodies := func(at, frame string, body []Part) (string, error) {
		if len(body) > 0 && !has[frame] {
			return at, fmt.Errorf("%s: frame.%s has no place for a body; add the part { body = true } to the frame", at, frame)
		}
		for i := range body {
			if body[i].Body || body[i].Inner != "" {
				return fmt.Sprintf("%s[%d]", at, i), fmt.Errorf("%s: part %d: body and inner stand in frames only; write the parts themselves", at, i+1)
			}
			if sub, err := wideSum(&body[i]); err != nil {
				return fmt.Sprintf("%s[%d]%s", at, i, sub), fmt.Errorf("%s: part %d: %w", at, i+1, err)
			}
		}
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.programs)) {
		if at, err := bodies("op."+name+".body", p.ops[name].Frame, p.ops[name].Body); err != nil {
			return at, err
		}
	}
	for i := range p.events {
		e := &p.events[i]
		if at, err := bodies("event."+e.name+".body", e.Frame, e.Body); err != nil {
			return at, err
		}
		if at, err := bodies("event."+e.name+".ack_body", e.AckIn, e.AckBy); err != nil {
			return at, err
		}
		if e.ack != nil && slices.ContainsFunc(e.ack.steps, func(s step) bool { return s.Pause > 0 }) {
			return "event." + e.name + ".ack_body", fmt.Errorf("event.%s.ack_body in frame.%s: has a pause, but an answer goes out at once; write a frame without", e.name, e.AckIn)
		}
	}
	return "", nil
}

// checkPauses refuses a rest inside a frame that the device takes for the frame's end.
func (p *Protocol) checkPauses(f *file) (string, error) {
	if f.Line.EndMS == 0 {
		return "", nil
	}
	long := func(at string, parts []Part) (string, error) {
		for i := range parts {
			if parts[i].Pause > f.Line.EndMS {
				return fmt.Sprintf("%s[%d]", at, i), fmt.Errorf("%s: part %d: pause = %d, but after byte_gap_max_ms = %d the device takes its frame for ended; write less", at, i+1, parts[i].Pause, f.Line.EndMS)
			}
		}
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(f.Frame)) {
		if at, err := long("frame."+name+".parts", f.Frame[name].Parts); err != nil {
			return at, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Op)) {
		if at, err := long("op."+name+".body", f.Op[name].Body); err != nil {
			return at, err
		}
	}
	return "", nil
}

// checkInner refuses inner frames that are not there, and those that stand in themselves. It returns the key at fault with the error.
func checkInner(f *file) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(f.Frame)) {
		seen := []string{name}
		for next := name; next != ""; {
			at := next
			next = ""
			for i, part := range f.Frame[at].Parts {
				if part.Inner == "" {
					continue
				}
				here := fmt.Sprintf("frame.%s.parts[%d]", at, i)
				if _, ok := f.Frame[part.Inner]; !ok {
					return here, fmt.Errorf("frame.%s: part %d: there is no [frame.%s]", at, i+1, part.Inner)
				}
				if slices.Contains(seen, part.Inner) {
					return here, fmt.Errorf("frame.%s: part %d: frame.%s stands in itself; write another frame", at, i+1, part.Inner)
				}
				seen, next = append(seen, part.Inner), part.Inner
			}
		}
	}
	return "", nil
}

// wideSum refuses a checksum that can be greater than what it is written into.
func wideSum(p *Part) (string, error) {
	if p.Sum == "" {
		return "", nil
	}
	most := int64(1)<<p.sumBits() - 1
	if p.Mod > 0 {
		most = min(most, int64(p.Mod)-1)
	}
	most = (most | int64(p.Xor)) + p.Add | int64(p.Or)
	if _, room := p.sumForm().limits(); most > room {
		put := p.Put
		if put == "" {
			put = "u8"
		}
		return "", fmt.Errorf("sum %q: goes up to %d, but put = %q takes %d at most; write a wider put, or mod = %d", p.Sum, most, put, room, room+1)
	}
	return "", nil
}

func (p *Protocol) checkOps(f *file) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(f.Op)) {
		op, at := f.Op[name], "op."+name
		if op.Steps != nil && op.Body != nil {
			return at + ".body", fmt.Errorf("%s: has body and steps; write what it sends, or the steps of a dialogue", at)
		}
		if op.Done != nil && op.Done.Within < 1 {
			return at + ".done", fmt.Errorf("%s.done: within_ms is missing; write for how many milliseconds to wait for it", at)
		}
		takes := maps.Clone(p.Arguments(name))
		dialogue := false // of dialogues: what they take is not told here
		for _, s := range op.Steps {
			maps.Copy(takes, p.Arguments(s.Send))
			dialogue = dialogue || f.Op[s.Send].Steps != nil
		}
		for i, arg := range op.Args {
			here := fmt.Sprintf("%s.args[%d]", at, i)
			if slices.Contains(op.Args[:i], arg) {
				return here, fmt.Errorf("%s.args: %q stands twice; name every argument once", at, arg)
			}
			if !takes[arg] && !dialogue {
				return here, fmt.Errorf("%s.args: no part takes %q; remove it, or write a part with that name", at, arg)
			}
		}
		if g := p.programs[name]; g != nil {
			if i, err := g.overflows(); err != nil {
				return p.locate(op.Frame, at+".body", len(op.Body), i), fmt.Errorf("%s in frame.%s: %w", at, op.Frame, err)
			}
		}
	}
	for i := range p.events {
		e := &p.events[i]
		if e.ack == nil {
			continue
		}
		if k, err := e.ack.overflows(); err != nil {
			at := "event." + e.name + ".ack_body"
			return p.locate(e.AckIn, at, len(e.AckBy), k), fmt.Errorf("%s in frame.%s: %w", at, e.AckIn, err)
		}
	}
	return "", nil
}

func (p *Protocol) checkRoles(f *file) (string, error) {
	for _, mode := range slices.Sorted(maps.Keys(f.Role.Board)) {
		at := "role.board." + mode
		if !slices.Contains(boardModes, mode) {
			return at, fmt.Errorf("%s: a window is never %q; write one of %s", at, mode, strings.Join(boardModes, ", "))
		}
		if sub, err := p.checkShow(f.Role.Board[mode]); err != nil {
			return at + "." + sub, fmt.Errorf("%s.%s: %w", at, sub, err)
		}
	}
	for _, mode := range boardModes {
		if _, ok := f.Role.Board[mode]; !ok && f.Kind == "board" && f.Driver == "described" {
			return "role.board", fmt.Errorf("role.board.%s: is missing; a board must say what it shows when its window is %s, so write op and text", mode, mode)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Role.Caller)) {
		if word := f.Role.Caller[key]; !slices.Contains(callerWords, word) {
			return "role.caller." + key, fmt.Errorf("role.caller.%s: %q; write one of %s", key, word, strings.Join(callerWords, ", "))
		}
	}
	if _, ok := f.Event["key"]; !ok && f.Role.Caller != nil {
		return "role.caller", errors.New("role.caller: there is no [event.key] that tells which key was pressed; write it")
	}
	for _, value := range slices.Sorted(maps.Keys(f.Role.Pad.Levels)) {
		if level := f.Role.Pad.Levels[value]; level < 1 || level > 5 {
			return "role.pad.levels." + value, fmt.Errorf("role.pad.levels.%s: %d; write 1 (very poor) to 5 (very good)", value, level)
		}
	}
	if _, ok := f.Event["rated"]; !ok && f.Role.Pad.Levels != nil {
		return "role.pad.levels", errors.New("role.pad.levels: there is no [event.rated] that tells what was pressed; write it")
	}
	if say := f.Role.Voice.Say; say != "" && f.Op[say].Steps == nil && !p.Arguments(say)["text"] {
		return "role.voice.say", fmt.Errorf("role.voice.say: op.%s has no argument \"text\"; write an operation that takes the sentence", say)
	}
	return "", nil
}

// places are what is filled in for a window: see devices.Face.
var (
	places   = regexp.MustCompile(`\{[a-z]+\}`)
	allPlace = []string{"{number}", "{window}", "{pause}", "{prefix}", "{digits}"}
)

// checkPlaces refuses a place that is not filled in: people would read it.
func checkPlaces(text string) error {
	for _, place := range places.FindAllString(text, -1) {
		if !slices.Contains(allPlace, place) {
			return fmt.Errorf("%s is not filled in; write one of %s", place, strings.Join(allPlace, ", "))
		}
	}
	return nil
}

// checkValue refuses a fixed argument that can never be sent: a word that stands for nothing, a number out of range.
func (p *Protocol) checkValue(g *program, name string, v any) error {
	if places.MatchString(plain(v)) {
		return nil
	}
	for _, s := range g.all() {
		if s.arg != name {
			continue
		}
		given, err := p.argument(s.Part, name, map[string]any{name: v})
		if err == nil && s.whole {
			_, err = p.integer(name, given, s.form)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkShow looks whether an operation can be sent as a board's role says. It returns the key of the role at fault with the error.
func (p *Protocol) checkShow(s Show) (string, error) {
	g := p.programs[s.Op]
	if g == nil {
		return "", nil // a dialogue
	}
	if s.Text != "" && !g.args["text"] {
		return "text", fmt.Errorf("op.%s has no argument \"text\"; remove it, or write another op", s.Op)
	}
	if err := checkPlaces(s.Text); err != nil {
		return "text", err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Args)) {
		if !g.args[name] {
			return "args." + name, fmt.Errorf("op.%s has no argument %q; it has %s", s.Op, name, strings.Join(slices.Sorted(maps.Keys(g.args)), ", "))
		}
		if err := checkPlaces(plain(s.Args[name])); err != nil {
			return "args." + name, err
		}
		if err := p.checkValue(g, name, s.Args[name]); err != nil {
			return "args." + name, err
		}
	}
	if _, given := s.Args["text"]; given && s.Text != "" {
		return "args.text", errors.New("text stands beside it; write one of the two")
	}
	fixed := places.ReplaceAllString(s.Text, "")
	for _, t := range g.all() {
		if t.Text == "" {
			continue
		}
		text, key := fixed, "text"
		if t.Text != "text" || s.Text == "" {
			v, ok := s.Args[t.Text]
			if !ok {
				continue
			}
			text, key = places.ReplaceAllString(plain(v), ""), "args."+t.Text
		}
		if _, err := t.encode(substitute(t.Part, text, p.substitutes)); err != nil {
			return key, fmt.Errorf("%q cannot be shown by the device, whose characters are %s: %w; write others", text, t.enc(), err)
		}
	}
	return "", nil
}
