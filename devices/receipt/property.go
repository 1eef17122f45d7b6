package receipt

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var defaultOption = Code{Cell: 3, Level: "L", Module: 2, Height: 72}

// keys are the properties by their long and short names.
var keys = map[string]string{"a": "align", "b": "border", "c": "code", "i": "image", "o": "option", "t": "text", "w": "width", "x": "command", "_": "comment",
	"align": "align", "border": "border", "code": "code", "image": "image", "option": "option", "text": "text", "width": "width", "command": "command", "comment": "comment"}

// member is one key and its value.
type member struct {
	key   string
	value string
	at    source // the value's place
}

// property reads a line such as {width:*,10}. s begins with its brace.
func (s source) property(st *state, align Align) (line, error) {
	ms, err := s.members()
	if err != nil {
		return line{}, err
	}
	l := line{kind: setLine}
	// options stand behind the code that they are for, but hold for it
	slices.SortStableFunc(ms, func(a, b member) int { return rank(a.key) - rank(b.key) })
	for _, m := range ms {
		if err := m.apply(st, &l); err != nil {
			return line{}, err
		}
	}
	l.state = *st
	l.columns = []column{{align: align}}
	return l, nil
}

// rank puts what prints behind what sets.
func rank(key string) int {
	if key == "code" || key == "image" {
		return 1
	}
	return 0
}

func (s source) members() ([]member, error) {
	const form = `write for example {code:{{url}};option:qrcode,5,M}, or \{ for the character itself`
	end := len(s.text) - 1
	var cuts []int
	for i := 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			if err := s.checkEscape(i); err != nil {
				return nil, err
			}
			i++
		case '{':
			return nil, s.fail(i, "a { stands inside a property; %s", form)
		case '}':
			if i != end {
				return nil, s.fail(i+1, "text stands behind a property, which stands alone on its line; %s", form)
			}
			cuts = append(cuts, i)
		case ';':
			cuts = append(cuts, i)
		}
	}
	if len(cuts) == 0 || cuts[len(cuts)-1] != end {
		return nil, s.fail(0, "a property has no end; %s", form)
	}
	var ms []member
	from := 1
	for _, to := range cuts {
		part, _, _ := s.sub(from, to).trim()
		if len(part.text) > 0 {
			colon := slices.Index(part.text, ':')
			if colon < 0 {
				return nil, part.fail(0, "a property has a key, a colon and a value; %s", form)
			}
			name, _, _ := part.sub(0, colon).trim()
			key, ok := keys[string(name.text)]
			if !ok {
				return nil, part.fail(0, "there is no property %q; there are align, border, code, image, option, text, width and comment", string(name.text))
			}
			if key == "command" {
				return nil, part.fail(0, "command is no part of a ticket; bytes for a printer belong in the printer's profile (before, after)")
			}
			at, _, _ := part.sub(colon+1, len(part.text)).trim()
			value, err := at.value()
			if err != nil {
				return nil, err
			}
			ms = append(ms, member{key, value, at})
		}
		from = to + 1
	}
	return ms, nil
}

func (s source) value() (string, error) {
	var out strings.Builder
	for i := 0; i < len(s.text); {
		r, n := s.text[i], 1
		if r == '\\' {
			var err error
			if r, n, err = s.escaped(i); err != nil {
				return "", err
			}
		}
		out.WriteRune(r)
		i += n
	}
	return out.String(), nil
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
}

func (m member) apply(st *state, l *line) error {
	v := strings.ToLower(m.value)
	switch m.key {
	case "align":
		a, ok := map[string]Align{"left": Left, "center": Centre, "right": Right}[v]
		if !ok {
			return m.at.fail(0, "align is %q; write left, center or right", m.value)
		}
		st.align = a
	case "border":
		b, ok := map[string]int{"line": -1, "space": 1, "none": 0, "0": 0, "1": 1, "2": 2}[v]
		if !ok {
			return m.at.fail(0, "border is %q; write line, space, none, 0, 1 or 2", m.value)
		}
		st.border = b
	case "text":
		if v != "wrap" && v != "nowrap" {
			return m.at.fail(0, "text is %q; write wrap or nowrap", m.value)
		}
		st.nowrap = v == "nowrap"
	case "width":
		return m.width(st)
	case "option":
		return m.option(st)
	case "code":
		if m.value == "" {
			return m.at.fail(0, "code is empty; write what it says, or {{url}}")
		}
		l.kind, l.code = codeLine, st.option
		l.code.Data = m.value
	case "image":
		g, err := readImage(m.value)
		if err != "" {
			return m.at.fail(0, "%s", err)
		}
		l.kind, l.image = imageLine, g
	}
	return nil
}

func (m member) width(st *state) error {
	var widths []int
	for _, w := range words(m.value) {
		if w == "auto" {
			widths = nil
			break
		}
		n, err := strconv.Atoi(w)
		switch {
		case w == "*":
			n = -1
		case err != nil || n == 1 || n < 0 || n > 96:
			return m.at.fail(0, "width has %q; write * for what is left, 2 to 96 cells, 0 to hide a column, or auto", w)
		}
		widths = append(widths, n)
	}
	if len(widths) > 0 && !slices.ContainsFunc(widths, func(n int) bool { return n != 0 }) {
		return m.at.fail(0, "every column is hidden; write for example *,10")
	}
	st.widths = widths
	return nil
}

func (m member) option(st *state) error {
	c := defaultOption
	kinds := 0
	var numbers []int
	for _, w := range words(m.value) {
		n, err := strconv.Atoi(w)
		switch {
		case w == "qrcode" || w == "code128":
			c.QR = w == "qrcode"
			kinds++
		case slices.Contains([]string{"l", "m", "q", "h"}, w):
			c.Level = strings.ToUpper(w)
		case w == "hri":
			c.HRI = true
		case err == nil && (n >= 2 && n <= 8 || n >= 24 && n <= 240):
			numbers = append(numbers, n)
		default:
			return m.at.fail(0, "option has %q; write for example qrcode,5,M (dots 3 to 8; level L, M, Q or H) or code128,2,72,hri (dots 2 to 4; height 24 to 240)", w)
		}
	}
	if kinds != 1 {
		return m.at.fail(0, "option must name one kind of code; write qrcode or code128 first")
	}
	for _, n := range numbers {
		switch {
		case c.QR && n >= 3 && n <= 8:
			c.Cell = n
		case !c.QR && n <= 4:
			c.Module = n
		case !c.QR && n >= 24:
			c.Height = n
		default:
			return m.at.fail(0, "option has %d; a QR code has 3 to 8 dots per module, a bar code 2 to 4 and a height of 24 to 240", n)
		}
	}
	st.option = c
	return nil
}

// readImage reads a PNG: black where it is darker than half grey on white paper.
func readImage(s string) (*image.Gray, string) {
	data, err := base64.StdEncoding.DecodeString(strings.TrimRight(s, "=") + strings.Repeat("=", (4-len(strings.TrimRight(s, "="))%4)%4))
	if err != nil || !utf8.ValidString(s) {
		return nil, "image is no base64; write what `base64 -w0 logo.png` prints"
	}
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "image is no PNG: " + err.Error()
	}
	if c.Width > 1024 || c.Height > 1024 {
		return nil, "image is larger than 1024 by 1024 dots; make it smaller, 576 dots are the width of 80 mm paper"
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "image is no PNG: " + err.Error()
	}
	g := image.NewGray(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Over)
	for i, v := range g.Pix {
		if v < 128 {
			g.Pix[i] = 0
		} else {
			g.Pix[i] = 0xFF
		}
	}
	return g, ""
}
