package profile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// fault is an error with the place of the mistake, relative to what was being checked, such as "parts[3]".
type fault struct {
	at  string
	err error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// placeOf is the path to the mistake: that of the table or key, and behind it what the error itself knows.
func placeOf(at string, err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if f, ok := err.(*fault); ok { //nolint:errorlint // every link of the chain is looked at, one by one
			at = joinPath(at, f.at)
		}
	}
	return at
}

func joinPath(a, b string) string {
	if a == "" || b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

// lines is where every key, table and list entry of a file stands, by its dotted path: op.show.body[2].u8, vector[0].
type lines map[string]int

// readLines makes the index. A file that is no TOML gives what stands before the mistake.
func readLines(data []byte) lines {
	l := lines{}
	var p unstable.Parser
	p.Reset(data)
	tables := map[string]int{} // how many a list of tables has so far
	root := ""
	line := func(n *unstable.Node, otherwise int) int {
		if n.Raw.Length == 0 {
			return otherwise
		}
		return 1 + bytes.Count(data[:n.Raw.Offset], []byte("\n"))
	}
	note := func(path string, at int) {
		if l[path] == 0 {
			l[path] = at
		}
	}
	var value func(path string, n *unstable.Node, at int)
	keyValue := func(base string, n *unstable.Node) {
		at := 0
		for k := n.Key(); k.Next(); {
			at = line(k.Node(), at)
			base = joinPath(base, string(k.Node().Data))
			note(base, at)
		}
		value(base, n.Value(), at)
	}
	value = func(path string, n *unstable.Node, at int) {
		i := 0
		for c := n.Children(); c.Next(); {
			switch item := c.Node(); {
			case n.Kind == unstable.InlineTable && item.Kind == unstable.KeyValue:
				keyValue(path, item)
			case n.Kind == unstable.Array && item.Kind != unstable.Comment:
				sub := fmt.Sprintf("%s[%d]", path, i)
				here := line(item, at)
				note(sub, here)
				value(sub, item, here)
				i++
			}
		}
	}
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.KeyValue:
			keyValue(root, n)
		case unstable.Table, unstable.ArrayTable:
			root = ""
			at := 0
			for k := n.Key(); k.Next(); {
				at = line(k.Node(), at)
				root = joinPath(root, string(k.Node().Data))
				switch {
				case k.IsLast() && n.Kind == unstable.ArrayTable:
					note(root, at)
					tables[root]++
					root = fmt.Sprintf("%s[%d]", root, tables[root]-1)
				case tables[root] > 0:
					root = fmt.Sprintf("%s[%d]", root, tables[root]-1)
				}
				note(root, at)
			}
		default: // what stands outside tables has no place of its own
		}
	}
	return l
}

// of is the line of a path, or of the nearest thing around it that stands in the file; 1 if there is none.
func (l lines) of(path string) int {
	for path != "" {
		if n := l[path]; n > 0 {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}
