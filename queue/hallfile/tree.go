package hallfile

import (
	"bytes"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where something stands in the file, both from 1; columns count characters.
type place struct{ line, column int }

// form is what a value looks like in the file.
type form string

const (
	aTable  form = "table"
	aList   form = "list"
	aText   form = "text"
	aNumber form = "number"
	aSwitch form = "switch"
	another form = "another" // a fraction, a date
)

// node is one value of the file and where it stands.
type node struct {
	form  form
	text  string // of a text what it says, of other scalars how they are written
	pairs []pair // of a table, in the file's order
	items []*node
	at    place // of its key or header; of an element its own
	whole bool  // no header or key may add to it: an inline table, a list in brackets
	named bool  // a table that had its header
}

type pair struct {
	key   string
	value *node
}

func (n *node) get(key string) *node {
	for i := range n.pairs {
		if n.pairs[i].key == key {
			return n.pairs[i].value
		}
	}
	return nil
}

func (n *node) put(key string, v *node) *node {
	n.pairs = append(n.pairs, pair{key, v})
	return v
}

// tree makes the nodes of a file. A line that is no TOML is noted and left out, so that those behind it are read, too.
type tree struct {
	data  []byte
	lines []int // where each line begins
	root  *node
	open  *node // the table that keys are added to; nil behind a header that is wrong
	notes *notes
}

const mostSyntax = 20 // mistakes of form that are told at once

// parseTree is false where the rest of the file could not be read.
func parseTree(data []byte, notes *notes) (*node, bool) {
	t := &tree{data: bytes.Clone(data), notes: notes}
	for range mostSyntax {
		t.root = &node{form: aTable, at: place{1, 1}}
		t.open = t.root
		t.lines = lineStarts(t.data)
		made := len(notes.list)
		var p unstable.Parser
		p.Reset(t.data)
		for p.NextExpression() {
			t.expression(p.Expression())
		}
		err := p.Error()
		if err == nil {
			return t.root, true
		}
		notes.list = notes.list[:made] // they come again with the next round
		var bad *unstable.ParserError
		if !errors.As(err, &bad) {
			notes.add(place{1, 1}, "", Syntax)
			return t.root, false
		}
		if !t.noteSyntax(t.offset(bad.Highlight)) {
			return t.root, false
		}
	}
	return t.root, false
}

// offset is where a part of the data that the parser showed begins.
func (t *tree) offset(part []byte) int {
	at := cap(t.data) - cap(part)
	if at < 0 || at > len(t.data) {
		return len(t.data)
	}
	return at
}

func (t *tree) place(offset int) place {
	offset = min(offset, len(t.data))
	line, exact := slices.BinarySearch(t.lines, offset)
	if !exact {
		line--
	}
	return place{1 + line, 1 + utf8.RuneCount(t.data[t.lines[line]:offset])}
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (t *tree) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		t.header(e)
	case unstable.KeyValue:
		if t.open != nil {
			t.keyValue(e, t.open)
		}
	default: // a comment
	}
}

type keyPart struct {
	name string
	at   place
}

func (t *tree) keys(e *unstable.Node) []keyPart {
	var out []keyPart
	for it := e.Key(); it.Next(); {
		k := it.Node()
		out = append(out, keyPart{string(k.Data), t.place(int(k.Raw.Offset))})
	}
	return out
}

func (t *tree) header(e *unstable.Node) {
	keys := t.keys(e)
	last := keys[len(keys)-1]
	many := e.Kind == unstable.ArrayTable
	t.open = nil
	at := t.root
	for _, k := range keys[:len(keys)-1] {
		if at = t.inside(at, k); at == nil {
			return
		}
	}
	old := at.get(last.name)
	switch {
	case many && old == nil:
		list := at.put(last.name, &node{form: aList, at: last.at})
		t.open = &node{form: aTable, at: last.at, named: true}
		list.items = append(list.items, t.open)
	case many && old.form == aList && !old.whole:
		t.open = &node{form: aTable, at: last.at, named: true}
		old.items = append(old.items, t.open)
	case !many && old == nil:
		t.open = at.put(last.name, &node{form: aTable, at: last.at, named: true})
	case !many && old.form == aTable && !old.whole && !old.named:
		old.named, old.at, t.open = true, last.at, old
	default:
		t.notes.add(last.at, last.name, DuplicateTable, "got", last.name).other = old.at
		t.open = &node{form: aTable} // its keys are nobody's
	}
}

// inside finds the table that a dotted key goes through, and makes it.
func (t *tree) inside(at *node, k keyPart) *node {
	next := at.get(k.name)
	switch {
	case next == nil:
		return at.put(k.name, &node{form: aTable, at: k.at})
	case next.form == aList && !next.whole && len(next.items) > 0:
		return next.items[len(next.items)-1]
	case next.form == aTable && !next.whole:
		return next
	}
	t.notes.add(k.at, k.name, DuplicateKey, "got", k.name).other = next.at
	return nil
}

func (t *tree) keyValue(e *unstable.Node, into *node) {
	keys := t.keys(e)
	last := keys[len(keys)-1]
	for _, k := range keys[:len(keys)-1] {
		if into = t.inside(into, k); into == nil {
			return
		}
	}
	v := t.value(e.Value())
	v.at = last.at
	if old := into.get(last.name); old != nil {
		t.notes.add(last.at, last.name, DuplicateKey, "got", last.name).other = old.at
		return
	}
	into.put(last.name, v)
}

func (t *tree) value(v *unstable.Node) *node {
	n := &node{form: another, at: t.place(int(v.Raw.Offset)), whole: true}
	switch v.Kind {
	case unstable.String:
		n.form, n.text = aText, string(v.Data)
	case unstable.Integer:
		n.form, n.text = aNumber, string(v.Data)
	case unstable.Bool:
		n.form, n.text = aSwitch, string(v.Data)
	case unstable.Array:
		n.form = aList
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.Comment {
				n.items = append(n.items, t.value(it.Node()))
			}
		}
	case unstable.InlineTable:
		n.form, n.whole = aTable, false
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				t.keyValue(it.Node(), n)
			}
		}
		n.whole = true
	default:
		n.text = string(v.Data)
	}
	return n
}
