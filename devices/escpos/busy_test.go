package escpos

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/devices/profile"
)

// queue is a cable behind a kernel that takes everything at once: what is written reaches the printer at the speed of the line.
type queue struct {
	net.Conn
	mu    sync.Mutex
	bytes []byte
	wake  chan struct{}
}

func (q *queue) Write(b []byte) (int, error) {
	q.mu.Lock()
	q.bytes = append(q.bytes, b...)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return len(b), nil
}

// take brings the printer its next bytes; stop ends it.
func (q *queue) take(line profile.Line, stop <-chan struct{}, got func([]byte)) {
	const piece = 16
	for {
		q.mu.Lock()
		n := min(piece, len(q.bytes))
		b := q.bytes[:n]
		q.bytes = q.bytes[n:]
		q.mu.Unlock()
		if n == 0 {
			select {
			case <-q.wake:
				continue
			case <-stop:
				return
			}
		}
		time.Sleep(line.Wire(n))
		got(b)
	}
}

// A drawn ticket takes half a minute to go through a slow line, and no question can overtake it: the printer is not silent meanwhile. One that dies in the
// middle of it is named all the same.
func TestAPrinterIsNotSilentBehindItsOwnTicket(t *testing.T) {
	t.Parallel()
	for _, dies := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			line := profile.Line{Baud: 9600, Format: "8N1", ReplyMS: 400}
			here, there := net.Pipe()
			q, stop := &queue{Conn: here, wake: make(chan struct{}, 1)}, make(chan struct{})
			var mu sync.Mutex
			var reported []string
			pr := profile.Printer{Dots: 384, Columns: 32, BandRows: 24, Charset: "gb18030", Confirm: "process-id", ConfirmMS: 4000, Status: true, Bits: epsonBits()}
			prof := &profile.Profile{ID: "test", Line: line, Printer: &pr}
			dev, err := Open(t.Context(), q, devices.Setting{ID: "printer-1", Profile: prof, Report: func(p devices.Problem) {
				mu.Lock()
				defer mu.Unlock()
				reported = append(reported, p.Code)
			}})
			if err != nil {
				t.Fatal(err)
			}
			var done sync.WaitGroup
			var seen []byte
			total := 0
			done.Go(func() {
				q.take(line, stop, func(b []byte) {
					total += len(b)
					if dies && total > 5000 {
						return
					}
					seen = append(seen, b...)
					for {
						at, id := bytes.Index(seen, []byte{0x10, 0x04}), bytes.Index(seen, []byte{0x1D, '(', 'H'})
						switch {
						case at >= 0 && len(seen) > at+2:
							seen = seen[at+3:]
							_, _ = there.Write([]byte{0x12}) // a closed pipe ends the test elsewhere
						case id >= 0 && len(seen) >= id+11:
							_, _ = there.Write(append(append([]byte{0x37, 0x22}, seen[id+7:id+11]...), 0))
							seen = seen[id+11:]
						default:
							seen = seen[max(0, len(seen)-11):]
							return
						}
					}
				})
			})
			s := codeSlip()
			s.Template = strings.Repeat("{code:https://hall.example/t/1; option:qrcode,8,H}\n", 7)
			begun := time.Now()
			_, err = dev.(*Printer).Print(t.Context(), s, func() error { return nil })
			took := time.Since(begun)
			mu.Lock()
			silent := strings.Count(strings.Join(reported, " "), "silent")
			mu.Unlock()
			switch {
			case took < 10*time.Second:
				t.Errorf("the ticket took %v: the test tries nothing", took)
			case !dies && (err != nil || silent > 0):
				t.Errorf("a printer at work: %v, reported %v", err, reported)
			case dies && (err == nil || silent == 0):
				t.Errorf("a printer that died: %v, reported %v", err, reported)
			}
			_ = here.Close()
			_ = there.Close()
			close(stop)
			done.Wait()
			<-dev.(*Printer).ended
		})
	}
}
