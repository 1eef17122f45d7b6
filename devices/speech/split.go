package speech

import "strings"

// stops are where a text may be cut so that it still sounds right, best first.
var stops = []string{"。！？.!?", "；;", "，,、：: "}

// Split cuts a text into parts of at most most bytes, where a sign outside ASCII counts as two as in GB2312. It cuts behind punctuation, and between any
// two signs only where there is none. most ≤ 1: no limit.
func Split(text string, most int) []string {
	if most <= 1 || Size(text) <= most {
		return []string{text}
	}
	var out []string
	for Size(text) > most {
		fits, n := 0, 0
		for i, r := range text {
			if n += size(r); n > most {
				break
			}
			fits = i + len(string(r))
		}
		cut := 0
		for _, signs := range stops {
			if i := strings.LastIndexAny(text[:fits], signs); i >= 0 {
				cut = i + len(string([]rune(text[i:])[0]))
				break
			}
		}
		if cut == 0 {
			cut = fits
		}
		out = append(out, strings.TrimSpace(text[:cut]))
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// Size is how long a text is for Split, in bytes.
func Size(text string) int {
	n := 0
	for _, r := range text {
		n += size(r)
	}
	return n
}

func size(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}
