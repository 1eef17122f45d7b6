package profile

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"halld/devices/frame"
)

// Idle is the silence that ends what is unfinished: rx_idle_ms, or byte_gap_max_ms where only that is known, or 60 ms, which outlasts the pauses of
// USB adapters and serial device servers.
func (l Line) Idle() time.Duration {
	switch {
	case l.IdleMS > 0:
		return time.Duration(l.IdleMS) * time.Millisecond
	default:
		return max(60, time.Duration(l.ByteMS)) * time.Millisecond
	}
}

// check looks at the times. It returns the key at fault with the error.
func (l Line) check() (string, error) {
	for _, c := range []struct {
		key string
		n   int
	}{{"frame_gap_ms", l.GapMS}, {"reply_ms", l.ReplyMS}, {"retries", l.Retries}, {"retry_gap_ms", l.RetryMS}, {"byte_gap_max_ms", l.ByteMS}, {"turnaround_ms", l.TurnMS},
		{"rx_idle_ms", l.IdleMS}, {"send_times", l.Times}, {"send_gap_ms", l.TimesMS}, {"tcp", l.TCP}} {
		most := 600_000
		switch c.key {
		case "tcp":
			most = 65535
		case "retries", "send_times":
			most = 100
		}
		if c.n < 0 || c.n > most {
			return "line." + c.key, fmt.Errorf("line.%s: %d; write 0 to %d", c.key, c.n, most)
		}
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
	for char, instead := range p.substitutes {
		at := "substitute." + char
		switch {
		case len([]rune(char)) != 1:
			return at, fmt.Errorf("substitute: %q; write one character on the left", char)
		case instead == "" || strings.ContainsAny(instead, "?？"):
			return at, fmt.Errorf("substitute: %q becomes %q; write characters that a person reads as the one missing, never a question mark", char, instead)
		}
		for _, g := range p.programs {
			for k := range g.steps {
				s := &g.steps[k]
				if s.Text == "" {
					continue
				}
				_, lacks := frame.Encode(s.enc(), char)
				if _, err := frame.Encode(s.enc(), instead); err != nil && lacks != nil {
					return at, errors.Join(fmt.Errorf("substitute: %q becomes %q, which the device cannot show either: %w", char, instead, err))
				}
			}
		}
	}
	return "", nil
}
