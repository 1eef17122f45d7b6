package profile

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Schema is the JSON Schema of a profile file, for editors. It is made from what ReadFile takes, so the two cannot disagree on a key.
func Schema() ([]byte, error) {
	defs := map[string]any{}
	root := objectSchema(reflect.TypeFor[file](), defs)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "halld profile"
	root["required"] = []string{"id", "kind", "driver", "proof"} // line, too, but for driver gpio
	root["$defs"] = defs
	return json.MarshalIndent(root, "", "  ")
}

// choices are keys that take one of a few words.
var choices = map[string][]string{
	"file.kind": kinds, "file.driver": driverNames,
	"file.proof": {"manual", "capture", "hardware"}, "line.flow": {"", "rtscts", "xonxoff"},
	"printer.confirm": {"process-id", "gs-r", "poll", "none"}, "part.align": {"left", "center", "right"}, "part.keep": {"last"}, "part.unit": {"bytes", "chars"}, "escape.as": slices.Sorted(maps.Keys(escapeForms)), "evt.ack": {"", "echo"},
	"gpioline.dir": {"in", "out"}, "gpioline.pull": {"none", "up", "down"}, "gpioline.key": gpioKeys,
	"matrix.order": {"", "rows", "snake", "columns"}, "matrix.enters": {"", "right", "left"}, "looks.form": {"", "dots", "segments"},
}

// patterns are keys that take words of one form.
var patterns = map[string]*regexp.Regexp{"line.format": lineFormat, "file.id": idForm}

func objectSchema(t reflect.Type, defs map[string]any) map[string]any {
	properties := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, ok := f.Tag.Lookup("toml")
		if !ok {
			continue // worked out, not written
		}
		s := typeSchema(f.Type, defs)
		if words, ok := choices[strings.ToLower(t.Name())+"."+key]; ok {
			s = map[string]any{"enum": words}
		}
		if form, ok := patterns[strings.ToLower(t.Name())+"."+key]; ok {
			s = map[string]any{"type": "string", "pattern": form.String()}
		}
		properties[key] = s
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

func typeSchema(t reflect.Type, defs map[string]any) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), defs)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typeSchema(t.Elem(), defs)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": typeSchema(t.Elem(), defs)}
	case reflect.Struct:
		name := strings.ToLower(t.Name())
		if _, known := defs[name]; !known {
			defs[name] = nil // it may contain itself
			defs[name] = objectSchema(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	default: // an argument's name or a fixed number
		return map[string]any{"type": []string{"string", "integer", "number", "boolean"}}
	}
}
