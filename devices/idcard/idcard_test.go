package idcard_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halld/cmd/testmain"
	"halld/devices"
	"halld/devices/idcard"
	"halld/devices/port"
	"halld/devices/profile"
	"halld/devices/sim"
	firmware "halld/firmware-configs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testmain.SideBySide(m, 16)) }

type bench struct {
	sim      *sim.CardReader
	dev      devices.Device
	readings chan devices.Reading
	problems chan devices.Problem
	log      *bytes.Buffer
}

type locked struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func open(t *testing.T, settings map[string]string) bench {
	t.Helper()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("idcard-sam")
	if err != nil {
		t.Fatal(err)
	}
	d, err := sim.New("reader", p, sim.Options{ID: "reader-1"})
	if err != nil {
		t.Fatal(err)
	}
	name, err := d.Start()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := port.Open(t.Context(), name, port.Line{Baud: p.Line.Baud, Format: p.Line.Format})
	if err != nil {
		t.Fatal(err)
	}
	b := bench{sim: d.(*sim.CardReader), readings: make(chan devices.Reading, 8), problems: make(chan devices.Problem, 8), log: new(bytes.Buffer)}
	b.dev, err = idcard.Open(t.Context(), conn, devices.Setting{ID: "reader-1", Profile: p, Set: settings,
		Log:  slog.New(slog.NewTextHandler(&locked{b: b.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Read: func(r devices.Reading) { b.readings <- r }, Report: func(p devices.Problem) { b.problems <- p },
		Pseudonym: func(number []byte) string {
			mac := hmac.New(sha256.New, []byte("of this test"))
			mac.Write(number)
			return hex.EncodeToString(mac.Sum(nil)[:8])
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = d.Close()
		for range 100 { // its goroutine ends with the port
			if l := b.dev.(interface{ Lost() error }); l.Lost() != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return b
}

func (b bench) reading(t *testing.T) devices.Reading {
	t.Helper()
	select {
	case r := <-b.readings:
		return r
	case <-time.After(10 * time.Second):
		t.Fatal("no reading came")
		return devices.Reading{}
	}
}

func born(years, days int) time.Time { return time.Now().AddDate(-years, 0, -days) }

func TestWhatACardTells(t *testing.T) {
	t.Parallel()
	b := open(t, nil)
	for _, c := range []struct {
		what        string
		card        sim.Card
		class, name string
		person      bool
	}{
		{"a grown-up", sim.Card{Name: "张伟", Birth: born(40, 1)}, "ordinary", "张*", true},
		{"on the sixtieth birthday", sim.Card{Name: "欧阳修", Birth: born(60, 0)}, "priority", "欧阳*", true},
		{"a day before it", sim.Card{Name: "李四", Birth: born(60, -1)}, "ordinary", "李*", true},
		{"a rare name", sim.Card{Name: "𠮷野", Birth: born(30, 1)}, "ordinary", "𠮷*", true},
		{"a child", sim.Card{Name: "王小", Birth: born(13, 1)}, "ordinary", "王*", false},
	} {
		b.sim.Lay(c.card, true)
		got := b.reading(t)
		if got.Failed || got.Class != c.class || got.Name != c.name || (got.Person != "") != c.person || got.Device != "reader-1" || got.Code != "" {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

// The same card is the same person, another card another one, and the number stands in nothing that leaves the driver.
func TestPersonWithoutNumber(t *testing.T) {
	t.Parallel()
	b := open(t, map[string]string{"priority_age": "65"})
	one := sim.Card{Name: "张伟", Birth: time.Date(1960, 5, 17, 0, 0, 0, 0, time.Local), Number: "11010519491231002X"}
	b.sim.Lay(one, true)
	first := b.reading(t)
	b.sim.Lay(one, true)
	second := b.reading(t)
	b.sim.Lay(sim.Card{Name: "张伟", Birth: one.Birth}, true)
	third := b.reading(t)
	if first.Person == "" || first.Person != second.Person || third.Person == first.Person {
		t.Errorf("persons %q %q %q", first.Person, second.Person, third.Person)
	}
	for _, secret := range []string{"11010519491231002X", "张伟", "19600517"} {
		for _, r := range []devices.Reading{first, second, third} {
			if strings.Contains(r.Person+r.Name+r.Class+r.Code, secret) {
				t.Errorf("a reading holds %s", secret)
			}
		}
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

func TestUnreadableCards(t *testing.T) {
	t.Parallel()
	b := open(t, nil)
	b.sim.Lay(sim.Card{Name: "张伟", Birth: born(40, 0)}, false)
	if r := b.reading(t); !r.Failed {
		t.Errorf("%+v", r)
	}
	b.sim.Lay(sim.Card{Name: "张伟", Birth: born(40, 0), Number: "110105194912310021"}, true) // X would be right
	if r := b.reading(t); !r.Failed || r.Person != "" {
		t.Errorf("a number with a wrong check digit: %+v", r)
	}
	b.sim.Lay(sim.Card{Name: "张伟", Birth: born(40, 0)}, true)
	if r := b.reading(t); r.Failed {
		t.Errorf("after a bad card a good one fails: %+v", r)
	}
}

func TestSilentReaderIsNamed(t *testing.T) {
	t.Parallel()
	b := open(t, nil)
	for _, on := range []bool{true, false} {
		if err := b.sim.SetFault("silent", on); err != nil {
			t.Fatal(err)
		}
		select {
		case p := <-b.problems:
			if p.Code != "silent" || p.Cleared == on {
				t.Errorf("%+v", p)
			}
		case <-time.After(15 * time.Second):
			t.Fatalf("silent %v is not told", on)
		}
	}
	if err := b.sim.SetFault("garbage", true); err != nil { // noise is no card
		t.Fatal(err)
	}
	b.sim.Lay(sim.Card{Name: "张伟", Birth: born(40, 0)}, true)
	select {
	case r := <-b.readings:
		t.Errorf("noise was read as a card: %+v", r)
	case <-time.After(2 * time.Second):
	}
}

func TestMisspeltSettingIsRefused(t *testing.T) {
	t.Parallel()
	set, err := profile.Load(firmware.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := set.Get("idcard-sam")
	for key, v := range map[string]string{"priorty_age": "60", "priority_age": "old"} {
		if _, err := idcard.Open(t.Context(), nil, devices.Setting{ID: "reader-1", Profile: p, Set: map[string]string{key: v}}); err == nil || !strings.Contains(err.Error(), "priority_age") {
			t.Errorf("%s = %s: %v", key, v, err)
		}
	}
}
