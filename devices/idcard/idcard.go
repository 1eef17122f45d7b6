// Package idcard reads second-generation identity cards at a kiosk. It learns whether the citizen has priority and a pseudonym, and forgets the rest at
// once: the number is in memory while it is worked on, and nowhere else.
//
//	> AA AA AA 96 69 00 03 20 01 22    find a card
//	< AA AA AA 96 69 00 04 00 00 9F …  there is one (00 00 80: none)
//	> AA AA AA 96 69 00 03 20 02 21    select it
//	> AA AA AA 96 69 00 03 30 01 32    read it
//	< AA AA AA 96 69 05 08 00 00 90    two lengths, text in UTF-16LE in fixed fields, picture, exclusive or of all behind the header
//
// Source: frames of three public host programs (firmware-configs/idcard/sam.toml).
package idcard

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"
	"unicode/utf16"

	"halld/devices"
	"halld/devices/profile"
)

const (
	lookEvery   = 400 * time.Millisecond // between two looks for a card
	priorityAge = 60                     // 老年人权益保障法: who is 60 counts as old
	childAge    = 14                     // of younger ones nothing is kept: their data are sensitive (个人信息保护法 28)
	mostFrame   = 4096                   // bytes; text and picture of a card are 1295
)

// The three bytes with which an answer begins.
const (
	found = "\x00\x00\x9F"
	done  = "\x00\x00\x90"
)

var header = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// Reader is one reader.
type Reader struct {
	port  devices.Port
	set   devices.Setting
	proto *profile.Protocol
	old   int // age of priority
	reply time.Duration

	ended chan struct{}
	err   error // why; set before ended closes

	mu       sync.Mutex
	answered devices.Heard
	silent   error // since it does not answer
	problems map[string]bool
}

