package pace

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func TestLineTime(t *testing.T) {
	for _, c := range []struct {
		line Line
		want time.Duration
	}{
		{Line{9600, 8, 'N', 1}, 1041666 * time.Nanosecond},
		{Line{9600, 8, 'E', 1}, 1145833 * time.Nanosecond},
		{Line{2400, 7, 'E', 2}, 4583333 * time.Nanosecond},
		{Line{115200, 8, 'N', 2}, 95486 * time.Nanosecond},
	} {
		if got := c.line.Time(1); got != c.want {
			t.Errorf("%v: a byte takes %v, want %v", c.line, got, c.want)
		}
	}
}

// clocked notes when each byte is written.
type clocked struct {
	start time.Time
	at    []time.Duration
}

func (c *clocked) Write(b []byte) (int, error) {
	for range b {
		c.at = append(c.at, time.Since(c.start))
	}
	return len(b), nil
}

func TestPacer(t *testing.T) {
	for _, line := range []Line{{1200, 8, 'N', 1}, {9600, 8, 'N', 1}, {115200, 8, 'N', 1}} {
		synctest.Test(t, func(t *testing.T) {
			wire := &clocked{start: time.Now()}
			message := make([]byte, line.Baud/10) // about a second
			n, err := (&Pacer{W: wire, Line: line}).Write(message)
			if n != len(message) || err != nil {
				t.Fatalf("%v: wrote %d bytes, %v", line, n, err)
			}
			for i, at := range wire.at {
				due := line.Time(i + 1)
				if late := at - due; late < 0 || late > batch {
					t.Fatalf("%v: byte %d written after %v, due after %v", line, i, at, due)
				}
			}
		})
	}
}

func TestPacedReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := Line{9600, 8, 'N', 1}
		sent := bytes.Repeat([]byte("x"), 960)
		start := time.Now()
		got, err := io.ReadAll(&PacedReader{R: bytes.NewReader(sent), Line: line})
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
		if took, want := time.Since(start), line.Time(len(sent)); (took - want).Abs() > time.Microsecond {
			t.Errorf("960 bytes at 9600 baud took %v, want %v", took, want)
		}
	})
}
