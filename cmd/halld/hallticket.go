package main

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"halld/devices/receipt"
)

// ticketTable is [ticket] of a hall file.
type ticketTable struct {
	Address  string `toml:"address,omitempty" comment:"where phones reach this hall, such as http://hall.lan:8086: tickets carry a QR code that leads there"`
	Template string `toml:"template,multiline,omitempty" comment:"zh, en, both, a file beside this one, or the template itself"`
}

// longestAddress keeps the QR codes of tickets small enough for 58 mm paper.
const longestAddress = 80

// ticketAddress checks the address that the QR codes of tickets begin with.
func ticketAddress(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(address) > longestAddress {
		return "", fmt.Errorf("ticket.address: %q; write where a phone reaches this hall, such as http://hall.lan:8086, in at most %d characters", address, longestAddress)
	}
	return strings.TrimRight(address, "/"), nil
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
