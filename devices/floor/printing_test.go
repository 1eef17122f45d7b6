package floor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
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

	setup    []queue.Device
	printer  devices.Device
	others   map[string]devices.Device // by ID; printer-1 is printer
	problems []devices.Problem
	endedAt  map[queue.JobID]time.Time
}

func newOutbox(t *testing.T, p devices.Device) *outbox {
	o := &outbox{t: t, printer: p, setup: []queue.Device{{ID: "printer-1", Kind: "printer"}}, endedAt: map[queue.JobID]time.Time{}, jobs: []queue.PrintJob{{ID: "A001#1", Ticket: "A001", Printer: "printer-1", Copy: 1, State: queue.PrintPending}}}
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

func (o *outbox) Get(id string) (devices.Device, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if other, known := o.others[id]; known {
		return other, true
	}
	return o.printer, o.printer != nil
}

// add issues one more ticket.
func (o *outbox) add(id queue.JobID, printer queue.DeviceID) {
	o.mu.Lock()
	o.jobs = append(o.jobs, queue.PrintJob{ID: id, Ticket: queue.TicketID(id), Printer: printer, Copy: 1, State: queue.PrintPending})
	o.mu.Unlock()
	o.tell()
}

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
		o.endedAt[c.Job] = time.Now()
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
	v := &queue.View{Seq: o.seq, Config: &queue.Config{Name: "清溪", Devices: o.setup, Queues: []queue.Queue{{ID: "A"}}},
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
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
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
	})
}

// A late proof is stored whatever is wrong with the store meanwhile, ends what people were told to look for, and is not asked of a closed floor.
func TestLateProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
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
	})
}

// The jobs of a printer that is away fail together when its patience is over, those that came later too, and who comes afterwards is told at once. Nobody
// at another printer waits for it. One that answers nothing on an open port is as good as away.
//
// Hard case: stalled_printer_slows_nobody.
func TestTheWaitIsThePrinters(t *testing.T) {
	t.Parallel()
	mute := paper{func(func() error) (devices.Proof, error) {
		return devices.NoProof, &devices.PrintError{Nothing: true, Problem: devices.NewProblem("printer-1", "silent", time.Now())}
	}}
	good := paper{func(started func() error) (devices.Proof, error) { return devices.ByProcessID, started() }}
	for _, c := range []struct {
		name    string
		printer devices.Device
		code    string
	}{{"away", nil, "unplugged"}, {"mute", mute, "silent"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const patience = 10 * time.Second
				o := newOutbox(t, c.printer)
				o.f.o.PrinterWait = patience
				o.others = map[string]devices.Device{"printer-2": good}
				begun := time.Now()
				o.tell()
				for i := range 5 { // a citizen every second and a half, and every other one at the printer that works
					time.Sleep(1500 * time.Millisecond)
					o.add(queue.JobID(fmt.Sprintf("B%d", i)), "printer-1")
					o.add(queue.JobID(fmt.Sprintf("C%d", i)), "printer-2")
				}
				time.Sleep(patience)
				synctest.Wait()
				if got := len(o.ended(11)); got != 11 {
					t.Fatalf("%d prints ended", got)
				}
				for _, e := range o.ended(11) {
					took := o.endedAt[e.Job].Sub(begun)
					switch {
					case e.Job[0] == 'C':
						if want := time.Duration(e.Job[1]-'0'+1) * 1500 * time.Millisecond; e.Result != queue.PrintPrinted || took > want+10*time.Millisecond {
							t.Errorf("at the printer that works %+v after %v, issued after %v", e, took, want)
						}
					case e.Result != queue.PrintFailed || e.Problem != c.code || took < patience || took > patience+lookAgain:
						t.Errorf("%+v after %v, want all of them after %v", e, took, patience)
					}
				}
				late := time.Now()
				o.add("D", "printer-1")
				o.ended(12)
				if took := o.endedAt["D"].Sub(late); took > lookAgain {
					t.Errorf("who came to a printer known to be away waited %v", took)
				}

				// It comes back, and goes away again: it has its whole patience anew.
				o.mu.Lock()
				o.printer = good
				o.mu.Unlock()
				o.f.DeviceUp("printer-1")
				o.add("E", "printer-1")
				if e := o.ended(13)[12]; e.Result != queue.PrintPrinted {
					t.Errorf("of the printer that came back: %+v", e)
				}
				o.mu.Lock()
				o.printer = c.printer
				o.mu.Unlock()
				again := time.Now()
				o.add("F", "printer-1")
				time.Sleep(patience + time.Second)
				o.ended(14)
				if took := o.endedAt["F"].Sub(again); took < patience-lookAgain {
					t.Errorf("the second absence was waited for %v only", took)
				}
			})
		})
	}
}

// A printer that takes nothing holds each try longer than the patience itself: the citizen is told behind the first one, not never.
func TestATryOutlastsThePatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const patience, try = 10 * time.Second, 12 * time.Second
		o := newOutbox(t, paper{func(func() error) (devices.Proof, error) {
			time.Sleep(try)
			return devices.NoProof, &devices.PrintError{Nothing: true, Problem: devices.NewProblem("printer-1", "silent", time.Now())}
		}})
		o.f.o.PrinterWait = patience
		begun := time.Now()
		o.tell()
		time.Sleep(2 * try)
		synctest.Wait()
		if e := o.ended(1)[0]; e.Result != queue.PrintFailed || o.endedAt[e.Job].Sub(begun) > try+lookAgain {
			t.Errorf("%+v after %v", e, o.endedAt[e.Job].Sub(begun))
		}
	})
}

// tornPrinter notes which slips it was told to cut free, and ends its prints as the test says.
type tornPrinter struct {
	paper
	mu   sync.Mutex
	torn []bool
	ends []error
}

func (p *tornPrinter) Print(_ context.Context, s devices.Slip, started func() error) (devices.Proof, error) {
	if err := started(); err != nil {
		return devices.NoProof, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.torn = append(p.torn, s.Torn)
	err := p.ends[0]
	p.ends = p.ends[1:]
	return devices.NoProof, err
}

// The ticket behind one that was broken off is cut free of it, whatever opened the port meanwhile; one behind a ticket that was sent whole is not.
func TestTheTicketBehindATornOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		unproved := func(nothing, torn bool) error {
			return &devices.PrintError{Nothing: nothing, Torn: torn, Problem: devices.NewProblem("printer-1", "unplugged", time.Now())}
		}
		dev := &tornPrinter{ends: []error{nil, unproved(false, true), unproved(true, false), unproved(false, false), nil}}
		o := newOutbox(t, dev)
		o.jobs[0].State = queue.PrintPrinting // of a run that was killed in mid-ticket
		for i := range 5 {
			o.add(queue.JobID(fmt.Sprint("B", i)), "printer-1")
		}
		o.ended(6)
		if want := []bool{true, false, true, true, false}; !slices.Equal(dev.torn, want) {
			t.Errorf("cut free: %v, want %v", dev.torn, want)
		}
	})
}
