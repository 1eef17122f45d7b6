package floor

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/queue"
)

// hallOf is a hall with these devices, and with windows 1 to 3 open.
func hallOf(seq uint64, cfg *queue.Config) *queue.View {
	v := &queue.View{Seq: seq, Config: cfg}
	for _, id := range []queue.WindowID{"1", "2", "3"} {
		v.Windows = append(v.Windows, queue.WindowView{ID: id, State: queue.WindowOpen})
	}
	return v
}

// A printer that is taken out of the set-up fails what waits for it at once, though it is still there and much patience is left: nobody waits for paper that cannot
// come. Then nothing is left of it, and when it is set up again it prints.
func TestAPrinterGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(t, nil)
		o.f.o.PrinterWait = time.Hour
		o.tell()
		o.add("A002#1", "printer-1")
		synctest.Wait()
		o.mu.Lock()
		o.printer = paper{func(func() error) (devices.Proof, error) {
			t.Error("it printed")
			return devices.ByStatus, nil
		}}
		setup := o.setup
		o.setup = nil
		o.mu.Unlock()
		begun := time.Now()
		o.tell()
		for _, end := range o.ended(2) {
			if end.Result != queue.PrintFailed || end.Problem != "unplugged" {
				t.Errorf("%+v", end)
			}
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		o.f.mu.Lock()
		if len(o.f.printers) != 0 {
			t.Errorf("%d printers are left", len(o.f.printers))
		}
		o.f.mu.Unlock()
		o.mu.Lock()
		o.setup, o.printer = setup, paper{func(started func() error) (devices.Proof, error) { return devices.ByStatus, started() }}
		o.mu.Unlock()
		o.add("A003#1", "printer-1")
		if got := o.ended(3)[2]; got.Result != queue.PrintPrinted {
			t.Errorf("set up again: %+v", got)
		}
	})
}

// Another set-up: a board that stays as it is is shown nothing, one that stands at another window shows that one, a new one shows its window at once, and what is
// gone is shown nothing more and leaves nothing behind.
func TestBoardsFollowTheSetUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stays, moves, goes, comes := &shelf{}, &shelf{}, &shelf{}, &shelf{}
		f := New(Options{Devices: many{"stays": stays, "moves": moves, "goes": goes, "comes": comes}, Refresh: 30 * time.Second, Log: slog.New(slog.DiscardHandler)})
		defer f.Close()
		before := &queue.Config{Devices: []queue.Device{{ID: "stays", Kind: "board", Window: "1", Address: 1}, {ID: "moves", Kind: "board", Window: "2", Address: 2},
			{ID: "goes", Kind: "board+caller", Window: "3", Address: 3}}}
		f.Update(hallOf(1, before), nil)
		f.Input(devices.Input{Device: "goes", Window: 3, Key: "none"})
		synctest.Wait()
		for _, s := range []*shelf{stays, moves, goes} {
			if n := len(s.shown()); n != 1 && (s != goes || n != 2) { // a press that means nothing has its unit show again what holds
				t.Fatalf("at first: %v", s.shown())
			}
		}
		gone := len(goes.shown())
		after := &queue.Config{Devices: []queue.Device{{ID: "comes", Kind: "board", Window: "2"}, {ID: "moves", Kind: "board", Window: "3", Address: 2},
			{ID: "stays", Kind: "board", Window: "1", Address: 1}}}
		f.Update(hallOf(2, after), nil)
		synctest.Wait()
		if got := stays.shown(); len(got) != 1 {
			t.Errorf("a board that did not change was shown %v", got)
		}
		if got := moves.shown(); len(got) != 2 || got[1].Window != 3 {
			t.Errorf("a board that stands elsewhere now was shown %v", got)
		}
		if got := comes.shown(); len(got) != 1 || got[0].Window != 2 {
			t.Errorf("a new board was shown %v", got)
		}
		time.Sleep(2 * time.Minute)
		if got := goes.shown(); len(got) != gone {
			t.Errorf("a board that is gone was shown %v", got)
		}
		if got := stays.shown(); len(got) < 4 {
			t.Errorf("a board that stayed was not refreshed: %v", got)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.shows) != 3 || len(f.inputs) != 0 {
			t.Errorf("%d shows and %d inboxes are left", len(f.shows), len(f.inputs))
		}
	})
}
