package profile

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Whatever a file says must be acted upon: this file refuses what would be read and forgotten.

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkIDs looks at the names that hall files use. It returns the key at fault with the error.
func checkIDs(f *file) (string, error) {
	switch {
	case f.ID == "":
		return "id", errors.New("id: is missing; write the name that hall files use, such as \"maker-model\"")
	case !idForm.MatchString(f.ID):
		return "id", fmt.Errorf("id: %q; write lower-case letters, digits and -, such as \"maker-model\"", f.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(f.Variant)) {
		if id == f.ID || !idForm.MatchString(id) {
			return "variant." + id, fmt.Errorf("variant.%s: write an id of its own, of lower-case letters, digits and -", id)
		}
	}
	for i, v := range f.Vectors {
		if _, ok := f.Variant[v.Protocol]; !ok && v.Protocol != "" && v.Protocol != f.ID {
			return fmt.Sprintf("vector[%d].protocol", i), fmt.Errorf("vector %d: protocol %q: there is no [variant.%s]; leave it out for the file's own", i+1, v.Protocol, v.Protocol)
		}
	}
	return "", nil
}

// strayTables refuses tables of described protocols where none is described. It returns the key at fault with the error.
func strayTables(f *file) (string, error) {
	for key, v := range map[string]string{"probe": f.Role.Probe, "poll": f.Role.Poll} {
		if f.Driver != "described" && v != "" {
			return "role." + key, fmt.Errorf("role.%s: driver %q asks its device by itself; remove it", key, f.Driver)
		}
	}
	if f.Looks != (Looks{}) && (f.Kind != "board" || f.Matrix != nil) {
		return "looks", errors.New("looks: only boards of described protocols have looks; remove the table")
	}
	if f.Driver == "described" || f.Driver == "idcard" {
		return "", nil
	}
	for _, t := range []struct {
		table string
		is    bool
	}{{"param", f.Param != nil}, {"frame", f.Frame != nil}, {"op", f.Op != nil}, {"event", f.Event != nil}, {"events", f.EventsIn != nil}, {"variant", f.Variant != nil},
		{"substitute", f.Substitute != nil}, {"charset", f.Charset != nil}} {
		if t.is {
			return t.table, fmt.Errorf("%s: driver %q knows its protocol by itself; remove it, or write driver = \"described\"", t.table, f.Driver)
		}
	}
	if v := f.Role.Voice; v.Say != "" || v.Chime != "" || v.Max != 0 || v.Languages != nil {
		return "role.voice", fmt.Errorf("role.voice: driver %q speaks by itself; remove it, or write driver = \"described\"", f.Driver)
	}
	return "", nil
}

// partKeys are the keys that refine each kind of part; number ones go with every integer that has a name.
var partKeys = map[string][]string{
	"word":   {"map", "drop"},
	"fixed":  {},
	"number": {"add", "mul", "shift", "mask", "xor", "or", "map", "not", "drop"},
	"dec":    {"add", "mul", "shift", "mask", "xor", "or", "map", "not", "drop", "width", "lower"}, // hexnum and bcd, too
	"seq":    {"add", "mul", "shift", "mask", "xor", "or", "drop", "width", "min", "max", "lower"},
	"digits": {"width", "radix", "base", "blank", "keep", "min", "max", "drop"},
	"text":   {"enc", "width", "pad", "align", "term", "pre", "post", "nibbles", "printable", "min", "max", "map", "drop"},
	"bytes":  {"width", "min", "max", "map", "drop"},
	"pack":   {"fields"},
	"fill":   {"to"},
	"len":    {"of", "add", "mul", "shift", "mask", "xor", "or", "per", "unit", "chars", "enc", "width", "lower"},
	"sum":    {"of", "put", "mod", "width", "lower", "init", "xor", "add", "or", "bits", "poly", "reflect"},
}

// refined says which row of partKeys holds for the part.
func (p *Part) refined() string {
	switch {
	case p.Str != "" && p.Map != nil:
		return "word"
	case p.Dec != "" || p.HexNum != "" || p.BCD != "":
		return "dec"
	case p.Seq != "":
		return "seq"
	case p.Digits != "":
		return "digits"
	case p.Text != "":
		return "text"
	case p.Bytes != "":
		return "bytes"
	case p.Len != "":
		return "len"
	case p.Sum != "":
		return "sum"
	case p.Pack != "":
		return "pack"
	case p.Fill != "":
		return "fill"
	}
	if v, _, is := p.number(); is {
		if _, named := v.(string); named {
			return "number"
		}
	}
	return "fixed"
}

// refinements are the keys of a part behind the kinds: of, and all that follow it.
var refinements = func() map[int]string {
	out := map[int]string{}
	t := reflect.TypeFor[Part]()
	for i, begun := 0, false; i < t.NumField(); i++ {
		key, ok := t.Field(i).Tag.Lookup("toml")
		begun = begun || key == "of"
		if ok && begun {
			out[i] = key
		}
	}
	return out
}()

// stray refuses refinements that the part would forget.
func (p *Part) stray() error {
	may := partKeys[p.refined()]
	v := reflect.ValueOf(p).Elem()
	for _, i := range slices.Sorted(maps.Keys(refinements)) {
		key := refinements[i]
		if v.Field(i).IsZero() || slices.Contains(may, key) {
			continue
		}
		if len(may) == 0 {
			return fmt.Errorf("%s: this part takes nothing beside it; remove it", key)
		}
		return fmt.Errorf("%s: this part does not act upon it; it takes %s", key, strings.Join(may, ", "))
	}
	switch {
	case p.Width > 0 && (p.Len != "" && !wide(p.Len) || p.Sum != "" && !wide(p.Put) || p.Seq != "" && !wide(p.Seq)):
		return errors.New("width: only decimal numbers (dec, bcd) have one; remove it")
	case p.Sum != "crc" && (p.Bits != 0 || p.Poly != 0 || p.Reflect):
		return errors.New("bits, poly and reflect: go with sum = \"crc\"; write that, or remove them")
	case p.Lower && p.HexNum == "" && !spelt(p.Len) && !spelt(p.Put) && !spelt(p.Seq):
		return errors.New("lower: only hexadecimal characters (hexnum, hex2, hex4, hex8) have it; remove it")
	case p.Per > 0 && p.Unit == "chars":
		return errors.New("per: counts items of so many bytes; write it, or unit = \"chars\"")
	case p.Chars != "" && p.Unit != "chars" && !p.counts():
		return errors.New("chars: goes with unit = \"chars\"; write both, or neither")
	case p.Pad != "" && p.Width == 0:
		return errors.New("pad: fills up to width; write width")
	case p.Align != "" && p.Pad == "":
		return errors.New("align: says where the text stands among the filling; write pad")
	case p.Digits != "" && p.Width > 0 && (p.Min > 0 || p.Max > 0):
		return errors.New("min and max: how many digits arrive, but width fixes it; write one of the two")
	case p.Digits != "" && p.Width == 0 && (p.Blank != nil || p.Keep != ""):
		return errors.New("blank and keep: need width, the number of places; write it")
	}
	return nil
}

// wide says whether the form takes its width from the part; spelt, whether it is hexadecimal characters.
func wide(form string) bool  { return forms[form].decimal || forms[form].bcd }
func spelt(form string) bool { return forms[form].hex && !forms[form].nibbles }

// strayOps refuses what an operation or event would forget. It returns the key at fault with the error.
func (p *Protocol) strayOps(f *file) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(f.Op)) {
		op, at := f.Op[name], "op."+name
		switch {
		case op.Steps != nil && len(op.Steps) == 0:
			return at + ".steps", fmt.Errorf("%s.steps: is empty; write what to send and what to expect", at)
		case op.Steps != nil && (op.Reply != nil || op.Done != nil):
			return at + ".steps", fmt.Errorf("%s: a dialogue has no reply and no done; write { expect = \"event\" } as a step", at)
		case len(op.Reply) > 0 && f.Line.ReplyMS == 0:
			return at + ".reply", fmt.Errorf("%s.reply: is never waited for, since line.reply_ms is 0; write how many milliseconds an answer may take", at)
		}
		for i, s := range op.Steps {
			here := fmt.Sprintf("%s.steps[%d]", at, i)
			switch {
			case s.Send != "" && s.Within != 0:
				return here, fmt.Errorf("%s.steps: step %d: within_ms goes with expect; remove it", at, i+1)
			case s.Send != "" && f.Op[s.Send].Steps != nil:
				return here, fmt.Errorf("%s.steps: step %d: op.%s is a dialogue itself; write its steps here", at, i+1, s.Send)
			case s.Expect != "" && s.Within == 0 && f.Line.ReplyMS == 0:
				return here, fmt.Errorf("%s.steps: step %d: within_ms is missing, and line.reply_ms, which would stand for it, is 0; write one of them", at, i+1)
			case s.Within < 0 || s.Within > 600_000:
				return here, fmt.Errorf("%s.steps: step %d: within_ms %d; write 1 to 600000", at, i+1, s.Within)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Op)) {
		for i, r := range f.Op[name].Reply {
			here := fmt.Sprintf("op.%s.reply[%d]", name, i)
			for _, field := range slices.Sorted(maps.Keys(r.When)) {
				words, has := p.reports(r.Event, field)
				if !has || words != nil && !slices.Contains(words, plain(r.When[field])) {
					return here, fmt.Errorf("op.%s.reply: reply %d: the event %q never reports %s = %s", name, i+1, r.Event, field, plain(r.When[field]))
				}
			}
		}
	}
	for _, name := range f.EventsIn {
		e, at := f.Event[name], "event."+name
		switch {
		case e.Ack != "" && e.AckBy != nil:
			return at + ".ack", fmt.Errorf("%s: has ack and ack_body; write \"echo\", or the body of another answer", at)
		case e.AckIn != "" && e.AckBy == nil:
			return at + ".ack_frame", fmt.Errorf("%s.ack_frame: there is no answer to put into it; write ack_body", at)
		}
	}
	poll := f.Op[f.Role.Poll]
	switch {
	case f.Role.Poll == "" && f.Role.PollMS != 0:
		return "role.poll_ms", errors.New("role.poll_ms: goes with poll; write the operation that asks")
	case f.Role.Poll == "":
	case !strings.Contains(f.Kind, "caller") && !strings.Contains(f.Kind, "pad"):
		return "role.poll", fmt.Errorf("role.poll: only callers and pads are asked for what was pressed, not a device of kind %q; remove it", f.Kind)
	case f.Line.ReplyMS == 0 || !poll.Answered() || poll.Steps != nil:
		return "role.poll", fmt.Errorf("role.poll: op.%s must be one that is answered; write line.reply_ms, and an operation that is no dialogue", f.Role.Poll)
	case f.Role.PollMS < 20 || f.Role.PollMS > 60_000:
		return "role.poll", fmt.Errorf("role.poll_ms: %d; write how many milliseconds lie between two questions, 20 to 60000", f.Role.PollMS)
	}
	if probe := f.Op[f.Role.Probe]; f.Role.Probe != "" && !probe.Answered() {
		return "role.probe", fmt.Errorf("role.probe: op.%s has no answer, reply = []; write one that a living device answers", f.Role.Probe)
	}
	if f.Role.Probe != "" && f.Line.ReplyMS == 0 {
		return "role.probe", errors.New("role.probe: its answer is never waited for, since line.reply_ms is 0; write how many milliseconds an answer may take")
	}
	return "", nil
}

