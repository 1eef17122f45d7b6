package sim

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"
	"unicode/utf16"

	"halld/devices/profile"
)

// Card is what stands on a simulated identity card.
type Card struct {
	Name   string
	Birth  time.Time
	Number string // 18 characters; empty: a made-up one that fits the day of birth
}

// CardReader is a simulated SAM_V reader.
type CardReader struct {
	*cable
	buf []byte

	state sync.Mutex
	card  *Card
	found bool // a card that was found is not found again until it is laid on anew
	spoil bool
}

func newCardReader(p *profile.Profile, o Options) *CardReader {
	r := &CardReader{cable: newCable(p, o)}
	r.receive = r.got
	return r
}

// Lay lays a card on the reader. Unreadable ones are found, and fail when they are read.
func (r *CardReader) Lay(c Card, readable bool) {
	r.state.Lock()
	defer r.state.Unlock()
	if c.Number == "" {
		c.Number = numberFor(c.Birth)
	}
	r.card, r.found, r.spoil = &c, false, !readable
}

// Keys lists the cards that can be laid on it: of a grown-up, an old person, a child, and one that cannot be read.
func (r *CardReader) Keys() []string { return []string{"adult", "elder", "child", "unreadable"} }

// Press lays one of these cards on the reader.
func (r *CardReader) Press(key string) error {
	age, ok := map[string]int{"adult": 40, "elder": 70, "child": 10, "unreadable": 40}[key]
	if !ok {
		return fmt.Errorf("there is no card %q; there are %v", key, r.Keys())
	}
	r.Lay(Card{Name: "张三", Birth: time.Now().AddDate(-age, 0, 0)}, key != "unreadable")
	return nil
}

// Lift takes the card away.
func (r *CardReader) Lift() {
	r.state.Lock()
	defer r.state.Unlock()
	r.card = nil
}

// numberFor makes a number with a right check digit out of a region that does not exist (000000) and a day of birth.
func numberFor(birth time.Time) string {
	digits := "000000" + birth.Format("20060102") + "001"
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} // GB 11643
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return digits + string("10X98765432"[sum%11])
}

func (r *CardReader) got(b []byte) {
	r.buf = append(r.buf, b...)
	for len(r.buf) >= 7 {
		n := int(binary.BigEndian.Uint16(r.buf[5:]))
		if string(r.buf[:5]) != "\xAA\xAA\xAA\x96\x69" || n < 3 || n > 64 {
			r.buf = r.buf[1:]
			continue
		}
		if len(r.buf) < 7+n {
			return
		}
		var sum byte
		for _, c := range r.buf[5 : 7+n] {
			sum ^= c
		}
		if sum == 0 {
			r.answer(r.buf[7], r.buf[8])
		}
		r.buf = r.buf[7+n:]
	}
}

func (r *CardReader) answer(cmd, par byte) {
	r.state.Lock()
	defer r.state.Unlock()
	switch {
	case cmd == 0x20 && par == 1 && r.card != nil && !r.found:
		r.found = true
		r.say(0x00, 0x00, 0x9F, 0, 0, 0, 0)
	case cmd == 0x20 && par == 1:
		r.say(0x00, 0x00, 0x80)
	case cmd == 0x20 && par == 2 && r.card != nil:
		r.say(0x00, 0x00, 0x90, 0, 0, 0, 0, 0, 0, 0, 0)
	case cmd == 0x20 && par == 2:
		r.say(0x00, 0x00, 0x81)
	case cmd == 0x30 && r.card != nil && !r.spoil:
		r.say(append([]byte{0x00, 0x00, 0x90}, r.card.data()...)...)
	case cmd == 0x30:
		r.say(0x00, 0x00, 0x41)
	case cmd == 0x11:
		r.say(0x00, 0x00, 0x90)
	}
}

func (r *CardReader) say(body ...byte) {
	f := binary.BigEndian.AppendUint16([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}, uint16(len(body)+1))
	f = append(f, body...)
	var sum byte
	for _, c := range f[5:] {
		sum ^= c
	}
	r.send(append(f, sum))
}

// data is a card as the reader hands it out: two lengths, 256 bytes of text, 1024 of picture.
func (c *Card) data() []byte {
	out := []byte{0x01, 0x00, 0x04, 0x00}
	field := func(s string, n int) {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		for len(b) < n {
			b = append(b, ' ', 0)
		}
		out = append(out, b[:n]...)
	}
	field(c.Name, 30)
	field("1", 2)
	field("01", 4)
	field(c.Birth.Format("20060102"), 16)
	field("测试路1号", 70)
	field(c.Number, 36)
	field("测试公安局", 30)
	field("20200101", 16)
	field("20400101", 16)
	field("", 36)
	return append(out, make([]byte, 1024)...)
}

// String says what lies on the reader without saying whose it is.
func (r *CardReader) String() string {
	r.state.Lock()
	defer r.state.Unlock()
	if r.card == nil {
		return "no card"
	}
	return fmt.Sprintf("a card of somebody born in %d", r.card.Birth.Year())
}
