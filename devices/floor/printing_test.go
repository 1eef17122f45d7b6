package floor

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/port"
	"halld/queue"
)

// outbox is a hall with one printer and one ticket whose print is pending; every command of the floor is kept.
type outbox struct {
	t    *testing.T
	f    *Floor
	mu   sync.Mutex
	seq  uint64
	jobs []queue.PrintJob
	ends []queue.EndPrint
	not  int // how many of the next commands are answered with an error that says nothing

	printer  devices.Device
	problems []devices.Problem
}

func newOutbox(t *testing.T, p devices.Device) *outbox {
	o := &outbox{t: t, printer: p, jobs: []queue.PrintJob{{ID: "A001#1", Ticket: "A001", Printer: "printer-1", Copy: 1, State: queue.PrintPending}}}
	o.f = New(Options{Do: o.do, Devices: o, PrinterWait: 100 * time.Millisecond,
		Ticket: func(_ context.Context, id queue.TicketID) (queue.Ticket, error) {
			return queue.Ticket{ID: id, Number: "A001"}, nil
		},
		Report: func(p devices.Problem) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.problems = append(o.problems, p)
		}})
	t.Cleanup(o.f.Close)
	return o
}

func (o *outbox) Get(string) (devices.Device, bool) { return o.printer, o.printer != nil }

// do is a hall that keeps no rules but those of a job: pending, then printing, then away.
func (o *outbox) do(_ context.Context, _ string, _ queue.Actor, cmd queue.Command) (queue.Answer, error) {
	o.mu.Lock()
	if o.not > 0 {
		o.not--
		o.mu.Unlock()
		return queue.Answer{}, fmt.Errorf("the disk is full")
	}
	switch c := cmd.(type) {
	case queue.StartPrint:
		for i := range o.jobs {
			if o.jobs[i].ID == c.Job {
				o.jobs[i].State = queue.PrintPrinting
			}
		}
	case queue.EndPrint:
		o.ends = append(o.ends, c)
		for i := range o.jobs {
			if o.jobs[i].ID == c.Job {
				o.jobs = append(o.jobs[:i:i], o.jobs[i+1:]...)
				break
			}
		}
	}
	o.mu.Unlock()
	o.tell()
	return queue.Answer{}, nil
}

func (o *outbox) tell() {
	o.mu.Lock()
	o.seq++
	v := &queue.View{Seq: o.seq, Config: &queue.Config{Name: "清溪", Devices: []queue.Device{{ID: "printer-1", Kind: "printer"}}, Queues: []queue.Queue{{ID: "A"}}},
		Jobs: append([]queue.PrintJob{}, o.jobs...)}
	o.mu.Unlock()
	go o.f.Update(v, nil)
}

func (o *outbox) ended(n int) []queue.EndPrint {
	o.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		o.mu.Lock()
		got := append([]queue.EndPrint{}, o.ends...)
		o.mu.Unlock()
		if len(got) >= n {
			return got
		}
		if time.Now().After(end) {
			o.t.Fatalf("%d prints ended, want %d: %+v", len(got), n, got)
		}
	}
}

// paper is a printer whose prints end as the test says.
type paper struct {
	print func(started func() error) (devices.Proof, error)
}

func (paper) Probe(context.Context) error { return nil }
func (paper) Halt(context.Context) error  { return nil }

func (p paper) Print(_ context.Context, _ devices.Slip, started func() error) (devices.Proof, error) {
	return p.print(started)
}

// What a port was told of the printer at its end is stored with the print, even where the driver hands its error on as it is.
func TestPrintEndsWithTheProblemOfThePort(t *testing.T) {
	for _, begun := range []bool{false, true} {
		o := newOutbox(t, paper{func(started func() error) (devices.Proof, error) {
			if begun {
				if err := started(); err != nil {
					return devices.NoProof, err
				}
			}
			return devices.NoProof, fmt.Errorf("write: %w", port.ErrNoPaper)
		}})
		o.tell()
		want := queue.PrintFailed
		if begun {
			want = queue.PrintUnknown
		}
		if got := o.ended(1)[0]; got.Result != want || got.Problem != "paper-out" {
			t.Errorf("begun %v: %+v", begun, got)
		}
	}
}

// A late proof is stored whatever is wrong with the store meanwhile, ends what people were told to look for, and is not asked of a closed floor.
func TestLateProof(t *testing.T) {
	o := newOutbox(t, paper{func(started func() error) (devices.Proof, error) {
		return devices.NoProof, &devices.PrintError{Nothing: started() != nil, Problem: devices.NewProblem("printer-1", "unproved", time.Now())}
	}})
	o.tell()
	if got := o.ended(1)[0]; got.Result != queue.PrintUnknown {
		t.Fatalf("%+v", got)
	}
	o.mu.Lock()
	o.not = 2
	o.mu.Unlock()
	o.f.Proved("printer-1", "A000#1", devices.ByProcessID) // of an older print: the last one is still unproved
	o.f.Proved("printer-1", "A001#1", devices.ByProcessID)
	got := o.ended(3)
	for _, e := range got[1:] {
		if e.Result != queue.PrintPrinted || e.Method != "process-id" || e.Problem != "" {
			t.Errorf("%+v", e)
		}
	}
	cleared := func() (begun, over int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, p := range o.problems {
			if p.Code == "unproved" && p.Cleared {
				over++
			} else if p.Code == "unproved" {
				begun++
			}
		}
		return begun, over
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		if begun, over := cleared(); begun == 1 && over == 1 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("told %d times to look, %d times that it is over", begun, over)
		}
	}
	o.f.Close()
	o.f.Proved("printer-1", "A001#1", devices.ByProcessID)
	if n := len(o.ended(3)); n != 3 {
		t.Errorf("a closed floor went on: %d ends", n)
	}
}
