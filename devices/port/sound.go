package port

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrNoSound is a sound card that is not there or takes nothing, or the missing program that plays to it.
var ErrNoSound = errors.New("no sound can be played")

// sound is a sound card as a port: each Write is raw samples (signed, 16 bits, little endian, mono) and returns when they have been played. It is
// read by nobody and has nothing to say.
type sound struct {
	rate   int
	card   string   // ALSA's name; empty: file
	file   *os.File // a WAV file that grows
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex // one Write at a time
	deadline chan time.Time
}

// sampleRate is that of a sound port without a rate.
const sampleRate = 22050

// openSound opens sound:CARD, an ALSA name, or sound:file:PATH. Line.Baud is the rate in samples per second.
func openSound(ctx context.Context, name string, line Line) (Conn, error) {
	s := &sound{rate: line.Baud, card: name, deadline: make(chan time.Time, 1)}
	if s.rate <= 0 {
		s.rate = sampleRate
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if path, ok := strings.CutPrefix(name, "file:"); ok {
		f, err := os.Create(path)
		if err != nil {
			return nil, fmt.Errorf("open sound:%s: %w: %w", name, ErrNoSound, err)
		}
		s.card, s.file = "", f
		if err := s.append(nil); err != nil {
			_ = f.Close() // what went wrong first is what is told
			return nil, err
		}
		return s, nil
	}
	if name == "" {
		return nil, fmt.Errorf("open sound: %w: write sound:default, or a name that aplay -L lists", ErrNotThere)
	}
	// A moment of silence shows whether the card is there and takes this rate.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.play(ctx, make([]byte, 2*s.rate/50)); err != nil {
		return nil, fmt.Errorf("open sound:%s: %w", name, err)
	}
	return s, nil
}

// Write plays samples.
func (s *sound) Write(pcm []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return 0, os.ErrClosed
	}
	var err error
	if s.file != nil {
		err = s.append(pcm)
	} else {
		lasts := time.Duration(len(pcm)/2) * time.Second / time.Duration(s.rate)
		ctx, cancel := context.WithTimeout(s.ctx, 2*lasts+5*time.Second)
		err = s.play(ctx, pcm)
		cancel()
	}
	if err != nil {
		return 0, err
	}
	return len(pcm), nil
}

// play pipes samples to aplay, which ends when the card has played them.
func (s *sound) play(ctx context.Context, pcm []byte) error {
	prog, err := exec.LookPath("aplay")
	if err != nil {
		return fmt.Errorf("%w: aplay is not installed; apt-get install alsa-utils", ErrNoSound)
	}
	cmd := exec.CommandContext(ctx, prog, "-q", "-t", "raw", "-f", "S16_LE", "-r", strconv.Itoa(s.rate), "-c", "1", "-D", s.card, "-")
	cmd.Stdin = bytes.NewReader(pcm)
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	switch err := cmd.Run(); {
	case s.ctx.Err() != nil:
		return os.ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("%w: the card %s took no samples in time", ErrNoSound, s.card)
	case err != nil:
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%w: aplay -D %s: %s; aplay -L lists the cards", ErrNoSound, s.card, lines[len(lines)-1])
	}
	return nil
}

// append adds samples to the file and brings the sizes in its head up to date.
func (s *sound) append(pcm []byte) error {
	end, err := s.file.Seek(0, 2)
	if err == nil && end >= 44 {
		_, err = s.file.WriteAt(pcm, end)
	} else {
		end = 44
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoSound, err)
	}
	size := uint32(end) - 44 + uint32(len(pcm))
	le := binary.LittleEndian
	head := le.AppendUint32([]byte("RIFF"), 36+size)
	head = append(head, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...) // 16 bytes: PCM, mono
	head = le.AppendUint32(head, uint32(s.rate))
	head = le.AppendUint32(head, uint32(2*s.rate))
	head = append(head, "\x02\x00\x10\x00data"...)
	head = le.AppendUint32(head, size)
	if _, err := s.file.WriteAt(head, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrNoSound, err)
	}
	return nil
}

// Read waits for the deadline or the end: a sound card says nothing.
func (s *sound) Read([]byte) (int, error) {
	var t <-chan time.Time
	for {
		select {
		case at := <-s.deadline:
			t = nil
			if !at.IsZero() {
				t = time.After(time.Until(at))
			}
		case <-t:
			return 0, os.ErrDeadlineExceeded
		case <-s.ctx.Done():
			return 0, os.ErrClosed
		}
	}
}

// SetReadDeadline ends a Read at a moment; zero: never.
func (s *sound) SetReadDeadline(at time.Time) error {
	for {
		select {
		case s.deadline <- at:
			return nil
		case <-s.deadline: // an older one that nobody read
		}
	}
}

// Close ends what is being played.
func (s *sound) Close() error {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		return s.file.Close()
	}
	return nil
}
