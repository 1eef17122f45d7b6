package sim

import (
	"errors"
	"io"
	"net"
	"sync"
)

// end is this side of a cable.
type end interface {
	io.ReadWriteCloser
	Name() string
}

// socket is a cable over TCP, as a serial device server has it: one host at a time, the newest wins. Some printers let the newest wait instead.
type socket struct {
	listener net.Listener
	waits    bool

	mu     sync.Mutex
	come   *sync.Cond
	conn   net.Conn
	closed bool
}

func listenSocket(address string, waits bool) (*socket, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &socket{listener: l, waits: waits}
	s.come = sync.NewCond(&s.mu)
	go s.accept()
	return s, nil
}

func (s *socket) accept() {
	for {
		s.mu.Lock()
		for s.waits && s.conn != nil && !s.closed {
			s.come.Wait()
		}
		s.mu.Unlock()
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.conn != nil {
			_ = s.conn.Close() // its host has gone, or is replaced
		}
		s.conn = conn
		s.come.Broadcast()
		s.mu.Unlock()
	}
}

func (s *socket) Name() string { return "tcp:" + s.listener.Addr().String() }

// Read waits for a host, and for the next one when it has gone.
func (s *socket) Read(b []byte) (int, error) {
	for {
		s.mu.Lock()
		for s.conn == nil && !s.closed {
			s.come.Wait()
		}
		conn, closed := s.conn, s.closed
		s.mu.Unlock()
		if closed {
			return 0, net.ErrClosed
		}
		n, err := conn.Read(b)
		if n > 0 {
			return n, nil
		}
		if err != nil {
			s.mu.Lock()
			if s.conn == conn {
				_ = conn.Close() // its host has gone
				s.conn = nil
				s.come.Broadcast()
			}
			s.mu.Unlock()
		}
	}
}

func (s *socket) Write(b []byte) (int, error) {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return 0, errors.New("no host is connected")
	}
	return conn.Write(b)
}

func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.come.Broadcast()
	return s.listener.Close()
}