// Open takes over a port and looks for cards until it closes. The only setting is priority_age, 1 to 120.
func Open(_ context.Context, port devices.Port, set devices.Setting) (devices.Device, error) {
	if set.Profile == nil || set.Profile.Protocol == nil {
		return nil, fmt.Errorf("open %s: its profile describes no frames", set.ID)
	}
	r := &Reader{port: port, set: set, proto: set.Profile.Protocol, old: priorityAge, reply: time.Duration(set.Profile.Line.ReplyMS) * time.Millisecond,
		ended: make(chan struct{}), problems: map[string]bool{}}
	for key, v := range set.Set {
		if key != "priority_age" {
			return nil, fmt.Errorf("open %s: set.%s: a card reader has only priority_age", set.ID, key)
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 120 {
			return nil, fmt.Errorf("open %s: set.priority_age: %q; write 1 to 120", set.ID, v)
		}
		r.old = n
	}
	if r.set.Log == nil {
		r.set.Log = slog.New(slog.DiscardHandler)
	}
	go r.look()
	return r, nil
}

// Answered is when the reader answered last.
func (r *Reader) Answered() time.Time {
	return r.answered.Answered()
}

// look is the reader's life: it ends when the port does.
func (r *Reader) look() {
	defer close(r.ended)
	for {
		err := r.once()
		switch {
		case err == nil:
			r.answered.Now()
			r.mark("silent", nil)
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.mark("silent", err)
		default:
			r.err = err
			return
		}
		if err := r.rest(lookEvery); err != nil {
			r.err = err
			return
		}
	}
}

// rest waits, and throws away what the reader says unasked. It ends early when the port does.
func (r *Reader) rest(d time.Duration) error {
	if err := r.port.SetReadDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	buf := make([]byte, 256)
	for {
		n, err := r.port.Read(buf)
		clear(buf[:n])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
	}
}

// once looks for a card and reads the one it finds.
func (r *Reader) once() error {
	answer, err := r.ask("find")
	if err != nil || !bytes.HasPrefix(answer, []byte(found)) {
		return err
	}
	for _, op := range []string{"select", "read"} {
		clear(answer)
		if answer, err = r.ask(op); err != nil {
			return err
		}
		if !bytes.HasPrefix(answer, []byte(done)) {
			r.set.Log.Info("a card could not be read", "device", r.set.ID, "step", op, "answer", fmt.Sprintf("% X", answer[:min(3, len(answer))]))
			r.hand(devices.Reading{Failed: true})
			return nil
		}
	}
	defer clear(answer)
	reading, err := r.derive(answer[3:], time.Now())
	if err != nil {
		r.set.Log.Info("a card says what no card says", "device", r.set.ID, "err", err)
		reading = devices.Reading{Failed: true}
	}
	r.hand(reading)
	return nil
}

func (r *Reader) hand(reading devices.Reading) {
	reading.Device, reading.At = r.set.ID, time.Now()
	if r.set.Read != nil {
		r.set.Read(reading)
	}
}

// ask sends an operation of the profile and returns what stands between the length and the checksum of its answer.
func (r *Reader) ask(op string) ([]byte, error) {
	frame, err := r.proto.Encode(op, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if _, err := r.port.Write(frame); err != nil {
		return nil, err
	}
	wire := time.Duration(mostFrame) * 10 * time.Second / time.Duration(r.set.Profile.Line.Baud)
	if err := r.port.SetReadDeadline(time.Now().Add(r.reply + wire)); err != nil {
		return nil, err
	}
	var got []byte
	defer func() { clear(got[:cap(got)]) }() // a card's text may stand in it
	buf := make([]byte, 512)
	defer clear(buf)
	for {
		n, err := r.port.Read(buf)
		got = grow(got, buf[:n])
		if body, ok := cut(got); ok {
			return body, nil
		}
		if err != nil {
			return nil, err
		}
		if len(got) > mostFrame {
			drop := len(got) - mostFrame
			clear(got[:drop])
			got = got[drop:]
		}
	}
}

// grow appends, and clears what a larger slice leaves behind.
func grow(to, b []byte) []byte {
	if len(to)+len(b) <= cap(to) {
		return append(to, b...)
	}
	larger := make([]byte, 0, 2*(len(to)+len(b)))
	larger = append(append(larger, to...), b...)
	clear(to)
	return larger
}

// cut finds the first sound frame and returns a copy of its inside: the status and what follows it.
func cut(b []byte) ([]byte, bool) {
	for {
		i := bytes.Index(b, header)
		if i < 0 || len(b) < i+len(header)+2 {
			return nil, false
		}
		f := b[i+len(header):]
		n := int(binary.BigEndian.Uint16(f))
		if n >= 4 && n <= mostFrame {
			if len(f) < 2+n {
				if next := bytes.Index(b[i+1:], header); next < 0 {
					return nil, false
				}
			} else {
				var sum byte
				for _, c := range f[:2+n] {
					sum ^= c
				}
				if sum == 0 {
					return bytes.Clone(f[2 : 2+n-1]), true
				}
			}
		}
		b = b[i+1:]
	}
}

// Where the fields of a card's text stand, in bytes (UTF-16LE): name 30, sex 2, nation 4, birth 16, address 70, number 36, and more that is not looked at.
const (
	nameAt, nameLen     = 0, 30
	birthAt, birthLen   = 36, 16
	numberAt, numberLen = 122, 36
	textLen             = 256
)

// derive makes a reading of a card's data. The number stands in data alone and is cleared with it.
func (r *Reader) derive(data []byte, now time.Time) (devices.Reading, error) {
	if len(data) < 4+textLen || int(binary.BigEndian.Uint16(data)) != textLen {
		return devices.Reading{}, fmt.Errorf("the text is not %d bytes long", textLen)
	}
	text := data[4 : 4+textLen]
	birth, err := time.ParseInLocation("20060102", digits(text[birthAt:birthAt+birthLen]), now.Location())
	if err != nil || birth.After(now) {
		return devices.Reading{}, errors.New("the day of birth is none")
	}
	number := text[numberAt : numberAt+numberLen]
	if !plausible(number) {
		return devices.Reading{}, errors.New("the number's check digit is wrong")
	}
	out := devices.Reading{Class: "ordinary", Name: mask(text[nameAt : nameAt+nameLen])}
	age := years(birth, now)
	if age >= r.old {
		out.Class = "priority"
	}
	if age >= childAge && r.set.Pseudonym != nil {
		out.Person = r.set.Pseudonym(number)
	}
	return out, nil
}

// digits reads ASCII digits written as UTF-16LE. Only the day of birth is read so; it names nobody.
func digits(b []byte) string {
	var out []byte
	for i := 0; i+1 < len(b); i += 2 {
		out = append(out, b[i])
	}
	return string(out)
}

// plausible tells whether a number ends with its check digit (GB 11643: ISO 7064 MOD 11-2), so that a spoiled one makes no person of its own.
func plausible(b []byte) bool {
	sum := 0
	for i := 0; i < numberLen; i += 2 {
		c, v := b[i], 0
		switch {
		case b[i+1] != 0:
			return false
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c == 'X' && i == numberLen-2:
			v = 10
		default:
			return false
		}
		sum = (sum + v) * 2 % 11
	}
	return sum == 2 // twice the sum whose remainder is 1
}

func years(birth, now time.Time) int {
	n := now.Year() - birth.Year()
	if now.Month() < birth.Month() || now.Month() == birth.Month() && now.Day() < birth.Day() {
		n--
	}
	return n
}

// doubled are the family names of two characters that are met.
var doubled = map[string]bool{"欧阳": true, "司马": true, "上官": true, "诸葛": true, "司徒": true, "东方": true, "皇甫": true, "尉迟": true, "公孙": true, "慕容": true,
	"令狐": true, "长孙": true, "宇文": true, "夏侯": true, "轩辕": true, "端木": true, "百里": true, "南宫": true, "独孤": true, "呼延": true}

// mask keeps the family name: 张*.
func mask(b []byte) string {
	units := make([]uint16, 0, 4)
	for i := 0; i < 4; i += 2 { // two characters are enough
		units = append(units, binary.LittleEndian.Uint16(b[i:]))
	}
	if utf16.IsSurrogate(rune(units[0])) {
		return string(utf16.Decode(units)) + "*"
	}
	name := string(utf16.Decode(units))
	if doubled[name] {
		return name + "*"
	}
	return string([]rune(name)[:1]) + "*"
}

// mark reports that a problem began, or with a nil error that it is over. Two silent looks in a row make a silent reader.
func (r *Reader) mark(code string, err error) {
	r.mu.Lock()
	first := r.silent == nil
	r.silent = err
	was := r.problems[code]
	on := err != nil && (was || !first)
	r.problems[code] = on
	r.mu.Unlock()
	if on == was || r.set.Report == nil {
		return
	}
	p := devices.NewProblem(r.set.ID, code, time.Now())
	p.Cleared = !on
	r.set.Report(p)
}

// Lost says why the port is no longer read; nil while it is.
func (r *Reader) Lost() error {
	select {
	case <-r.ended:
		if r.err == nil {
			return io.ErrUnexpectedEOF
		}
		return r.err
	default:
		return nil
	}
}

// Probe tells whether the reader answered when it was last asked for a card.
func (r *Reader) Probe(context.Context) error {
	if err := r.Lost(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent
}

// Halt has nothing to do: a reader at rest is inert.
func (r *Reader) Halt(context.Context) error { return nil }
