// Package halld_test holds the shape of the program: who may import whom.
package halld_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ours says which of our packages a package may import. A package that is not here fails the test.
var ours = map[string][]string{
	"halld/queue":           {"halld/queue/catalogue", "halld/queue/order"},
	"halld/queue/catalogue": {}, // pure: departments, items, hours and working days, all by date
	"halld/queue/engine":    {"halld/queue"},
	"halld/queue/order":     {},                                       // pure: who is next, of candidates it is handed
	"halld/queue/hallfile":  {"halld/queue", "halld/queue/catalogue"}, // it knows no device: what checks devices is handed in
	"halld/queue/report":    {"halld/queue"},
	"halld/queue/wait":      {"halld/queue", "halld/queue/report"},
	"halld/queue/sqlite":    {"halld/queue", "halld/queue/report"},
	"halld/devices/profile": {"halld/devices/frame"}, // checksums and character sets are known once
	"halld/devices/frame":   {},
	"halld/devices/port":    {},
	"halld/devices/dots":    {"halld/devices/frame"}, // which characters GB 2312 has is known once
	// makes the font of dots; not part of the program
	"halld/devices/dots/pcf2dots": {},
	"halld/devices":               {"halld/devices/profile", "halld/devices/speech"},
	"halld/devices/speech":        {}, // the words of a call: pure
	"halld/devices/wav":           {"halld/devices", "halld/devices/speech"},
	"halld/devices/escpos":        {"halld/devices", "halld/devices/profile", "halld/devices/frame", "halld/devices/receipt"},
	"halld/devices/receipt":       {}, // pure: the language of tickets knows no printer
	"halld/devices/described":     {"halld/devices", "halld/devices/profile", "halld/devices/frame", "halld/devices/speech"},
	"halld/devices/idcard":        {"halld/devices", "halld/devices/profile"},
	"halld/devices/gpio":          {"halld/devices", "halld/devices/profile"},
	"halld/devices/drivers":       {"halld/devices", "halld/devices/escpos", "halld/devices/described", "halld/devices/gpio", "halld/devices/idcard", "halld/devices/max7219", "halld/devices/wav"},
	"halld/devices/max7219":       {"halld/devices", "halld/devices/profile", "halld/devices/dots"},
	"halld/devices/wire":          {"halld/devices/profile", "halld/devices/frame"},
	"halld/devices/rack":          {"halld/devices", "halld/devices/profile", "halld/devices/port", "halld/devices/wire"},
	"halld/devices/floor":         {"halld/queue", "halld/queue/wait", "halld/devices", "halld/devices/speech"},
	"halld/devices/sim":           {"halld/devices/profile", "halld/devices/frame", "halld/devices/port", "halld/devices/dots"}, // a simulated board draws with the characters that a real one has in its own memory
	// the exercise of a role knows nothing but the role
	"halld/devices/devicetest": {"halld/devices"},
	"halld/display":            {"halld/queue", "halld/queue/catalogue", "halld/queue/report", "halld/queue/wait", "halld/devices", "halld/display/web"},
	"halld/display/web":        {},
	"halld/firmware-configs":   {},
	"halld/cmd/halld":          {"*"},
	"halld/cmd/testmain":       {}, // for tests alone: many of them side by side, their folders in memory
}

// theirs says in which packages a third-party module may be imported outside tests.
var theirs = map[string][]string{
	"github.com/tarm/serial":              {"halld/devices/port"},
	"golang.org/x/sys":                    {"halld/devices/port"},
	"periph.io/x/host":                    {"halld/devices/port"},
	"periph.io/x/conn":                    {"halld/devices/port"},
	"github.com/mattn/go-sqlite3":         {"halld/queue/sqlite"},
	"github.com/pressly/goose":            {"halld/queue/sqlite"},
	"github.com/gorilla/websocket":        {"halld/display", "halld/cmd/halld"}, // cmd: the screens of `halld bench`
	"github.com/danielgtaylor/huma":       {"halld/display"},
	"golang.org/x/time":                   {"halld/display"},
	"github.com/alecthomas/kong":          {"halld/cmd/halld"},
	"github.com/coreos/go-systemd":        {"halld/cmd/halld"},
	"github.com/prometheus/client_golang": {"halld/cmd/halld"},
	"github.com/pelletier/go-toml":        {"halld/queue/hallfile", "halld/devices/profile"},
	"github.com/boombuler/barcode":        {"halld/display", "halld/devices/escpos"},
	"github.com/xuri/excelize":            {"halld/cmd/halld"},
	"golang.org/x/text":                   {"halld/devices/frame", "halld/devices/escpos", "halld/cmd/halld"},
	"golang.org/x/image":                  {"halld/devices/frame", "halld/devices/escpos"},
}

// never says what a package must not reach of the standard library, and why.
var never = map[string][]string{
	"halld/queue/order":     {"net", "net/http", "os", "database/sql", "log/slog"},
	"halld/queue/catalogue": {"net", "net/http", "os", "database/sql", "log/slog"},
	"halld/queue":           {"net", "net/http", "os", "database/sql", "log/slog"}, // pure: no clock, store, device or network
}

// simulators draw their paper with a font of their own finding, apart from the driver they check.
var simThirdParty = []string{"golang.org/x/text", "golang.org/x/image", "github.com/boombuler/barcode"}

func TestImports(t *testing.T) {
	documented := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if name == "node_modules" || name == "testdata" || (strings.HasPrefix(name, ".") && name != ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || filepath.Dir(file) == "." {
			return nil
		}
		pkg := path.Join("halld", filepath.ToSlash(filepath.Dir(file)))
		allowed, known := ours[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of arch_test.go", file, pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		documented[pkg] = documented[pkg] || f.Doc != nil
		for _, imp := range f.Imports {
			check(t, file, pkg, allowed, strings.Trim(imp.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func check(t *testing.T, file, pkg string, allowed []string, imp string) {
	t.Helper()
	if slices.Contains(never[pkg], imp) {
		t.Errorf("%s: %s must never reach %s", file, pkg, imp)
	}
	if strings.HasPrefix(imp, "halld/") {
		if !slices.Contains(allowed, imp) && !slices.Contains(allowed, "*") {
			t.Errorf("%s: %s may not import %s", file, pkg, imp)
		}
		return
	}
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") {
		return // the standard library
	}
	for module, places := range theirs {
		if imp != module && !strings.HasPrefix(imp, module+"/") {
			continue
		}
		if slices.Contains(places, pkg) || pkg == "halld/devices/sim" && slices.Contains(simThirdParty, module) {
			return
		}
		t.Errorf("%s: %s may be imported only in %v", file, imp, places)
		return
	}
	t.Errorf("%s: %s is not in the table of third-party modules", file, imp)
}
