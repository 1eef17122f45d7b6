package port_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"halld/devices/port"
)

func TestSoundFileGrows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.wav")
	c, err := port.Open(t.Context(), "sound:file:"+path, port.Line{Baud: 16000})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"aabbcc", "ddee"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("write: %d, %v", n, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != 54 || string(data[:4]) != "RIFF" || string(data[44:]) != "aabbccddee" || binary.LittleEndian.Uint32(data[40:]) != 10 ||
		binary.LittleEndian.Uint32(data[4:]) != 46 || binary.LittleEndian.Uint32(data[24:]) != 16000 {
		t.Errorf("the file is %d bytes: % x", len(data), data)
	}
	if _, err := c.Write([]byte("xx")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

// ALSA's own plug-in tee hands on exactly what aplay was given, without a sound card.
func TestSoundThroughAplay(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("aplay"); err != nil {
		t.Skip("aplay is not installed (alsa-utils)")
	}
	path := filepath.Join(t.TempDir(), "out.raw")
	c, err := port.Open(t.Context(), "sound:tee:null,'"+path+"',raw", port.Line{Baud: 22050})
	if err != nil {
		t.Skipf("this ALSA has no plug-in tee: %v", err)
	}
	defer c.Close()
	pcm := make([]byte, 22050)
	for i := range pcm {
		pcm[i] = byte(i*7 + i/256)
	}
	if _, err := c.Write(pcm); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, pcm) { // aplay fills its last period with silence
		t.Errorf("%d bytes came out, not the %d that went in", len(got), len(pcm))
	}
}

func TestNoSoundCard(t *testing.T) {
	t.Parallel()
	_, err := port.Open(t.Context(), "sound:hw:CARD=NoSuchCard", port.Line{Baud: 22050})
	if !errors.Is(err, port.ErrNoSound) {
		t.Errorf("a card that is not there: %v", err)
	}
	_, err = port.Open(t.Context(), "sound:file:/nowhere/at/all.wav", port.Line{})
	if !errors.Is(err, port.ErrNoSound) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestSoundReadEnds(t *testing.T) {
	t.Parallel()
	c, err := port.Open(t.Context(), "sound:file:"+filepath.Join(t.TempDir(), "x.wav"), port.Line{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read at the deadline: %v", err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, func() { c.Close() })
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read when closed: %v", err)
	}
}
