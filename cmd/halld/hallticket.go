package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"halld/devices/receipt"
	"halld/queue"
)

// ticketText makes the setting of a hall's configuration: the name of a built-in template, or a template's text, so that the exported file
// stands alone.
func ticketText(hallFile string) func(string) (string, []queue.ConfigProblem) {
	return func(template string) (string, []queue.ConfigProblem) {
		if slices.Contains(receipt.Builtins(), template) {
			return template, nil
		}
		text, file := template, ""
		if !strings.Contains(template, "\n") {
			file = template
			if !filepath.IsAbs(file) {
				file = filepath.Join(filepath.Dir(hallFile), file)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return template, []queue.ConfigProblem{{Path: "ticket", Code: templateMissing, Known: receipt.Builtins(), Args: map[string]string{"got": template,
					"why": err.Error()}}}
			}
			text = strings.TrimPrefix(string(data), "\ufeff")
			if !strings.Contains(text, "\n") {
				text += "\n" // a text is told from a name by its line breaks
			}
		}
		text = strings.ReplaceAll(text, "\r\n", "\n")
		err := receipt.Check(text)
		if err == nil {
			return text, nil
		}
		n := queue.ConfigProblem{Path: "ticket", Code: templateWrong, Args: map[string]string{"file": file, "row": "1", "column": "1", "why": err.Error()}}
		if bad, ok := errors.AsType[*receipt.Error](err); ok {
			n.Args["row"], n.Args["column"], n.Args["why"] = strconv.Itoa(bad.Line), strconv.Itoa(bad.Column), bad.Text
		}
		return template, []queue.ConfigProblem{n}
	}
}
