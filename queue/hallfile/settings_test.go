package hallfile

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"halld/queue"
)

// The struct of the file and the table of settings name the same keys, each kind as the other has it.
func TestSettingsAreTheFile(t *testing.T) {
	t.Parallel()
	var keys []string
	root := reflect.TypeFor[file]()
	for i, order := range tableWords {
		f := root.Field(i)
		table, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if table != order.name {
			t.Fatalf("table %d is %s in the file and %s in its words", i, table, order.name)
		}
		typ := f.Type
		if typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		for _, f := range reflect.VisibleFields(typ) {
			if fieldKey(f) == "" {
				continue
			}
			key := table + "." + fieldKey(f)
			keys = append(keys, key)
			s, ok := Find(key)
			if !ok {
				t.Errorf("%s is not in Settings", key)
				continue
			}
			if got := kindOf(f.Type); !slices.Contains(got, s.Kind) {
				t.Errorf("%s is a %s in Settings and %v in the file", key, s.Kind, got)
			}
		}
	}
	if root.NumField() != len(tableWords) {
		t.Errorf("the file has %d tables, %d have words", root.NumField(), len(tableWords))
	}
	var rows []string
	for i := range Settings {
		rows = append(rows, Settings[i].Key)
	}
	if !slices.Equal(keys, rows) {
		t.Errorf("the file and Settings have their keys in another order, or not the same ones:\n%v\n%v", keys, rows)
	}
}

func kindOf(t reflect.Type) []Kind {
	if t == reflect.TypeFor[*duration]() {
		return []Kind{Duration}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return []Kind{Text, Choice, Name}
	case reflect.Int:
		return []Kind{Number}
	case reflect.Bool:
		return []Kind{Switch}
	case reflect.Slice:
		return []Kind{List}
	default:
		return []Kind{Pairs}
	}
}

// Every row says what people need: its words in both languages, whom it touches, and, if it is a number, its bounds.
func TestSettingsAreWhole(t *testing.T) {
	t.Parallel()
	for i := range Settings {
		s := &Settings[i]
		if s.Zh == "" || s.En == "" || (s.AboutZh == "") != (s.AboutEn == "") || len(s.Touches) == 0 {
			t.Errorf("%s lacks words or parts", s.Key)
		}
		if s.Required && (s.Default != "" || s.Example == "") {
			t.Errorf("%s is required: it needs an example, and no default", s.Key)
		}
		if s.Kind == Choice && len(s.Choices) == 0 {
			t.Errorf("%s has no choices", s.Key)
		}
		if (s.Kind == Number || s.Kind == Duration) && s.Max <= s.Min {
			t.Errorf("%s has no bounds", s.Key)
		}
	}
}

// Defaults and examples are as a file would have them; and a hall made of defaults alone is right but for what must be said.
func TestDefaultsAreRight(t *testing.T) {
	t.Parallel()
	for i := range Settings {
		s := &Settings[i]
		for _, written := range []string{s.Default, s.Example} {
			if written == "" {
				continue
			}
			var n notes
			root, ok := parseTree([]byte("v = "+written+"\n"), &n)
			if v := root.get("v"); !ok || v == nil || len(n.list) > 0 {
				t.Errorf("%s: %s is no value", s.Key, written)
			} else if s.Kind == Choice && !slices.Contains(s.Choices, v.text) {
				t.Errorf("%s: %s is none of %v", s.Key, written, s.Choices)
			}
		}
	}
	c := Usual()
	var codes []queue.ProblemCode
	for _, p := range c.Problems() {
		codes = append(codes, p.Code)
	}
	if !slices.Equal(codes, []queue.ProblemCode{queue.Missing, queue.NoQueue}) {
		t.Errorf("an empty file: %v", codes)
	}
}

// Paths of the configuration and keys of the file name each other.
func TestPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"queues[1].prefix": "queue[1].prefix", "policy.overtime": "day.overtime", "policy.target.wait": "target.wait",
		"name": "hall.name", "name_en": "hall.name_en",
		"zones[0].no_chime": "zone[0].chime", "zone": "hall.zone", "calendar.holidays": "hours.holidays", "calendar.hours.mon[1]": "hours.mon[1]",
		"calendar.specials[2].date": "special[2].date", "items[0].materials[1]": "item[0].material[1]", "windows[0].queues[1]": "window[0].queues[1]", "people[3]": "person[3]", "ticket": "ticket.template",
		"policy.recall_limit": "policy.recall_limit", "queues": "queue"} {
		if got := filePath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for key, want := range map[string]string{"queue.prefix": "queues.prefix", "day.overtime": "policy.overtime", "target.wait": "policy.target.wait",
		"hall.name": "name"} {
		if got := configPath(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
