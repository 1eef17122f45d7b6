package escpos

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// model is what the driver knows of a printer: its profile, and what the hall file set for this one.
type model struct {
	dots, columns  int
	bandRows, feed int
	charset        string // gb2312, gbk, or gb18030 with four-byte characters
	chineseOn      []byte
	chineseOff     []byte
	cut            []byte
	density        []byte // sets how dark it prints
	confirm        devices.Proof
	confirmIn      time.Duration
	status         bool
	bits           []profile.StatusBit
	loose          bool   // answers lack the fixed bits
	before, after  []byte // around the ticket
	slow           bool   // a line on which a full raster takes seconds
	bytesPerSec    int
	replyIn        time.Duration // to DLE EOT, which is answered even while printing
	font           string

	asb      bool // tells every change by itself
	full     bool // DLE EOT 20 has six bytes
	inOrder  bool // a status request waits behind what is printed
	quiet    bool // may not answer while it feeds, or while it holds the line
	xonxoff  bool
	strict   map[byte]fixedBits
	chunk    int             // bytes per write
	speed    int             // mm of paper per second
	idle     time.Duration   // a connection on which nothing is said for so long is closed by the printer; 0: never
	stored   bool            // pictures go as GS ( L, stored and printed, instead of GS v 0
	quirks   map[string]bool // see profile.QuirkNames
	patience time.Duration   // how long a ticket waits for paper, a closed cover, a cleared jam
	clear    []byte          // gives up what the printer still holds

	nativeQR  bool
	perJob    bool          // the connection is let go between two dialogues
	maybeMute bool          // it may answer nothing on this cable
	retract   []byte        // takes a forgotten ticket back
	query     []byte        // asks whether a ticket waits; none: the status bits tell
	bit       byte          // of its answer
	takeIn    time.Duration // a ticket that waits longer was not taken
	retractIn time.Duration // and is taken back after this; 0: never
}

// takeWithin is how long a ticket may hang in the mouth before somebody is told.
const takeWithin = 30 * time.Second

// clearBuffer gives up all that was received and not printed; 37 25 00 answers (Epson, DLE DC4 function 8).
var clearBuffer = []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}

// faultPatience is how long a ticket that was begun waits for a person to put the printer right. Then it is unknown, and others go on.
const faultPatience = 45 * time.Second

// modelOf takes a profile and a device's own settings: charset, chinese_on, chinese_off, cut (hex bytes), density, font (a path), confirm (how a
// print is proved), fault_wait (seconds that a begun ticket waits for paper), qr (who draws codes), and those of presenter.go.
func modelOf(p *profile.Profile, set map[string]string) (model, error) {
	if p == nil || p.Printer == nil {
		return model{}, errors.New("its profile has no [printer] table")
	}
	pr := p.Printer
	m := model{dots: pr.Dots, columns: pr.Columns, bandRows: pr.BandRows, feed: pr.Feed, charset: pr.Charset, bits: pr.Bits, loose: pr.Loose,
		confirm: devices.Proof(pr.Confirm), confirmIn: time.Duration(pr.ConfirmMS) * time.Millisecond, status: pr.Status}
	m.asb, m.full, m.inOrder, m.quiet, m.xonxoff = pr.ASB, pr.Full, pr.InOrder, pr.Silent || p.Line.Flow != "", p.Line.Flow == "xonxoff"
	m.chunk, m.speed, m.idle, m.stored = pr.Chunk, pr.Speed, time.Duration(pr.TCP.IdleS)*time.Second, len(pr.Images) > 0 && pr.Images[0] == "gs_l" // best first
	m.patience, m.clear = faultPatience, clearBuffer
	m.strict, m.quirks = map[byte]fixedBits{}, map[string]bool{}
	for _, f := range pr.Strict {
		m.strict[byte(f.Query)] = fixedBits{byte(f.Mask), byte(f.Equals)}
	}
	for _, q := range pr.Quirks {
		m.quirks[q.Name] = true
	}
	if m.chunk == 0 {
		m.chunk = 1024
	}
	if m.speed == 0 {
		m.speed = 100
	}
	plainCut := "1D 56 42 00"
	if m.quirks["gs_v_42_ignored"] {
		plainCut = "1D 56 41 00"
	}
	handOut, err := handOut(pr.Presenter, set["present_mm"])
	if err != nil {
		return model{}, err
	}
	m.perJob = pr.TCP.PerJob
	m.nativeQR, m.maybeMute, m.bit, m.takeIn = pr.NativeQR, pr.OnSerial, byte(pr.Presenter.Bit), takeWithin
	for _, b := range []struct {
		to        *[]byte
		hex, none string
	}{
		{&m.chineseOn, pr.ChineseOn, "1C 26"}, {&m.chineseOff, pr.ChineseOff, "1C 2E"}, {&m.cut, pr.Cut, plainCut}, {&m.before, pr.Density + pr.SpeedSet + pr.Before, ""}, {&m.after, pr.After + handOut, ""},
		{&m.retract, pr.Presenter.Retract, ""}, {&m.query, pr.Presenter.Query, ""},
	} {
		if b.hex == "" {
			b.hex = b.none
		}
		var err error
		if *b.to, err = hexBytes(strings.ReplaceAll(b.hex, "none", "")); err != nil {
			return model{}, err
		}
	}
	if m.dots < 8 {
		m.dots = 576
	}
	m.dots -= m.dots % 8
	if most := m.dots / cellW; m.columns < 1 || m.columns > most {
		m.columns = most
	}
	if m.bandRows < 1 || m.bandRows > 128 {
		m.bandRows = 128
	}
	if m.confirmIn <= 0 {
		m.confirmIn = 8 * time.Second
	}
	if m.confirm == "" {
		m.confirm = devices.NoProof
	}
	m.replyIn = time.Duration(p.Line.ReplyMS) * time.Millisecond
	if m.replyIn <= 0 {
		m.replyIn = 400 * time.Millisecond
	}
	if baud := p.Line.Baud; baud > 0 {
		m.bytesPerSec, m.slow = baud/11, baud < 38400
	}
	if err := m.apply(set, pr); err != nil {
		return model{}, err
	}
	m.feed = max(m.feed, m.feedToKnife(pr.CutterMM, pr.DPI))
	return m, nil
}

