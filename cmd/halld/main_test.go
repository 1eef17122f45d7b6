package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"halld/cmd/testmain"
)

func TestMain(m *testing.M) {
	testscript.Main(testmain.SideBySide(m, 8), map[string]func(){
		"halld": main,
	})
}

// TestScripts runs the program as people type it: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
