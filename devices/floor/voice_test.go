package floor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/devices/speech"
	"halld/queue"
)

// hall is a small hall without a store: the view is what the test says.
type hall struct {
	t     *testing.T
	f     *Floor
	cfg   *queue.Config
	log   *lines
	mu    sync.Mutex
	there map[string]devices.Device
	legs  map[queue.TicketID]int
	seq   uint64
	at    map[queue.WindowID]string // number called at a window

	problems []devices.Problem
}

type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (h *hall) Get(id string) (devices.Device, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, ok := h.there[id]
	return d, ok
}

func (h *hall) plug(id string, d devices.Device) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.there[id] = d
}

func newHall(t *testing.T, zones []queue.Zone, voices ...queue.Device) *hall {
	h := &hall{t: t, log: &lines{}, there: map[string]devices.Device{}, legs: map[queue.TicketID]int{}, at: map[queue.WindowID]string{}}
	for i := range zones {
		if zones[i].Gap == 0 {
			zones[i].Gap = time.Millisecond
		}
		if zones[i].Languages == nil {
			zones[i].Languages = []string{"zh"}
		}
		if zones[i].MaxAge == 0 {
			zones[i].MaxAge = 45 * time.Second
		}
	}
	h.cfg = &queue.Config{Name: "清溪", Zones: zones, Devices: voices}
	h.start()
	return h
}

// start makes the floor of the hall, for the first time or anew.
func (h *hall) start() {
	h.f = New(Options{Report: func(p devices.Problem) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.problems = append(h.problems, p)
	}, Devices: h, Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Ticket: func(_ context.Context, id queue.TicketID) (queue.Ticket, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return queue.Ticket{ID: id, Leg: h.legs[id]}, nil
		}})
	h.t.Cleanup(h.f.Close)
	h.tell()
}

// tell shows the floor the hall after some events.
func (h *hall) tell(events ...queue.Event) {
	h.mu.Lock()
	h.seq++
	v := &queue.View{Seq: h.seq, Config: h.cfg}
	for w, number := range h.at {
		v.Windows = append(v.Windows, queue.WindowView{ID: w, State: queue.WindowOpen, Ticket: &queue.TicketView{ID: queue.TicketID("t" + number), Number: number, State: queue.Called}})
		v.Calls = append(v.Calls, queue.CallView{Ticket: queue.TicketID("t" + number), Number: number, Window: w, Active: true})
	}
	v.Calls = v.Calls[:min(len(v.Calls), queue.CallsShown)]
	h.mu.Unlock()
	h.f.Update(v, events)
}

func (h *hall) call(number string, w queue.WindowID) {
	h.mu.Lock()
	h.at[w] = number
	h.mu.Unlock()
	h.tell(queue.Event{Fact: queue.TicketCalled{Ticket: queue.TicketID("t" + number), Window: w}})
}

func (h *hall) recall(number string, w queue.WindowID) {
	h.tell(queue.Event{Fact: queue.TicketRecalled{Ticket: queue.TicketID("t" + number), Window: w}})
}

func (h *hall) leave(w queue.WindowID) {
	h.mu.Lock()
	delete(h.at, w)
	h.mu.Unlock()
	h.tell()
}

// until waits for something that must come true.
func (h *hall) until(what string, ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("%s never came; log:\n%s", what, h.log)
		}
	}
}

func (h *hall) stats(zone string) VoiceStats {
	for _, s := range h.f.VoiceStats() {
		if s.Zone == zone {
			return s
		}
	}
	return VoiceStats{}
}

// mouth is a voice that notes what it says, and whether two sentences were said at once in its zone.
type mouth struct {
	zone  *zoneEar
	id    string
	langs []string
	lasts time.Duration
	gate  chan struct{} // if not nil, each sentence waits for one
	err   error
}

type zoneEar struct {
	mu      sync.Mutex
	said    []string
	now     map[string]int // text → mouths that say it now
	clashes int
}

func (m *mouth) Probe(context.Context) error                { return nil }
func (m *mouth) Halt(context.Context) error                 { return nil }
func (m *mouth) Languages() []string                        { return m.langs }
func (m *mouth) Say(ctx context.Context, text string) error { return errors.New("not asked") }

func (m *mouth) Speak(ctx context.Context, s speech.Sentence, chime bool) error {
	text := s.Text()
	if chime {
		text = "♪" + text
	}
	z := m.zone
	z.mu.Lock()
	z.said = append(z.said, m.id+":"+text)
	z.now[text]++
	if len(z.now) > 1 {
		z.clashes++
	}
	z.mu.Unlock()
	defer func() {
		z.mu.Lock()
		if z.now[text]--; z.now[text] == 0 {
			delete(z.now, text)
		}
		z.mu.Unlock()
	}()
	if m.gate != nil {
		select {
		case <-m.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	time.Sleep(m.lasts)
	return m.err
}

func (z *zoneEar) heard() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.said)
}

