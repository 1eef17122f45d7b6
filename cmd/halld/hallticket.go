package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"halld/devices/receipt"
)

// ticketTable is [ticket] of a hall file.
type ticketTable struct {
	Template string `toml:"template,multiline,omitempty" comment:"zh, en, both, a file beside this one, or the template itself"`
}

// ticketText makes the setting of a hall's configuration: the name of a built-in template, or a template's text, so that the exported file
// stands alone.
func ticketText(hallFile, template string) (string, error) {
	if template == "" || slices.Contains(receipt.Builtins(), template) {
		return template, nil
	}
	if !strings.Contains(template, "\n") {
		name := template
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(hallFile), name)
		}
		text, err := readTemplate(name)
		if err == nil && !strings.Contains(text, "\n") {
			text += "\n" // a text is told from a name by its line breaks
		}
		if err != nil {
			return "", fmt.Errorf("ticket.template: %w", err)
		}
		return text, nil
	}
	text := strings.ReplaceAll(template, "\r\n", "\n")
	var bad *receipt.Error
	if err := receipt.Check(text); errors.As(err, &bad) {
		return "", fmt.Errorf("ticket.template: %w", bad)
	} else if err != nil {
		return "", fmt.Errorf("ticket.template: %w", err)
	}
	return text, nil
}
