package wire

import (
	"fmt"

	"halld/devices/frame"
	"halld/devices/profile"
)

// receipt reads ESC/POS in words a technician needs: what is asked, what is answered, where the text and the cut are. Settings are left to the bytes.
// (Epson, ESC/POS command reference: DLE EOT, ESC @, GS V, GS ( H, GS v 0, GS r.)
type receipt struct {
	bits  []profile.StatusBit
	asked int // the n of the last DLE EOT
}

func (r *receipt) read(p Piece) []profile.Event {
	if !p.Out {
		return r.answer(p.Bytes)
	}
	var out []profile.Event
	say := func(name string, fields map[string]any) {
		out = append(out, profile.Event{Name: name, Fields: fields})
	}
	b := p.Bytes
	var text []byte
	flush := func() {
		if len(text) == 0 {
			return
		}
		if s, err := frame.Decode("gb18030", text); err == nil {
			say("text", map[string]any{"text": s})
		} else {
			say("bytes", map[string]any{"count": len(text)})
		}
		text = nil
	}
	for len(b) > 0 {
		n, name, fields := r.command(b)
		n = min(n, len(b))
		switch name {
		case "":
			text = append(text, b[:n]...)
			fallthrough
		case "set":
			b = b[n:]
			continue
		}
		flush()
		say(name, fields)
		b = b[n:]
	}
	flush()
	return out
}

// command reads what b begins with: how many bytes, and its name; no name: text.
func (r *receipt) command(b []byte) (int, string, map[string]any) {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	number := func(i int) int { return int(at(i)) | int(at(i+1))<<8 }
	switch {
	case b[0] == 0x10 && at(1) == 0x04:
		r.asked = int(at(2))
		return 3, "ask-status", map[string]any{"n": r.asked}
	case b[0] == 0x1B && at(1) == '@':
		return 2, "reset", nil
	case b[0] == 0x1D && at(1) == 'V':
		if at(2) >= 65 {
			return 4, "cut", nil
		}
		return 3, "cut", nil
	case b[0] == 0x1D && at(1) == 'r':
		return 3, "ask-printed", nil
	case b[0] == 0x1D && at(1) == '(':
		name := "command"
		if at(2) == 'H' {
			name = "ask-process-id"
		}
		return 5 + number(3), name, map[string]any{"group": string(rune(at(2)))}
	case b[0] == 0x1D && at(1) == 'v':
		return 8 + number(4)*number(6), "picture", map[string]any{"dots": number(4) * 8, "rows": number(6)}
	case b[0] == 0x1B || b[0] == 0x1D || b[0] == 0x1C:
		n := 3
		if b[0] == 0x1C && (at(1) == '&' || at(1) == '.') || b[0] == 0x1B && at(1) == '2' {
			n = 2
		}
		return n, "set", nil
	}
	return 1, "", nil
}

func (r *receipt) answer(b []byte) []profile.Event {
	var out []profile.Event
	for i, c := range b {
		switch {
		case c == 0x37 && len(b) > 1:
			return append(out, profile.Event{Name: "process-id", Fields: map[string]any{"answer": fmt.Sprintf("% X", b[i:])}})
		case c == 0x13:
			out = append(out, profile.Event{Name: "wait", Fields: map[string]any{}})
		case c == 0x11:
			out = append(out, profile.Event{Name: "go-on", Fields: map[string]any{}})
		default:
			means := "ok"
			for _, bit := range r.bits {
				if bit.Query == r.asked && int(c)&bit.Mask == bit.Equals {
					means = bit.Means
				}
			}
			out = append(out, profile.Event{Name: "status", Fields: map[string]any{"byte": fmt.Sprintf("%02X", c), "n": r.asked, "means": means}})
		}
	}
	return out
}