func newEar() *zoneEar { return &zoneEar{now: map[string]int{}} }

func voiceOf(id, zone string) queue.Device {
	return queue.Device{ID: queue.DeviceID(id), Kind: "voice", Zone: queue.ZoneID(zone)}
}

// Twenty calls at once in one zone: twenty announcements in order, whole, on all outputs, never two at once.
//
// Hard cases: twenty_calls_twenty_announcements, second_announcement_is_queued_not_dropped.
func TestTwentyCallsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		h := newHall(t, []queue.Zone{{ID: "east", Languages: []string{"zh", "en"}, Repeat: 2, MaxAge: time.Minute}}, voiceOf("v1", "east"), voiceOf("v2", "east"))
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh", "en"}, lasts: time.Millisecond})
		h.plug("v2", &mouth{zone: ear, id: "v2", langs: []string{"zh"}, lasts: 3 * time.Millisecond})
		var want []string
		var events []queue.Event
		for i := range 20 {
			number, w := fmt.Sprintf("A%03d", i), fmt.Sprint(i+1)
			h.at[queue.WindowID(w)] = number
			events = append(events, queue.Event{Fact: queue.TicketCalled{Ticket: queue.TicketID("t" + number), Window: queue.WindowID(w)}})
			zh, _ := speech.Make("zh", speech.Announcement{Kind: speech.Call, Number: number, Window: w})
			en, _ := speech.Make("en", speech.Announcement{Kind: speech.Call, Number: number, Window: w})
			want = append(want, "v1:♪"+zh.Text(), "v1:"+en.Text(), "v1:"+zh.Text(), "v1:"+en.Text())
		}
		h.tell(events...)
		h.until("the last announcement", func() bool { return h.stats("east").Spoken == 20 })
		var first []string
		second := 0
		for _, s := range ear.heard() {
			if strings.HasPrefix(s, "v1:") {
				first = append(first, s)
			} else {
				second++
			}
		}
		if !slices.Equal(first, want) {
			t.Errorf("spoken:\n%s\nwant:\n%s", strings.Join(first, "\n"), strings.Join(want, "\n"))
		}
		if second != 40 || ear.clashes > 0 {
			t.Errorf("the second voice spoke %d times; %d sentences were spoken at once", second, ear.clashes)
		}
	})
}

// A feed that fell behind tells the new state only: the calls in it are spoken all the same, and those that were spoken already are not.
func TestCallsAreSpokenAfterAGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 1, NoChime: true}}, voiceOf("v1", ""))
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh"}})
		h.call("A001", "1")
		h.until("the first", func() bool { return h.stats("hall").Spoken == 1 })
		h.at["2"] = "A002"
		h.tell()
		h.tell()
		h.until("the second", func() bool { return h.stats("hall").Spoken == 2 })
		h.call("A003", "3")
		h.until("the third", func() bool { return h.stats("hall").Spoken == 3 })
		if got := ear.heard(); !slices.Equal(got, []string{"v1:请A零零一号到一号窗口", "v1:请A零零二号到二号窗口", "v1:请A零零三号到三号窗口"}) {
			t.Errorf("spoken: %q", got)
		}
	})
}

// Hard case: announcement_zone_routing.
func TestZonesAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		east, west := newEar(), newEar()
		h := newHall(t, []queue.Zone{{ID: "east", Windows: []queue.WindowID{"1"}, Repeat: 1, NoChime: true}, {ID: "west", Windows: []queue.WindowID{"2"}, Repeat: 1, NoChime: true}},
			voiceOf("v1", "east"), voiceOf("v2", "west"))
		gate := make(chan struct{})
		h.plug("v1", &mouth{zone: east, id: "v1", langs: []string{"zh"}, gate: gate})
		h.plug("v2", &mouth{zone: west, id: "v2", langs: []string{"zh"}})
		h.call("A001", "1")
		h.call("B002", "2")
		h.until("the west, while the east still speaks", func() bool { return h.stats("west").Spoken == 1 })
		close(gate)
		h.until("the east", func() bool { return h.stats("east").Spoken == 1 })
		if got := append(east.heard(), west.heard()...); !slices.Equal(got, []string{"v1:请A零零一号到一号窗口", "v2:请B零零二号到二号窗口"}) {
			t.Errorf("spoken: %q", got)
		}
		h.call("C003", "3")
		if !strings.Contains(h.log.String(), "reason=no-zone") || h.stats("").Dropped[noZone] != 1 {
			t.Errorf("a call to a window in no zone left no word: %s", h.log)
		}
	})
}

