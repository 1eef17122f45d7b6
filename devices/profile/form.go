package profile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// The kinds of a field.
const (
	IntField    = "int"    // a whole number from Min to Max
	ChoiceField = "choice" // one of Choices
	TextField   = "text"   // anything the device's character set has
	FlagField   = "flag"   // true or false
)

// Field is one line of a set-up form: a parameter of a described protocol, in words for people.
type Field struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`    // 中文; empty: the file gives none
	LabelEn string   `json:"label_en"` //
	Kind    string   `json:"kind"`
	Default string   `json:"default"` // empty: none
	Min     *int64   `json:"min"`     // of a number; nil: no bound of its own
	Max     *int64   `json:"max"`
	Choices []string `json:"choices"` // by the number that stands for them, else by the alphabet
	Ops     []string `json:"ops"`     // the operations that take it
	Call    bool     `json:"call"`    // every operation that takes it must be given it: no setting of the hall
}

// Form lists the parameters that the profile's file describes, by name. It is empty where no protocol is described.
func (p *Profile) Form() []Field {
	out := []Field{}
	if p.Protocol == nil {
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(p.Protocol.params)) {
		out = append(out, p.Protocol.Field(name))
	}
	return out
}

// Field describes one argument. Of one that the file says nothing of, it tells what its parts show: a number or a text.
func (p *Protocol) Field(name string) Field {
	prm := p.params[name]
	f := Field{Name: name, Label: prm.Label, LabelEn: prm.LabelEn, Kind: TextField, Min: prm.Min, Max: prm.Max, Choices: choicesOf(prm.Map), Ops: []string{}, Call: true}
	if prm.Default != nil {
		f.Default = plain(prm.Default)
	}
	number := false
	for _, op := range p.Ops() {
		o := p.ops[op]
		if o.Steps != nil || !p.Arguments(op)[name] {
			continue
		}
		f.Ops = append(f.Ops, op)
		f.Call = f.Call && slices.Contains(o.Args, name)
		parts := p.whole(o.Frame, o.Body)
		number = number || takesNumber(parts, name)
		if i := slices.IndexFunc(parts, func(part Part) bool { return part.name() == name && part.Map != nil }); i >= 0 && len(f.Choices) == 0 {
			f.Choices = choicesOf(parts[i].Map) // the words of the only place where it stands
		}
	}
	f.Call = f.Call && len(f.Ops) > 0
	_, flag := prm.Default.(bool)
	switch {
	case flag:
		f.Kind = FlagField
	case len(f.Choices) > 0:
		f.Kind = ChoiceField
	case number:
		f.Kind = IntField
		if f.Min == nil && f.Max != nil {
			f.Min = new(int64) // numbers are not below 0 unless the file says so
		}
	}
	return f
}

// takesNumber says whether one of the parts, or of those around the characters of a text, takes the argument as a number.
func takesNumber(parts []Part, name string) bool {
	return slices.ContainsFunc(flat(parts), func(p *Part) bool {
		_, _, is := p.number()
		return (is || p.Digits != "") && p.name() == name || takesNumber(p.Pre, name) || takesNumber(p.Post, name)
	})
}

// choicesOf orders words by the numbers that stand for them, else by the alphabet; words that are numbers themselves come by their size.
func choicesOf(words map[string]any) []string {
	out := slices.Sorted(maps.Keys(words))
	slices.SortStableFunc(out, func(a, b string) int {
		x, err1 := strconv.Atoi(a)
		y, err2 := strconv.Atoi(b)
		if err1 == nil && err2 == nil {
			return x - y
		}
		x, err1 = strconv.Atoi(fmt.Sprint(words[a]))
		y, err2 = strconv.Atoi(fmt.Sprint(words[b]))
		if err1 == nil && err2 == nil {
			return x - y
		}
		return 0
	})
	if out == nil {
		return []string{}
	}
	return out
}

// Events lists what the device can say, in the order in which it is tried.
func (p *Protocol) Events() []string {
	out := []string{}
	for i := range p.events {
		out = append(out, p.events[i].name)
	}
	return out
}
