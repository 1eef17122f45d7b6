package queue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"halld/queue"
)

// methodsOf finds the types of some Go sources that have a method with these parameter types.
func methodsOf(t *testing.T, sources map[string]string, name string) []string {
	t.Helper()
	var out []string
	for file, text := range sources {
		f, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != name {
				continue
			}
			if id, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
				out = append(out, id.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// missing tells which commands and facts of the sources stand in no table.
func missing(t *testing.T, sources map[string]string) []string {
	var tables []string
	for _, c := range queue.Commands() {
		tables = append(tables, reflect.TypeOf(c.Command).Name())
	}
	for _, f := range queue.Facts() {
		tables = append(tables, reflect.TypeOf(f).Name())
	}
	var out []string
	for _, method := range []string{"decide", "apply"} {
		for _, name := range methodsOf(t, sources, method) {
			if !slices.Contains(tables, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

func coreSources(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(text)
	}
	return sources
}

// A command or fact that somebody wrote and forgot in its table is found by name.
func TestTheSetsAreClosed(t *testing.T) {
	sources := coreSources(t)
	for _, name := range missing(t, sources) {
		t.Errorf("%s stands in no table: add its line to Commands in command.go or to facts in fact.go", name)
	}
	// and the test itself would find it
	sources["praise.go"] = `package queue
		type Praise struct{ Seat }
		func (c Praise) decide(h *Hall, w When) ([]Fact, error) { return nil, nil }
		type TicketPraised struct{ Ticket TicketID }
		func (f TicketPraised) apply(h *Hall, e Event) {}`
	if got := missing(t, sources); !slices.Equal(got, []string{"Praise", "TicketPraised"}) {
		t.Errorf("a command and a fact that stand in no table were not found: %v", got)
	}
}

func TestCommandsAreWhole(t *testing.T) {
	kinds := map[string]bool{}
	for _, c := range queue.Commands() {
		kind := c.Command.Kind()
		if kinds[kind] {
			t.Errorf("two commands are called %s", kind)
		}
		kinds[kind] = true
		if c.Zh == "" || c.En == "" {
			t.Errorf("%s has no words in both languages", kind)
		}
		if (c.Route == "") != (len(c.By) == 0) {
			t.Errorf("%s: a command with an address needs somebody who may ask for it, and one without needs nobody", kind)
		}
	}
	facts := map[string]bool{}
	for _, f := range queue.Facts() {
		if facts[f.Kind()] {
			t.Errorf("two facts are called %s", f.Kind())
		}
		facts[f.Kind()] = true
		if p := f.Public(); p != nil && p.Kind() != f.Kind() {
			t.Errorf("what boards hear of %s is called %s", f.Kind(), p.Kind())
		}
	}
}

// What boards, kiosks and clerks may hear is written down here once more, by hand: a text, a level or a person that a fact begins to tell shows up as a
// difference.
func TestWhatBoardsHear(t *testing.T) {
	for _, f := range queue.Facts() {
		full := filled(reflect.TypeOf(f)).(queue.Fact)
		p := full.Public()
		if p == nil {
			continue
		}
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			secret := slices.Contains([]string{"Note", "Holder", "Person", "Level"}, field.Name) ||
				field.Name == "Reason" && field.Type.Kind() == reflect.String && field.Type != reflect.TypeFor[queue.PauseReason]() && strings.HasPrefix(p.Kind(), "ticket.") && p.Kind() != "ticket.moved"
			if secret && !v.Field(i).IsZero() {
				t.Errorf("boards hear %s of %s", field.Name, p.Kind())
			}
		}
	}
}

// filled is a fact with something in every text and number.
func filled(t reflect.Type) any {
	v := reflect.New(t).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Uint64:
			f.Set(reflect.ValueOf(7).Convert(f.Type()))
		default:
		}
	}
	return v.Interface()
}