// Each way of not being spoken has its line in the log, with its reason, and is counted.
//
// Hard case: announcement_backlog.
func TestDroppedIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		gate := make(chan struct{})
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 1, NoChime: true, MaxAge: 300 * time.Millisecond}}, voiceOf("v1", ""))
		m := &mouth{zone: ear, id: "v1", langs: []string{"zh"}, gate: gate}
		h.plug("v1", m)
		h.call("A001", "1")
		h.until("the first sentence", func() bool { return len(ear.heard()) == 1 })
		h.call("A002", "2")
		h.recall("A002", "2") // still waits: once is enough
		h.call("A003", "3")
		h.leave("3")
		time.Sleep(400 * time.Millisecond)
		gate <- struct{}{}
		h.until("three ends", func() bool {
			s := h.stats("hall")
			return s.Spoken == 1 && s.Dropped[tooOld] == 1 && s.Dropped[notCalled] == 1
		})

		m.err = errors.New("the module is broken")
		close(gate)
		h.call("A004", "4")
		h.until("a failure", func() bool { return h.stats("hall").Dropped[failed] == 1 })
		h.mu.Lock()
		delete(h.there, "v1")
		h.mu.Unlock()
		h.call("A005", "5")
		h.until("a voice that never comes", func() bool { return h.stats("hall").Dropped[noVoice] == 1 })
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"en"}})
		h.call("A006", "6")
		h.until("a language that nobody speaks", func() bool { return h.stats("hall").Dropped[noLanguage] == 1 })
		for _, words := range []string{"number=A002 ticket=tA002 window=2 reason=too-old", "number=A003 ticket=tA003 window=3 reason=not-called",
			"number=A004 ticket=tA004 window=4 reason=failed detail=\"v1: the module is broken\"", "number=A005 ticket=tA005 window=5 reason=no-voice", "number=A006 ticket=tA006 window=6 reason=no-language"} {
			if n := strings.Count(h.log.String(), words); n != 1 {
				t.Errorf("the log has %q %d times:\n%s", words, n, h.log)
			}
		}
		if got := ear.heard(); len(got) != 2 {
			t.Errorf("spoken: %q", got)
		}
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh"}})
		h.call("A007", "7")
		h.until("a voice that is well again", func() bool { return h.stats("hall").Spoken == 2 })
		h.mu.Lock()
		defer h.mu.Unlock()
		if p := h.problems; len(p) != 2 || p[0].Code != "unspoken" || p[0].Device != "v1" || p[0].Cleared || !p[1].Cleared {
			t.Errorf("the health of the voice: %+v", p)
		}
	})
}

func TestRepetitionEndsWhenTheCitizenComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		gate := make(chan struct{})
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 3, NoChime: true}}, voiceOf("v1", ""))
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh"}, gate: gate})
		h.call("A001", "1")
		h.until("the first sentence", func() bool { return len(ear.heard()) == 1 })
		h.leave("1")
		close(gate)
		h.until("its end", func() bool { return h.stats("hall").Spoken == 1 })
		if got := ear.heard(); len(got) != 1 {
			t.Errorf("spoken: %q", got)
		}
	})
}

func TestWhatIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		h := newHall(t, []queue.Zone{{ID: "hall", Languages: []string{"yue", "zh"}, Repeat: 1, Yao: true}}, voiceOf("v1", ""))
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh", "yue"}})
		h.call("A011", "1")
		h.until("a call", func() bool { return h.stats("hall").Spoken == 1 })
		h.recall("A011", "1")
		h.until("a recall", func() bool { return h.stats("hall").Spoken == 2 })
		h.legs["tB001"] = 2
		h.call("B001", "5")
		h.until("a call after a transfer", func() bool { return h.stats("hall").Spoken == 3 })
		want := []string{"v1:♪请A零一一号去一号窗口", "v1:请A零幺幺号到一号窗口", "v1:♪再叫一次\uff0c请A零一一号去一号窗口", "v1:请A零幺幺号到一号窗口\uff0c再次呼叫",
			"v1:♪请B零零一号再去五号窗口", "v1:请B零零幺号继续到五号窗口"}
		if got := ear.heard(); !slices.Equal(got, want) {
			t.Errorf("spoken: %q", got)
		}
	})
}