// feedToKnife is how many lines bring the end of the ticket from the head to the knife, mm beyond it. None if the distance is not known (0), or
// the cut feeds by itself, as GS V 65 and up do.
func (m *model) feedToKnife(mm, dpi int) int {
	if mm == 0 || len(m.cut) == 0 || len(m.cut) > 2 && m.cut[0] == 0x1D && m.cut[1] == 0x56 && m.cut[2] >= 65 {
		return 0
	}
	if dpi == 0 {
		dpi = 203
	}
	dots := (mm*dpi*10 + 253) / 254
	return (dots + pitch - 1) / pitch
}

func (m *model) apply(set map[string]string, pr *profile.Printer) error {
	for key, v := range set {
		var err error
		switch key {
		case "charset":
			if v != "gb2312" && v != "gbk" && v != "gb18030" {
				err = errors.New("write gb2312, gbk or gb18030")
			}
			m.charset = v
		case "chinese_on":
			m.chineseOn, err = hexBytes(v)
		case "chinese_off":
			m.chineseOff, err = hexBytes(v)
		case "cut":
			m.cut, err = hexBytes(v)
		case "density":
			m.density, err = densityOf(pr.Densities, v)
		case "beep":
			m.after, err = beepBehind(m.after, pr.Beep, v)
		case "font":
			m.font = v
		case "confirm":
			if v != "process-id" && v != "gs-r" && v != "poll" && v != "none" {
				err = errors.New("write process-id, gs-r, poll or none")
			}
			m.confirm = devices.Proof(v)
		case "fault_wait":
			m.patience, err = seconds(v, 600)
		case "take_within":
			m.takeIn, err = seconds(v, 3600)
		case "retract_after":
			if m.retractIn, err = seconds(v, 3600); err == nil && len(m.retract) == 0 {
				err = errors.New("the profile of this model has no printer.presenter.retract: leave it out")
			}
		case "qr":
			if v != "printer" && v != "picture" {
				err = errors.New("write printer (it draws codes by itself) or picture")
			}
			m.nativeQR = v == "printer"
		case "mode", "present_mm": // read elsewhere
		default:
			err = errors.New("a ticket printer has no such setting; it has " + strings.Join(settings, ", "))
		}
		if err != nil {
			return fmt.Errorf("setting %s = %q: %w", key, v, err)
		}
	}
	return nil
}

// settings are what a device of the hall file may set.
var settings = []string{"beep", "charset", "chinese_off", "chinese_on", "confirm", "cut", "density", "fault_wait", "font", "mode", "present_mm", "qr", "retract_after", "take_within"}

// seconds reads a time that a person has.
func seconds(v string, most int) (time.Duration, error) {
	s, err := strconv.Atoi(v)
	if err != nil || s < 1 || s > most {
		return 0, fmt.Errorf("write 1 to %d seconds", most)
	}
	return time.Duration(s) * time.Second, nil
}

// densityOf finds the bytes of a density.
func densityOf(table []string, v string) ([]byte, error) {
	n, err := strconv.Atoi(v)
	switch {
	case err != nil || n < -5 || n > 5:
		return nil, errors.New("write -5 to 5")
	case len(table) == 0:
		return nil, errors.New("how this model is told its density is not known: leave it out, or write printer.densities in a profile of your own")
	case table[n+5] == "":
		return nil, fmt.Errorf("this model cannot: write one of %s", strings.Join(possible(table), ", "))
	}
	return hexBytes(table[n+5])
}

func possible(table []string) []string {
	var out []string
	for i, b := range table {
		if b != "" {
			out = append(out, strconv.Itoa(i-5))
		}
	}
	return out
}

// beepBehind adds the beep that tells people to take their ticket.
func beepBehind(after []byte, beep, v string) ([]byte, error) {
	switch {
	case v == "no":
		return after, nil
	case v != "yes":
		return after, errors.New("write yes or no")
	case beep == "" || beep == "none":
		return after, errors.New("how this model is told to beep is not known: leave it out, or write printer.beep in a profile of your own")
	}
	b, err := hexBytes(beep)
	return append(slices.Clip(after), b...), err
}

// wire is how long bytes take on the line; 0 where the cable has no such speed.
func (m *model) wire(n int) time.Duration {
	if m.bytesPerSec == 0 {
		return 0
	}
	return time.Duration(n) * time.Second / time.Duration(m.bytesPerSec)
}

func hexBytes(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		return nil, fmt.Errorf("write bytes in hex, such as 1D 56 42 00: %w", err)
	}
	return b, nil
}
