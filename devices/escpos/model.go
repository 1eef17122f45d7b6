package escpos

import (
	"encoding/hex"
	"errors"
	"fmt"
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
	density        int // 0 standard, 1 to 5 darker, -1 to -5 lighter
	dense          bool
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
}

// modelOf takes a profile and a device's own settings: charset, chinese_on, chinese_off, cut (hex bytes), density and font (a path).
func modelOf(p *profile.Profile, set map[string]string) (model, error) {
	if p == nil || p.Printer == nil {
		return model{}, errors.New("its profile has no [printer] table")
	}
	pr := p.Printer
	m := model{dots: pr.Dots, columns: pr.Columns, bandRows: pr.BandRows, feed: pr.Feed, charset: pr.Charset, bits: pr.Bits, loose: pr.Loose,
		confirm: devices.Proof(pr.Confirm), confirmIn: time.Duration(pr.ConfirmMS) * time.Millisecond, status: pr.Status}
	for _, b := range []struct {
		to        *[]byte
		hex, none string
	}{
		{&m.chineseOn, pr.ChineseOn, "1C 26"}, {&m.chineseOff, pr.ChineseOff, "1C 2E"}, {&m.cut, pr.Cut, "1D 56 42 00"}, {&m.before, pr.Density + pr.Before, ""}, {&m.after, pr.After, ""},
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
	return m, m.apply(set)
}

func (m *model) apply(set map[string]string) error {
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
			m.density, err = strconv.Atoi(v)
			m.dense = true
			if err == nil && (m.density < -5 || m.density > 5) {
				err = errors.New("write -5 to 5")
			}
		case "font":
			m.font = v
		}
		if err != nil {
			return fmt.Errorf("setting %s = %q: %w", key, v, err)
		}
	}
	return nil
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
