package floor

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"halld/devices"
	"halld/devices/described"
	"halld/devices/profile"
	firmware "halld/firmware-configs"
	"halld/queue"
)

// wire is a line in memory to devices that never answer: what is written takes its time.
type wire struct {
	line profile.Line

	mu   sync.Mutex
	free time.Time
	sent []sent
}

type sent struct {
	data []byte
	at   time.Time // when its last byte was off the wire
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = time.Now().Add(max(0, time.Until(w.free)) + w.line.Wire(len(b)))
	w.sent = append(w.sent, sent{bytes.Clone(b), w.free})
	return len(b), nil
}

// since lists the frames from the n-th on.
func (w *wire) since(n int) []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sent(nil), w.sent[n:]...)
}

// plug is one device's end of a wire.
type plug struct {
	*wire
	once  sync.Once
	ended chan struct{}
}

func (p *plug) Read([]byte) (int, error) {
	<-p.ended
	return 0, io.EOF
}

func (*plug) SetReadDeadline(time.Time) error { return nil }

func (p *plug) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

// many are the devices of a hall.
type many map[string]devices.Device

func (m many) Get(id string) (devices.Device, bool) {
	d, there := m[id]
	return d, there
}

// strips is a hall with n windows, and at each a device of one profile, all on one line.
func strips(t *testing.T, id string, n int) (*wire, many, *queue.Config) {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	w, all, cfg, turn := &wire{line: p.Line}, many{}, &queue.Config{Name: "清溪"}, new(devices.Turn)
	for i := 1; i <= n; i++ {
		end := &plug{wire: w, ended: make(chan struct{})}
		name := fmt.Sprint(p.Kind, "-", i)
		dev, err := described.Open(t.Context(), end, devices.Setting{ID: name, Profile: p, Window: i, Address: i, Turn: turn, Log: slog.New(slog.DiscardHandler),
			Report: func(devices.Problem) {}, Input: func(devices.Input) {}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = end.Close() })
		all[name] = dev
		cfg.Devices = append(cfg.Devices, queue.Device{ID: queue.DeviceID(name), Kind: p.Kind, Window: queue.WindowID(strconv.Itoa(i))})
	}
	return w, all, cfg
}

func gbk(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// busyDay lets a hall with n windows issue a ticket every second and call one every two, each at another window, and tells what it cost on the wire.
func busyDay(t *testing.T, w *wire, all many, cfg *queue.Config, n int) (share float64, longest, frame time.Duration) {
	t.Helper()
	f := New(Options{Devices: all, Log: slog.New(slog.DiscardHandler)})
	defer f.Close()
	var seq uint64
	waiting := 30
	called := map[queue.WindowID]string{}
	tell := func() {
		seq++
		v := &queue.View{Seq: seq, Config: cfg, Queues: []queue.QueueView{{ID: "A", Waiting: waiting}}}
		for i := 1; i <= n; i++ {
			id := queue.WindowID(strconv.Itoa(i))
			win := queue.WindowView{ID: id, State: queue.WindowOpen, Queues: []queue.QueueID{"A"}}
			if number := called[id]; number != "" {
				win.Ticket = &queue.TicketView{Number: number, State: queue.Called}
			}
			v.Windows = append(v.Windows, win)
		}
		f.Update(v, nil)
	}
	tell()
	time.Sleep(8 * time.Second)
	first, begun := len(w.since(0)), time.Now()
	for k := range 20 {
		id, number := queue.WindowID(strconv.Itoa(k%n+1)), fmt.Sprintf("A%03d", k+1)
		before, at := len(w.since(0)), time.Now()
		called[id] = number
		waiting--
		tell()
		time.Sleep(time.Second)
		waiting++
		tell()
		time.Sleep(time.Second)
		waiting++
		tell()
		for _, s := range w.since(before) {
			if bytes.Contains(s.data, []byte(number)) {
				longest, frame = max(longest, s.at.Sub(at)), w.line.Wire(len(s.data))
				break
			}
		}
		delete(called, id)
		tell()
	}
	total := time.Duration(0)
	for _, s := range w.since(first) {
		total += w.line.Wire(len(s.data))
	}
	return float64(total) / float64(time.Since(begun)), longest, frame
}

// Forty strips on one line at 9600 baud, a ticket every second: what they show is not sent again because more people are in line, so a call finds the line
// free, and each of them is shown its face again within half a minute all the same.
func TestACountFloodsNoLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 40
		w, all, cfg := strips(t, "yongtai", n)
		share, longest, frame := busyDay(t, w, all, cfg, n)
		t.Logf("%.0f %% of the wire; the longest of 20 calls took %v, its frame %v", 100*share, longest, frame)
		if share > 0.25 {
			t.Errorf("what hardly changes takes %.0f %% of the line", 100*share)
		}
		const prepare = 29                                                        // bytes that announce a text
		if one := frame + w.line.Wire(prepare); longest == 0 || longest > 2*one { // behind the text that is on the wire
			t.Errorf("a call took %v; its text takes %v", longest, one)
		}
		idle, last := gbk(t, "欢迎光临"), map[byte]time.Time{}
		for _, s := range w.since(0) {
			if !bytes.Contains(s.data, idle) {
				continue
			}
			addr := s.data[3] // of the profile's frame
			if was := last[addr]; !was.IsZero() && s.at.Sub(was) > 30*time.Second && int(addr) > 20 {
				t.Errorf("strip %d was not shown its face for %v", addr, s.at.Sub(was))
			}
			last[addr] = s.at
		}
		if len(last) != n {
			t.Errorf("%d strips were shown their face", len(last))
		}
	})
}

// What shows how many people are in line is told so, at most every two seconds, and leaves the line free at least half of the time.
func TestACountIsShownWhereItIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 40
		w, all, cfg := strips(t, "caller-ff68", n)
		share, _, _ := busyDay(t, w, all, cfg, n)
		t.Logf("%.0f %% of the wire", 100*share)
		if share > 0.55 || share < 0.1 {
			t.Errorf("the counts take %.0f %% of the line", 100*share)
		}
	})
}
