package sim

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"halld/devices/profile"
)

// Frame is one complete frame that a board took.
type Frame struct {
	At   time.Time     // when its last byte was there
	Wire time.Duration // how long its bytes take on the line
	Text string        // what it shows; empty for a blank board or a question
	Raw  []byte
}

// speech is how a kind of board reads its line. take returns the first complete frame, how many bytes it and the noise before it took, what it shows and
// what it answers.
type speech interface {
	take(buf []byte, address int) (n int, f taken)
}

type taken struct {
	ok, shows bool
	text      string
	colour    string // empty: not said
	answer    []byte
	length    int
}

// Board is a simulated LED board.
type Board struct {
	*cable
	speech speech
	buf    []byte

	address int
	dead    atomic.Bool // on a bus: takes everything, answers nothing

	state  sync.Mutex
	frames []Frame
	text   string
	led    led
}

func newBoard(p *profile.Profile, o Options, s speech) *Board {
	b := &Board{cable: newCable(p, o), speech: s, address: o.Address, led: led{looks: p.Looks}}
	b.receive = b.got
	return b
}

func (b *Board) got(data []byte) {
	b.buf = append(b.buf, data...)
	for {
		n, f := b.speech.take(b.buf, b.address)
		if n == 0 {
			break
		}
		raw := slices.Clone(b.buf[:n])
		b.buf = b.buf[n:]
		if !f.ok {
			continue
		}
		b.state.Lock()
		if f.shows {
			b.text = f.text
			b.led.show(f.text, f.colour)
		}
		b.frames = append(b.frames, Frame{At: time.Now(), Wire: time.Duration(f.length) * b.perByte, Text: f.text, Raw: raw[len(raw)-f.length:]})
		if len(b.frames) > 500 {
			b.frames = b.frames[100:]
		}
		b.state.Unlock()
		if f.answer != nil && !b.dead.Load() {
			b.send(f.answer)
		}
	}
	if len(b.buf) > 4096 {
		b.buf = nil
	}
}

// Text is what the board shows now.
func (b *Board) Text() string {
	b.state.Lock()
	defer b.state.Unlock()
	return b.text
}

// Frames lists what it took, oldest first.
func (b *Board) Frames() []Frame {
	b.state.Lock()
	defer b.state.Unlock()
	return slices.Clone(b.frames)
}

func gbk(b []byte) string {
	s, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return "�"
	}
	return string(s)
}

// onbon reads BX-5K frames: A5…, escaped body with CRC-16/ARC, 5A.
type onbon struct{}

func (onbon) take(buf []byte, address int) (int, taken) {
	start := bytes.IndexByte(buf, 0xA5)
	if start < 0 {
		return len(buf), taken{}
	}
	end := bytes.IndexByte(buf[start:], 0x5A)
	if end < 0 {
		return start, taken{}
	}
	end += start
	first := start
	for start < end && buf[start] == 0xA5 {
		start++
	}
	var body []byte
	for i := start; i < end; i++ {
		c := buf[i]
		if (c == 0xA6 || c == 0x5B) && i+1 < end {
			i++
			switch {
			case c == 0xA6 && buf[i] == 2:
				c = 0xA5
			case c == 0x5B && buf[i] == 2:
				c = 0x5A
			}
		}
		body = append(body, c)
	}
	if len(body) < 18 || arc(body[:len(body)-2]) != binary.LittleEndian.Uint16(body[len(body)-2:]) {
		return end + 1, taken{}
	}
	to := int(binary.LittleEndian.Uint16(body))
	if to != address && to != 0xFFFE && address != 0 {
		return end + 1, taken{}
	}
	data := body[14 : len(body)-2]
	if len(body) < 17 || len(data) < 2 {
		return end + 1, taken{}
	}
	f := taken{ok: true, length: end + 1 - first, answer: onbonAnswer(to, data[0], data[1])}
	switch {
	case data[0] == 0xA3 && data[1] == 0x10:
		f.shows = true
	case data[0] == 0xA3 && data[1] == 0x06 && len(data) >= 36: // the text stands behind 36 bytes of area, effect and length
		f.shows = true
		if n := int(binary.LittleEndian.Uint32(data[32:])); n == len(data)-36 {
			f.text = gbk(data[36:])
		}
	}
	return end + 1, f
}

func onbonAnswer(addr int, group, cmd byte) []byte {
	// destination, source, six reserved bytes, device, version, length; then group, command, error and two reserved bytes
	body := []byte{0x00, 0x80, byte(addr), byte(addr >> 8), 0, 0, 0, 0, 0, 0, 0xFE, 0x02, 5, 0, group, 0, 0, 0, 0}
	if group == 0xA3 {
		body[15] = cmd
	}
	body = binary.LittleEndian.AppendUint16(body, arc(body))
	out := bytes.Repeat([]byte{0xA5}, 8)
	for _, c := range body {
		switch c {
		case 0xA5:
			out = append(out, 0xA6, 2)
		case 0xA6:
			out = append(out, 0xA6, 1)
		case 0x5A:
			out = append(out, 0x5B, 2)
		case 0x5B:
			out = append(out, 0x5B, 1)
		default:
			out = append(out, c)
		}
	}
	return append(out, 0x5A)
}

// arc is CRC-16/ARC, worked bit by bit from its definition.
func arc(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		for bit := range 8 {
			low := crc&1 ^ uint16(c>>bit)&1
			crc >>= 1
			if low != 0 {
				crc ^= 0xA001
			}
		}
	}
	return crc
}

// pingan reads 平安力合 frames: A0 commands with the sum of what follows A0, mod 100, AA texts with an 8-bit sum before the text.
type pingan struct{}

var pinganColours = map[byte]string{0: "red", 1: "green", 2: "yellow"}

func (pingan) take(buf []byte, address int) (int, taken) {
	for i, c := range buf {
		switch c {
		case 0xA0:
			if len(buf) < i+2 || len(buf) < i+4+int(buf[i+1]) {
				return i, taken{}
			}
			n := int(buf[i+1])
			f := buf[i : i+4+n]
			sum := 0
			for _, x := range f[1 : n+2] {
				sum += int(x)
			}
			if n < 2 || f[n+3] != 0xFF || int(f[n+2]) != sum%100 || address != 0 && int(f[3]) != address {
				return i + 1, taken{}
			}
			t := taken{ok: true, length: n + 4}
			if f[2] == 0x28 {
				t.shows = true
				if n >= 3 && f[4] == 0 {
					t.text = "欢迎光临"
				}
			}
			return i + 4 + n, t
		case 0xAA:
			if len(buf) < i+5 {
				return i, taken{}
			}
			if buf[i+2] != 0xBB || buf[i+3] != 0x51 || buf[i+4] != 0x54 {
				continue
			}
			end := bytes.IndexByte(buf[i+min(11, len(buf)-i):], 0xFF)
			if end < 0 {
				return i, taken{}
			}
			f := buf[i : i+11+end+1]
			var sum byte
			for _, x := range f[6:] {
				sum += x
			}
			if sum != f[5] || address != 0 && int(f[1]) != address {
				return i + 1, taken{}
			}
			return i + len(f), taken{ok: true, shows: true, text: gbk(f[11 : len(f)-1]), colour: pinganColours[f[9]], length: len(f), answer: []byte{0xA0, 3, 0x14, f[1], 0x50, byte((3 + 0x14 + int(f[1]) + 0x50) % 100), 0xFF}}
		}
	}
	return len(buf), taken{}
}
