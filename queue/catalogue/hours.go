package catalogue

import (
	"fmt"
	"strings"
)

// Minutes is a time of day in minutes since midnight, 0 to 1440; 1440 is written 24:00 and ends a day.
type Minutes int

const dayMinutes Minutes = 24 * 60

// String writes it as a clock shows it.
func (m Minutes) String() string { return fmt.Sprintf("%02d:%02d", int(m)/60, int(m)%60) }

// ParseMinutes reads a time of day, such as 9:00 or 13:30, to 24:00. Its error is a Finding.
func ParseMinutes(s string) (Minutes, error) {
	bad := Finding{Code: BadTime, Args: []string{s}}
	h, m, ok := strings.Cut(halfWidth.Replace(strings.TrimSpace(s)), ":")
	hours, okH := digits(h, 1, 2)
	minutes, okM := digits(m, 2, 2)
	if !ok || !okH || !okM || minutes > 59 {
		return 0, bad
	}
	at := Minutes(hours*60 + minutes)
	if at > dayMinutes {
		return 0, bad
	}
	return at, nil
}

// digits reads a plain number of so many digits, without sign.
func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most {
		return 0, false
	}
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
}

// halfWidth turns what a Chinese keyboard writes for a time into what a machine writes. People mean the same.
var halfWidth = strings.NewReplacer("：", ":", "－", "-", "–", "-", "—", "-", "~", "-", "～", "-", "至", "-",
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9")

// Span is a time of a day during which the hall is open, written "09:00-12:00". It begins before it ends and does not cross midnight;
// a hall that is open over night has a span to 24:00 and one from 00:00.
type Span struct{ From, To Minutes }

// ParseSpan reads a span. Its error is a Finding.
func ParseSpan(s string) (Span, error) {
	text := halfWidth.Replace(s)
	from, to, ok := strings.Cut(text, "-")
	if !ok || strings.Contains(to, "-") {
		return Span{}, Finding{Code: BadSpan, Args: []string{s}}
	}
	a, err := ParseMinutes(from)
	if err != nil {
		return Span{}, err
	}
	b, err := ParseMinutes(to)
	if err != nil {
		return Span{}, err
	}
	if a >= b {
		return Span{}, Finding{Code: SpanBackward, Args: []string{s}}
	}
	return Span{From: a, To: b}, nil
}

// String writes it as the hall file does.
func (s Span) String() string { return s.From.String() + "-" + s.To.String() }

// MarshalText writes it as the hall file does.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it strictly.
func (s *Span) UnmarshalText(text []byte) error {
	read, err := ParseSpan(string(text))
	if err != nil {
		return err
	}
	*s = read
	return nil
}

// ParseSpans reads the spans of a day and returns every mistake, each with the index of its span.
func ParseSpans(texts []string) ([]Span, []Finding) {
	var spans []Span
	var found []Finding
	for i, text := range texts {
		s, err := ParseSpan(text)
		if f, bad := findingOf(err); bad {
			f.Place.Sub = i + 1
			found = append(found, f)
			continue
		}
		spans = append(spans, s)
	}
	return spans, append(found, checkSpans(spans)...)
}

// checkSpans finds spans that are backward, overlap or stand out of order.
func checkSpans(spans []Span) []Finding {
	var found []Finding
	for i, s := range spans {
		switch {
		case s.From < 0 || s.To > dayMinutes || s.From >= s.To:
			found = append(found, Finding{Code: SpanBackward, Place: Place{Sub: i + 1}, Args: []string{s.String()}})
		case i > 0 && s.From < spans[i-1].To:
			found = append(found, Finding{Code: SpanOverlap, Place: Place{Sub: i + 1}, Args: []string{s.String(), spans[i-1].String()}})
		}
	}
	return found
}

// Hours are the opening hours of a usual week. A day without spans is closed; a week without any means that the hall keeps no hours.
type Hours struct {
	Mon []Span `json:"mon,omitempty" toml:"mon,omitempty"`
	Tue []Span `json:"tue,omitempty" toml:"tue,omitempty"`
	Wed []Span `json:"wed,omitempty" toml:"wed,omitempty"`
	Thu []Span `json:"thu,omitempty" toml:"thu,omitempty"`
	Fri []Span `json:"fri,omitempty" toml:"fri,omitempty"`
	Sat []Span `json:"sat,omitempty" toml:"sat,omitempty"`
	Sun []Span `json:"sun,omitempty" toml:"sun,omitempty"`
}

// On returns the spans of a day of the week.
func (h Hours) On(w Weekday) []Span {
	if p := h.on(w); p != nil {
		return *p
	}
	return nil
}

// Set gives a day of the week its spans; a word that is no day changes nothing and is false.
func (h *Hours) Set(w Weekday, spans []Span) bool {
	p := h.on(w)
	if p == nil {
		return false
	}
	*p = spans
	return true
}

func (h *Hours) on(w Weekday) *[]Span {
	switch w {
	case Monday:
		return &h.Mon
	case Tuesday:
		return &h.Tue
	case Wednesday:
		return &h.Wed
	case Thursday:
		return &h.Thu
	case Friday:
		return &h.Fri
	case Saturday:
		return &h.Sat
	case Sunday:
		return &h.Sun
	default:
		return nil
	}
}

// IsZero says that no hours are kept.
func (h Hours) IsZero() bool {
	for _, w := range weekdays {
		if len(h.On(w)) > 0 {
			return false
		}
	}
	return true
}

// ParseHours reads the hours of a week from their texts by day (mon … sun) and returns every mistake: a day that is none, and each bad span.
func ParseHours(texts map[string][]string) (Hours, []Finding) {
	var h Hours
	var found []Finding
	for _, w := range weekdays {
		spans, bad := ParseSpans(texts[string(w)])
		h.Set(w, spans)
		found = append(found, at(Place{List: "hours", Field: string(w)}, bad)...)
	}
	for _, word := range sortedKeys(texts) {
		if !Weekday(word).Valid() {
			found = append(found, Finding{Code: BadWeekday, Place: Place{List: "hours", Field: word}, Args: []string{word}})
		}
	}
	return h, found
}