// strayParams refuses parameters that no part takes, and bounds that nothing is held against. It returns the key at fault with the error.
func (p *Protocol) strayParams(f *file) (string, error) {
	takes, numbers := map[string]bool{}, map[string]bool{}
	var note func([]Part)
	note = func(parts []Part) {
		for _, part := range flat(parts) {
			takes[part.name()] = true
			_, _, is := part.number()
			numbers[part.name()] = numbers[part.name()] || is || part.Digits != ""
			note(part.Pre)
			note(part.Post)
		}
	}
	for _, fr := range f.Frame { // all of them: the file's variants use others
		note(fr.Parts)
	}
	for _, op := range f.Op {
		note(op.Body)
	}
	for _, e := range f.Event {
		note(e.Body)
		note(e.AckBy)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Param)) {
		prm, at := f.Param[name], "param."+name
		switch {
		case !takes[name]:
			return at, fmt.Errorf("%s: no part takes it; remove it, or write a part with that name", at)
		case (prm.Min != nil || prm.Max != nil) && (prm.Map != nil || !numbers[name]):
			return at, fmt.Errorf("%s: min and max are held against numbers only; remove them, or write a part that is a number", at)
		}
	}
	return "", nil
}

// strayRoles refuses roles that can never come to pass. It returns the key at fault with the error.
func (p *Protocol) strayRoles(f *file) (string, error) {
	kinds := strings.Split(f.Kind, "+")
	voice := f.Role.Voice
	switch {
	case slices.Contains(kinds, "voice") && f.Driver == "described" && voice.Say == "":
		return "role.voice", errors.New("role.voice.say: is missing; write the operation that speaks its text")
	case voice.Max < 0:
		return "role.voice.max", fmt.Errorf("role.voice.max: %d; write bytes, or leave it out", voice.Max)
	}
	for _, l := range voice.Languages {
		if !slices.Contains([]string{"zh", "en", "yue"}, l) {
			return "role.voice.languages", fmt.Errorf("role.voice.languages: %q; write zh, en or yue", l)
		}
	}
	for _, r := range []struct{ at, event, field string }{{"role.caller", "key", "key"}, {"role.pad.levels", "rated", "value"}} {
		words, _ := p.reports(r.event, r.field)
		if words == nil {
			continue
		}
		var named []string
		if r.event == "key" {
			named = slices.Sorted(maps.Keys(f.Role.Caller))
		} else {
			named = slices.Sorted(maps.Keys(f.Role.Pad.Levels))
		}
		for _, word := range named {
			if !slices.Contains(words, word) {
				return r.at + "." + word, fmt.Errorf("%s.%s: the event %q never reports it as %s; it reports %s", r.at, word, r.event, r.field, strings.Join(words, ", "))
			}
		}
	}
	for _, tell := range []struct{ op, arg string }{{"show_ticket", "ticket"}, {"show_waiting", "waiting"}} {
		if _, ok := f.Op[tell.op]; ok && f.Role.Caller != nil && !p.Arguments(tell.op)[tell.arg] {
			return "op." + tell.op, fmt.Errorf("op.%s: a caller is told %q, which no part takes; write a part with that name", tell.op, tell.arg)
		}
	}
	return "", nil
}

// reports are the words that a field of an event can have; nil: any. It returns false where the event has no such field.
func (p *Protocol) reports(event, field string) ([]string, bool) {
	i := slices.IndexFunc(p.events, func(e namedEvent) bool { return e.name == event })
	if i < 0 {
		return nil, false
	}
	has := false
	for _, part := range flat(p.events[i].parts) {
		if part.name() != field || part.Drop {
			continue
		}
		has = true
		words := part.Map
		if words == nil {
			words = p.params[field].Map
		}
		if words != nil {
			return slices.Sorted(maps.Keys(words)), true
		}
	}
	return nil, has
}
