package queue

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestText is how many characters a reason, a note or a name may have.
const longestText = 500

// checkTexts refuses a command with a text that must not get into the log: it would stand there, and on every screen, for ever. Every text field of every
// command is looked at, so that a new one cannot be forgotten.
func checkTexts(cmd Command) error {
	if _, ok := cmd.(Configure); ok {
		return nil // Config.Check looks at its texts, with their places
	}
	return checkFields(reflect.ValueOf(cmd))
}

func checkFields(v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Kind() {
		case reflect.String:
			if what := BadText(f.String(), longestText, true); what != "" {
				return Refuse(TextRefused, "%s: %s", strings.ToLower(v.Type().Field(i).Name), what)
			}
		case reflect.Struct:
			if err := checkFields(f); err != nil {
				return err
			}
		default: // no text
		}
	}
	return nil
}

// BadText says what is wrong with a text that people typed, or "" if nothing is: bytes that are no UTF-8 (also where they were replaced on the way), characters
// that control a screen or a printer, and those that turn the direction of what stands beside them. lines allows line breaks.
func BadText(s string, most int, lines bool) string {
	if !utf8.ValidString(s) {
		return "it is not UTF-8; a program that sends GBK has to convert it"
	}
	n := 0
	for _, r := range s {
		n++
		switch {
		case r == '\n' && lines:
		case r == utf8.RuneError:
			return "it holds a replacement character: it was not UTF-8 where it came from"
		case unicode.IsControl(r):
			return "it holds a control character"
		case r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			return "it holds an invisible character that turns the direction of writing or breaks a line"
		}
	}
	if n > most {
		return "it is too long"
	}
	return ""
}

// blank reports whether a text shows nothing: also one of characters without width, and of letters that look like a space.
func blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u3164' && r != '\u115f' && r != '\u1160' && r != '\uffa0' && r != '\u2800'
	})
}
