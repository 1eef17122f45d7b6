package escpos

import (
	"fmt"
	"strings"

	"halld/devices"
)

// row is one line of a ticket: text, or a QR code, or white paper.
type row struct {
	text   string
	size   int // 1 to 8 times the printer's font, both ways
	centre bool
	bold   bool
	code   string // contents of a QR code
	blank  int    // dots of white paper
}

// Dots of the font in every ESC/POS printer for Chinese: 24 by 24 for a character, half as wide for ASCII. The line pitch is set to 30.
const (
	cellW  = 12
	cellH  = 24
	pitch  = 30
	maxBig = 6
)

// columnsOf counts half-width cells of a text.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

func cells(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

// clean drops control characters from a field: a name can then never be a command.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == 0x3000:
			return ' '
		case r < 0x20 || r == 0x7F || r >= 0x80 && r < 0xA0:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// closing characters do not start a line.
const closing = ",。、;:!?)》」』】,.;:!?)%"

// wrap breaks a text at blanks, and between Chinese characters, so that no line is wider than the paper.
func wrap(s string, columns int) []string {
	var lines []string
	line := []rune{}
	width, breakAt := 0, -1 // breakAt: where the line may end, as an index into line
	flush := func(at int) {
		rest := strings.TrimLeft(string(line[at:]), " ")
		if head := strings.TrimRight(string(line[:at]), " "); head != "" {
			lines = append(lines, head)
		}
		line, width, breakAt = []rune(rest), columnsOf(rest), -1
	}
	for _, r := range s {
		wide := cells(r) == 2
		if len(line) > 0 && (wide || line[len(line)-1] == ' ' || cells(line[len(line)-1]) == 2) && !strings.ContainsRune(closing, r) {
			breakAt = len(line)
		}
		if width+cells(r) > columns && len(line) > 0 {
			at := breakAt
			if at <= 0 {
				at = len(line)
			}
			if r == ' ' && at == len(line) {
				flush(at)
				continue
			}
			flush(at)
		}
		line = append(line, r)
		width += cells(r)
	}
	if len(line) > 0 {
		flush(len(line))
	}
	return lines
}

// layout puts a slip onto paper of so many columns: what a person looks for first stands first and largest.
func layout(s devices.Slip, columns int) []row {
	var rows []row
	add := func(size int, centre, bold bool, text string) {
		text = clean(text)
		if size > 1 && columnsOf(text)*size > columns {
			size = 1
		}
		for _, l := range wrap(text, columns/size) {
			rows = append(rows, row{text: l, size: size, centre: centre, bold: bold})
		}
	}
	rule := func() { rows = append(rows, row{text: strings.Repeat("-", columns), size: 1}) }
	add(2, true, true, s.Hall)
	add(1, true, false, s.HallEn)
	if s.Copy > 1 {
		add(2, true, true, fmt.Sprintf("补打 第%d次 COPY", s.Copy-1))
	}
	rule()
	number := clean(s.Number)
	rows = append(rows, row{text: number, size: min(maxBig, max(1, columns/max(1, columnsOf(number)))), centre: true, bold: true})
	add(2, true, true, s.Business)
	add(1, true, false, s.BusinessEn)
	add(1, true, false, s.Department)
	rule()
	if s.Ahead >= 0 {
		add(1, false, true, fmt.Sprintf("前面等候 Ahead: %d 人", s.Ahead))
	}
	switch {
	case s.WaitLow <= 0 && s.WaitHigh <= 0:
	case s.WaitLow == s.WaitHigh:
		add(1, false, false, fmt.Sprintf("预计等候 Wait: 约 %d 分钟 min", s.WaitHigh))
	default:
		add(1, false, false, fmt.Sprintf("预计等候 Wait: %d-%d 分钟 min", s.WaitLow, s.WaitHigh))
	}
	if len(s.Windows) > 0 {
		add(1, false, true, "办理窗口 Windows: "+strings.Join(s.Windows, "、"))
	}
	if s.Issued.IsZero() {
		add(1, false, false, "取号时间 Time: --:--") // the clock is not to be trusted
	} else {
		add(1, false, false, "取号时间 Time: "+s.Issued.Format("2006-01-02 15:04"))
	}
	if len(s.Bring) > 0 {
		add(1, false, false, "请备齐 Please bring:")
		for _, b := range s.Bring {
			add(1, false, false, "- "+b)
		}
	}
	if s.URL != "" {
		rows = append(rows, row{blank: cellH}, row{code: s.URL, centre: true}, row{blank: cellH})
		add(1, true, false, "扫码查看排队 Scan to follow the queue")
	}
	rule()
	add(1, false, false, s.Missed)
	add(1, true, false, "当日有效,请留意叫号")
	add(1, true, false, "Valid today only. Please watch for your number.")
	return rows
}
