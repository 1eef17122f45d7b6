package receipt

import "strings"

// Cells is how many half-width cells a character takes: printers with Chinese fonts draw everything outside ASCII in a square.
func Cells(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

func (g glyph) cells() int { return Cells(g.r) * g.W }

func cellsOf(gs []glyph) int {
	n := 0
	for _, g := range gs {
		n += g.cells()
	}
	return n
}

// closing characters do not begin a line, opening ones do not end it.
const (
	closing = ",.;:!?)]}>%\u3001\u3002\uff0c\uff0e\uff1b\uff1a\uff01\uff1f\uff09\u300b\u300d\u300f\u3011\u3015\u201d\u2019\u2026"
	opening = "([{<\uff08\u300a\u300c\u300e\u3010\u3014\u201c\u2018"
)

// mayBreak says whether a line may end between two characters.
func mayBreak(a, b rune) bool {
	switch {
	case strings.ContainsRune(closing, b) || strings.ContainsRune(opening, a):
		return false
	case a == ' ':
		return true
	case b == ' ':
		return false
	}
	return Cells(a) == 2 || Cells(b) == 2
}

// shrink makes every word that does not fit a line as much smaller as it must be: a number is never broken in two.
func shrink(gs []glyph, width int) {
	for from := 0; from < len(gs); {
		to := from + 1
		for to < len(gs) && gs[to].r != '\n' && gs[to-1].r != '\n' && gs[to-1].r != ' ' && gs[to].r != ' ' && !mayBreak(gs[to-1].r, gs[to].r) {
			to++
		}
		word := gs[from:to]
		for cellsOf(word) > width {
			largest := 1
			for _, g := range word {
				largest = max(largest, g.W, g.H)
			}
			if largest == 1 {
				break
			}
			for i := range word {
				word[i].W, word[i].H = min(word[i].W, largest-1), min(word[i].H, largest-1)
			}
		}
		from = to
	}
}

// wrap breaks text into lines that are no wider than so many cells.
func wrap(gs []glyph, width int) [][]glyph {
	var out [][]glyph
	for {
		at := 0
		for at < len(gs) && gs[at].r != '\n' {
			at++
		}
		out = append(out, wrapOne(gs[:at], width)...)
		if at == len(gs) {
			return out
		}
		gs = gs[at+1:]
	}
}

// wrapOne breaks text without breaks of its own; it makes one line at least. The blanks at which a line is broken go.
func wrapOne(gs []glyph, width int) [][]glyph {
	var out [][]glyph
	for {
		fits, used := 0, 0
		for fits < len(gs) && used+gs[fits].cells() <= width {
			used += gs[fits].cells()
			fits++
		}
		if fits == len(gs) {
			return append(out, gs)
		}
		fits = max(fits, 1) // a character wider than its column stands over its edge rather than nowhere
		end := fits
		for end > 0 && end < len(gs) && gs[end].r != ' ' && !mayBreak(gs[end-1].r, gs[end].r) {
			end--
		}
		if end == 0 {
			end = fits // a word longer than a line
		}
		head, rest := gs[:end], gs[end:]
		for len(rest) > 0 && rest[0].r == ' ' {
			rest = rest[1:]
		}
		for len(head) > 1 && head[len(head)-1].r == ' ' {
			head = head[:len(head)-1]
		}
		out, gs = append(out, head), rest
		if len(gs) == 0 {
			return out
		}
	}
}

// balance breaks text into as few lines as wrap does, but of like length: two words under one of nine look like a mistake.
func balance(gs []glyph, width int) [][]glyph {
	best := wrap(gs, width)
	if len(best) > 8 {
		return best // nobody sees it in a long text
	}
	for w := width - 1; len(best) > 1 && w > 1; w-- {
		next := wrap(gs, w)
		if len(next) > len(best) || widest(next) > w {
			break
		}
		best = next
	}
	return best
}

func widest(lines [][]glyph) int {
	n := 0
	for _, l := range lines {
		n = max(n, cellsOf(l))
	}
	return n
}
