package port

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Commands of RFC 2217 for the line; an answer has 100 more.
const (
	comBaud    = 1
	comData    = 2
	comParity  = 3
	comStop    = 4
	comControl = 5
	comPurge   = 12
)

const (
	offerWithin  = time.Second            // a telnet server offers its options on connecting
	answerWithin = 300 * time.Millisecond // ask once, then go on: some servers answer nothing where the port has no such line
)

// netSerial is a serial line behind a device server that speaks RFC 2217: the line is set from here.
type netSerial struct {
	conn net.Conn

	mu sync.Mutex // one write at a time
	tn telnet
	in []byte // data that came and was not read yet
}

// openNetSerial connects and sets the line. It fails where the server says that it set something else than was asked.
func openNetSerial(ctx context.Context, address string, line Line) (_ Conn, err error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &netSerial{conn: conn}
	defer func() {
		if errors.Is(err, ErrHangup) { // ser2net makes its offers, says that the port is in use, and hangs up; others only hang up
			err = fmt.Errorf("%w: the server hung up at once, its connection is probably taken: %w", ErrBusy, err)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("open rfc2217:%s: %w", address, err), conn.Close())
		}
	}()
	if err := s.gather(time.Now().Add(offerWithin), func([][]byte) bool { return s.tn.offered }); err != nil {
		return nil, err
	}
	if !s.tn.offered {
		return nil, fmt.Errorf("%w: it offers no telnet; for a port that hands bytes through write tcp:%s", ErrNotThere, address)
	}
	var ask []byte
	for _, o := range []byte{optCom, optBinary, optGA} {
		if !s.tn.us[o] && !s.tn.refused[o] {
			s.tn.us[o] = true
			ask = append(ask, tnIAC, tnWILL, o)
		}
	}
	for _, o := range []byte{optBinary, optGA} {
		if !s.tn.him[o] {
			s.tn.him[o] = true
			ask = append(ask, tnIAC, tnDO, o)
		}
	}
	if _, err := send(conn, ask); err != nil {
		return nil, err
	}
	return s, s.setLine(line)
}

// setLine asks for the line's settings and takes the answers that come.
func (s *netSerial) setLine(line Line) error {
	size, parity, stop := byte(8), byte(1), byte(1)
	if len(line.Format) == 3 {
		size = line.Format[0] - '0'
		parity = byte(strings.IndexByte("NOEMS", line.Format[1]) + 1)
		stop = line.Format[2] - '0'
	}
	control := byte(map[string]int{"": 1, "xonxoff": 2, "rtscts": 3}[line.Flow])
	want := map[byte]uint32{comBaud: uint32(line.Baud), comData: uint32(size), comParity: uint32(parity), comStop: uint32(stop)}
	ask := subnegotiation(comBaud, binary.BigEndian.AppendUint32(nil, uint32(line.Baud))...)
	for _, c := range [][2]byte{{comData, size}, {comParity, parity}, {comStop, stop}, {comControl, control}, {comControl, 8}, {comControl, 11}, {comPurge, 3}} {
		ask = append(ask, subnegotiation(c[0], c[1])...) // control 8 and 11: DTR and RTS on
	}
	if _, err := send(s.conn, ask); err != nil {
		return err
	}
	got := map[byte]uint32{}
	err := s.gather(time.Now().Add(answerWithin), func(subs [][]byte) bool {
		for _, b := range subs {
			cmd, value := b[0]-100, b[1:]
			switch {
			case cmd == comBaud && len(value) >= 4:
				got[cmd] = binary.BigEndian.Uint32(value) // some servers add four zeros
			case cmd <= comStop && len(value) > 0:
				got[cmd] = uint32(value[0])
			}
		}
		return len(got) == len(want) || s.tn.refused[optCom]
	})
	if err != nil {
		return err
	}
	if s.tn.refused[optCom] {
		return fmt.Errorf("%w: the server speaks telnet but not RFC 2217; switch it on there, or set the line there and use a raw port, tcp:host:port", ErrNotThere)
	}
	for cmd, name := range map[byte]string{comBaud: "baud", comData: "data bits", comParity: "parity", comStop: "stop bits"} {
		if v, answered := got[cmd]; answered && v != want[cmd] && v != 0 {
			return fmt.Errorf("%w: the server has set %s to %d, not to %d; its port is fixed: free it there, or set the profile to it", ErrSetting, name, v, want[cmd])
		}
	}
	return nil
}

// gather takes what comes until done says so or the moment is there, which is no error. Data stays for Read.
func (s *netSerial) gather(until time.Time, done func(subs [][]byte) bool) error {
	if err := s.conn.SetReadDeadline(until); err != nil {
		return err
	}
	buf := make([]byte, 512)
	for {
		subs, err := s.take(buf)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return s.conn.SetReadDeadline(time.Time{})
			}
			return hungUp(err)
		}
		if done(subs) {
			return s.conn.SetReadDeadline(time.Time{})
		}
	}
}

// take reads once and answers what telnet wants answered.
func (s *netSerial) take(buf []byte) ([][]byte, error) {
	n, err := s.conn.Read(buf)
	data, reply, subs := s.tn.feed(buf[:n])
	s.in = append(s.in, data...)
	if len(reply) > 0 {
		s.mu.Lock()
		_, werr := send(s.conn, reply)
		s.mu.Unlock()
		if werr != nil {
			err = fmt.Errorf("%w: answer the server: %v", ErrHangup, werr) //nolint:errorlint // its deadline is not the reader's
		}
	}
	return subs, err
}

// Read returns data of the line.
func (s *netSerial) Read(b []byte) (int, error) {
	buf := make([]byte, max(len(b), 64))
	for len(s.in) == 0 {
		if _, err := s.take(buf); err != nil && len(s.in) == 0 {
			return 0, hungUp(err)
		}
	}
	n := copy(b, s.in)
	s.in = s.in[n:]
	return n, nil
}

// Write sends a frame in one piece: what the server packs together stays together.
func (s *netSerial) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := send(s.conn, doubled(b)); err != nil {
		return 0, err // of a frame that was broken off nobody knows how much the line saw
	}
	return len(b), nil
}

// SetReadDeadline ends a Read under way at a moment; zero: never.
func (s *netSerial) SetReadDeadline(t time.Time) error { return s.conn.SetReadDeadline(t) }

// Close ends the connection; the server frees its port.
func (s *netSerial) Close() error { return s.conn.Close() }
