package escpos

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/port"
	"halld/devices/profile"
)

// usbPort is a port that knows how the printer at its end is, as that of a USB printer does, and takes so many bytes while something is wrong.
type usbPort struct {
	net.Conn
	mu    sync.Mutex
	fault error
	takes int
	got   int
}

func (u *usbPort) Trouble() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fault
}

func (u *usbPort) set(fault error, takes int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.fault, u.takes = fault, takes
}

func (u *usbPort) Write(b []byte) (int, error) {
	u.mu.Lock()
	n := len(b)
	if u.fault != nil {
		n = min(n, u.takes)
		u.takes -= n
	}
	u.got += n
	fault := u.fault
	u.mu.Unlock()
	if n < len(b) {
		time.Sleep(20 * time.Millisecond) // the real one waits five seconds
		return n, fmt.Errorf("%w: %w", fault, os.ErrDeadlineExceeded)
	}
	return n, nil
}

// usbPrinter is a driver on such a port, and the problems that it has now.
func usbPrinter(t *testing.T, pr profile.Printer, set map[string]string) (*Printer, *usbPort, func() map[string]bool) {
	t.Helper()
	here, there := net.Pipe()
	pr.Dots, pr.Columns, pr.BandRows, pr.Charset = 384, 32, 24, "gb18030"
	u := &usbPort{Conn: here}
	var mu sync.Mutex
	on := map[string]bool{}
	dev, err := Open(t.Context(), u, devices.Setting{ID: "printer-1", Profile: &profile.Profile{ID: "test", Printer: &pr}, Set: set, Report: func(p devices.Problem) {
		mu.Lock()
		defer mu.Unlock()
		if on[p.Code] = !p.Cleared; p.Cleared {
			delete(on, p.Code)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = here.Close()
		_ = there.Close()
		<-dev.(*Printer).ended
	})
	return dev.(*Printer), u, func() map[string]bool {
		mu.Lock()
		defer mu.Unlock()
		out := map[string]bool{}
		for c := range on {
			out[c] = true
		}
		return out
	}
}

// A printer that answers nothing is known by what its port is told: paper that is out is named at the next sign of life, keeps a ticket from being begun,
// and is over when it is over. What else the port says is shown, and does not keep the printer from printing.
func TestPortTellsOfAPrinterThatAnswersNothing(t *testing.T) {
	t.Parallel()
	p, u, problems := usbPrinter(t, profile.Printer{Confirm: "none"}, map[string]string{"fault_wait": "1"})
	for _, c := range []struct {
		fault error
		code  string
		begun bool
	}{{port.ErrNoPaper, "paper-out", false}, {port.ErrOffLine, "offline", true}, {port.ErrFault, "printer-error", true}} {
		u.set(fmt.Errorf("status: %w", c.fault), 1<<20)
		if err := p.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := problems(); !got[c.code] || len(got) != 1 {
			t.Errorf("%v: problems %v", c.fault, got)
		}
		begun := false
		_, err := p.Print(t.Context(), fullSlip(), func() error { begun = true; return nil })
		var pe *devices.PrintError
		if !errors.As(err, &pe) || pe.Problem.Code != c.code || pe.Nothing == c.begun || begun != c.begun {
			t.Errorf("%v: print gave %v, begun %v", c.fault, err, begun)
		}
		u.set(nil, 0)
		if err := p.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := problems(); len(got) != 0 {
			t.Errorf("%v is over, and there are problems %v", c.fault, got)
		}
	}
}

// Paper that runs out in mid-ticket is named so, not as bytes that cannot be sent; without a byte taken nothing came out.
func TestPaperOutInMidTicketOnUSB(t *testing.T) {
	t.Parallel()
	for _, takes := range []int{0, 100} {
		p, u, problems := usbPrinter(t, profile.Printer{Confirm: "none", Chunk: 64}, map[string]string{"fault_wait": "1"})
		_, err := p.Print(t.Context(), fullSlip(), func() error { u.set(port.ErrNoPaper, takes); return nil })
		var pe *devices.PrintError
		if !errors.As(err, &pe) || pe.Problem.Code != "paper-out" || pe.Nothing != (takes == 0) || !errors.Is(err, port.ErrNoPaper) {
			t.Errorf("%d bytes taken: %v", takes, err)
		}
		if got := problems(); !got["paper-out"] || len(got) != 1 {
			t.Errorf("%d bytes taken: problems %v", takes, got)
		}
	}
}

// Paper that is loaded in time lets the rest of the ticket follow, and the problem is over.
func TestPaperLoadedInTimeOnUSB(t *testing.T) {
	t.Parallel()
	p, u, problems := usbPrinter(t, profile.Printer{Confirm: "none", Chunk: 64}, nil)
	want, err := p.ticket(fullSlip())
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() {
		_, err := p.Print(t.Context(), fullSlip(), func() error { u.set(port.ErrNoPaper, 100); return nil })
		over <- err
	}()
	for end := time.Now().Add(10 * time.Second); !problems()["paper-out"]; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody says that paper is out")
		}
	}
	u.set(nil, 0)
	var pe *devices.PrintError
	if err := <-over; !errors.As(err, &pe) || pe.Problem.Code != "unproved" {
		t.Errorf("print: %v", err)
	}
	if u.mu.Lock(); u.got != len(want) {
		t.Errorf("%d bytes went out, the ticket has %d", u.got, len(want))
	}
	u.mu.Unlock()
	if got := problems(); len(got) != 0 {
		t.Errorf("problems %v", got)
	}
}

// A printer that answers status requests and is out of paper may take not even those: it is out of paper, not silent and not gone.
func TestPaperOutBeforeAQuestionOnUSB(t *testing.T) {
	t.Parallel()
	p, u, problems := usbPrinter(t, profile.Printer{Confirm: "gs-r", Status: true, Bits: profile.EpsonBits}, nil)
	u.set(port.ErrNoPaper, 0)
	_, err := p.Print(t.Context(), fullSlip(), func() error { return io.ErrUnexpectedEOF })
	var pe *devices.PrintError
	if !errors.As(err, &pe) || pe.Problem.Code != "paper-out" || !pe.Nothing {
		t.Errorf("print: %v", err)
	}
	if got := problems(); !got["paper-out"] || len(got) != 1 {
		t.Errorf("problems %v", got)
	}
}
