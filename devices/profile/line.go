package profile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Idle is the silence that ends what is unfinished: rx_idle_ms, or byte_gap_max_ms where only that is known, or 60 ms, which outlasts the pauses of
// USB adapters and serial device servers.
func (l Line) Idle() time.Duration {
	switch {
	case l.IdleMS > 0:
		return time.Duration(l.IdleMS) * time.Millisecond
	default:
		return max(60, time.Duration(l.EndMS)) * time.Millisecond
	}
}

// Gap is the rest between two frames: frame_gap_ms, and longer than byte_gap_max_ms, or the device would take both for one.
func (l Line) Gap() time.Duration { return l.apart(l.GapMS) }

// AgainGap is the rest between the copies of a frame that is sent several times.
func (l Line) AgainGap() time.Duration { return l.apart(l.TimesMS) }

func (l Line) apart(ms int) time.Duration {
	if l.EndMS > 0 {
		ms = max(ms, l.EndMS+1)
	}
	return time.Duration(ms) * time.Millisecond
}

// Wire is how long n bytes take on the line, without rests.
func (l Line) Wire(n int) time.Duration {
	bits := 10 // start, eight of data and parity, stop
	if len(l.Format) == 3 {
		bits = 1 + int(l.Format[0]-'0') + int(l.Format[2]-'0')
		if l.Format[1] != 'N' {
			bits++
		}
	}
	return time.Duration(n*bits) * time.Second / time.Duration(max(l.Baud, 1))
}

// Paced cuts what is sent at once into bytes with a rest behind each but the last, where the device wants it (byte_gap_ms).
func (l Line) Paced(pieces []Piece) []Piece {
	if l.ByteMS == 0 {
		return pieces
	}
	rest := time.Duration(l.ByteMS) * time.Millisecond
	var out []Piece
	for i, p := range pieces {
		for k := range p.Bytes {
			out = append(out, Piece{p.Bytes[k : k+1], rest})
		}
		switch {
		case len(p.Bytes) == 0:
			out = append(out, p)
		case i == len(pieces)-1:
			out[len(out)-1].Pause = p.Pause
		default:
			out[len(out)-1].Pause = max(p.Pause, rest)
		}
	}
	return out
}

// lineKeys are the keys of [line] that each driver acts upon; described ones act upon all.
var lineKeys = map[string][]string{
	"escpos":  {"baud", "format", "flow", "reply_ms", "tcp"},
	"idcard":  {"baud", "format", "flow", "reply_ms", "tcp"},
	"wav":     {"baud"},
	"max7219": {"baud"},
	"gpio":    {},
}

// stray refuses what the driver would forget in silence. It returns the key at fault with the error.
func (l Line) stray(driver string) (string, error) {
	keys, some := lineKeys[driver]
	if !some {
		return "", nil
	}
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("toml")
		switch {
		case v.Field(i).IsZero() || slices.Contains(keys, key):
		default:
			return "line." + key, fmt.Errorf("line.%s: driver %q does not act upon it; remove it", key, driver)
		}
	}
	return "", nil
}

// Patience is how long a step of a dialogue waits for what it expects: its own time, or that of every answer.
func (l Line) Patience(s Step) time.Duration {
	return time.Duration(cmp.Or(s.Within, l.ReplyMS)) * time.Millisecond
}

// check looks at the times. It returns the key at fault with the error.
func (l Line) check() (string, error) {
	for _, c := range []struct {
		key string
		n   int
	}{{"frame_gap_ms", l.GapMS}, {"reply_ms", l.ReplyMS}, {"retries", l.Retries}, {"retry_gap_ms", l.RetryMS}, {"byte_gap_ms", l.ByteMS}, {"byte_gap_max_ms", l.EndMS}, {"turnaround_ms", l.TurnMS},
		{"rx_idle_ms", l.IdleMS}, {"send_times", l.Times}, {"send_gap_ms", l.TimesMS}, {"tcp", l.TCP}} {
		most := 600_000
		switch c.key {
		case "tcp":
			most = 65535
		case "retries", "send_times":
			most = 100
		case "byte_gap_ms":
			most = 1000
		}
		if c.n < 0 || c.n > most {
			return "line." + c.key, fmt.Errorf("line.%s: %d; write 0 to %d", c.key, c.n, most)
		}
	}
	if l.EndMS > 0 && l.ByteMS >= l.EndMS {
		return "line.byte_gap_ms", fmt.Errorf("line.byte_gap_ms: %d, but after byte_gap_max_ms = %d the device takes its frame for ended; write less", l.ByteMS, l.EndMS)
	}
	return "", nil
}

// WithSubstitutes is the protocol with further substitutes of a site, written as "㛃=洁 䶮=龚".
func (p *Protocol) WithSubstitutes(words string) (*Protocol, error) {
	by := map[string]string{}
	maps.Copy(by, p.substitutes)
	for _, pair := range strings.Fields(words) {
		char, instead, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("substitute: %q; write pairs such as \"㛃=洁 䶮=龚\"", pair)
		}
		by[char] = instead
	}
	own := *p
	own.substitutes = by
	if _, err := own.checkSubstitutes(); err != nil {
		return nil, err
	}
	return &own, nil
}

// checkSubstitutes holds every substitute against the character sets of the operations. It returns the key at fault with the error.
func (p *Protocol) checkSubstitutes() (string, error) {
	for _, char := range slices.Sorted(maps.Keys(p.substitutes)) {
		instead, at := p.substitutes[char], "substitute."+char
		switch {
		case len([]rune(char)) != 1:
			return at, fmt.Errorf("substitute: %q; write one character on the left", char)
		case instead == "" || strings.ContainsAny(instead, "?？"):
			return at, fmt.Errorf("substitute: %q becomes %q; write characters that a person reads as the one missing, never a question mark", char, instead)
		}
		for _, op := range slices.Sorted(maps.Keys(p.programs)) {
			for _, s := range p.programs[op].all() {
				if s.Text == "" {
					continue
				}
				_, lacks := s.encode(char)
				if _, err := s.encode(instead); err != nil && lacks != nil {
					return at, errors.Join(fmt.Errorf("substitute: %q becomes %q, which the device cannot show either: %w", char, instead, err))
				}
			}
		}
	}
	return "", nil
}