// A page asks for what it is to speak; by asking again it says that it has spoken, and only then the next one comes.
func TestPageIsAVoice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 1, NoChime: true}})
		ask := func(after uint64, failure string, within time.Duration) Spoken {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			s, ok := h.f.Speaks(ctx, "", "page-1", after, failure, false)
			if !ok {
				t.Fatal("there is no zone")
			}
			return s
		}
		if s := ask(0, "", 10*time.Millisecond); s.ID != 0 {
			t.Errorf("before any call: %+v", s)
		}
		h.call("A001", "1")
		h.call("A002", "2")
		one := ask(0, "", 10*time.Second)
		if one.Text != "请A零零一号到一号窗口" || one.Lang != "zh" || one.ID == 0 {
			t.Fatalf("the first: %+v", one)
		}
		if s := ask(0, "", 20*time.Millisecond); s.ID != one.ID {
			t.Errorf("a page that was loaded anew in between gets %+v", s)
		}
		two := ask(one.ID, "", 10*time.Second)
		if two.Text != "请A零零二号到二号窗口" || two.ID <= one.ID || h.stats("hall").Spoken > 1 {
			t.Fatalf("the second: %+v, %+v", two, h.stats("hall"))
		}
		ask(two.ID, "the browser wants a touch", 10*time.Millisecond)
		h.until("the failure of the second", func() bool { return h.stats("hall").Spoken == 1 && h.stats("hall").Dropped[failed] == 1 })
		if !strings.Contains(h.log.String(), "the browser wants a touch") {
			t.Errorf("the log: %s", h.log)
		}
		// a page that is muted in the middle of a sentence holds nobody up
		h.call("A003", "3")
		three := ask(0, "", 10*time.Second)
		begun := time.Now()
		if s, ok := h.f.Speaks(t.Context(), "", "page-1", 0, "", true); !ok || s.ID != 0 {
			t.Errorf("leaving: %+v", s)
		}
		h.until("the end of the third", func() bool { return h.stats("hall").Dropped[failed] == 2 })
		if took := time.Since(begun); three.ID == 0 || took > 3*time.Second {
			t.Errorf("the page that left was waited for %v", took)
		}
		// nor does one that hung up while it waited
		ctx, hangUp := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, hangUp)
		h.f.Speaks(ctx, "", "page-2", 0, "", false)
		if h.f.zone("").pages.present(time.Now()) {
			t.Error("a page that hung up is still waited for")
		}
		if _, ok := h.f.Speaks(t.Context(), "nowhere", "page-1", 0, "", false); ok {
			t.Error("a zone that is not there speaks")
		}
	})
}

// What waits when the hall file changes is still spoken; a zone that is taken out says what it did not speak.
func TestZonesChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		gate := make(chan struct{})
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 1, NoChime: true}}, voiceOf("v1", ""))
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh"}, gate: gate})
		h.call("A001", "1")
		h.until("the first sentence", func() bool { return len(ear.heard()) == 1 })
		h.call("A002", "2")
		next := *h.cfg
		next.Zones = []queue.Zone{{ID: "hall", Languages: []string{"zh"}, Repeat: 1, NoChime: true, Gap: time.Millisecond, MaxAge: 45 * time.Second}}
		h.cfg = &next
		h.tell()
		gate <- struct{}{}
		h.until("the second sentence", func() bool { return len(ear.heard()) == 2 })
		h.call("A003", "3")
		last := next
		last.Zones = []queue.Zone{{ID: "other"}}
		h.cfg = &last
		h.tell()
		h.until("the word about what was not spoken", func() bool {
			return strings.Contains(h.log.String(), "number=A003 ticket=tA003 window=3 reason=no-zone")
		})
	})
}

// A hall that starts anew does not speak of those who were being called before; it says so in the log, once for each, and a recall is spoken.
func TestStartingAnewIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		h := newHall(t, []queue.Zone{{ID: "east", Windows: []queue.WindowID{"1", "2"}, Repeat: 1}, {ID: "west", Windows: []queue.WindowID{"3"}, Repeat: 1}}, voiceOf("v", "east"))
		h.plug("v", &mouth{zone: ear, id: "v", langs: []string{"zh"}})
		h.call("A001", "1")
		h.until("the first call", func() bool { return h.stats("east").Spoken == 1 })
		h.call("A003", "3") // a zone without a voice
		h.f.Close()
		h.start()
		if s := h.stats("east"); s.Dropped[restarted] != 1 || s.Waiting != 0 {
			t.Errorf("after the start: %+v", s)
		}
		if s := h.stats("west"); len(s.Dropped) != 0 {
			t.Errorf("a zone without a voice dropped %v", s.Dropped)
		}
		if n := strings.Count(h.log.String(), "reason=restarted"); n != 1 || !strings.Contains(h.log.String(), "number=A001") {
			t.Errorf("%d log lines:\n%s", n, h.log)
		}
		h.recall("A001", "1")
		h.call("A002", "2")
		h.until("what comes after the start", func() bool { return h.stats("east").Spoken == 2 })
		if got := ear.heard(); len(got) != 3 || !strings.Contains(got[1], "A零零一号") || !strings.Contains(got[2], "A零零二号") {
			t.Errorf("heard %q", got)
		}
	})
}
