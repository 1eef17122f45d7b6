package floor

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"halld/devices"
	"halld/queue"
)

// The voice speaks a long sentence: meanwhile every window's board shows its call at once, and no call is left out when the voice goes on.
//
// Hard case: board_never_waits_for_voice.
func TestBoardsDoNotWaitForTheVoice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ear := newEar()
		gate := make(chan struct{})
		const n = 6
		cfg := []queue.Device{voiceOf("v1", "")}
		for i := range n {
			cfg = append(cfg, queue.Device{ID: queue.DeviceID(fmt.Sprintf("board-%d", i+1)), Kind: "board", Window: queue.WindowID(fmt.Sprint(i + 1))})
		}
		h := newHall(t, []queue.Zone{{ID: "hall", Repeat: 1, NoChime: true, MaxAge: time.Hour}}, cfg...)
		h.plug("v1", &mouth{zone: ear, id: "v1", langs: []string{"zh"}, gate: gate})
		boards := map[queue.WindowID]*shelf{}
		for i := range n {
			w := queue.WindowID(fmt.Sprint(i + 1))
			boards[w] = &shelf{}
			h.plug("board-"+string(w), boards[w])
		}
		shows := func(w queue.WindowID, number string) bool {
			all := boards[w].shown()
			return len(all) > 0 && all[len(all)-1].Number == number && all[len(all)-1].Mode == devices.Calling
		}
		for i := range n {
			w, number := queue.WindowID(fmt.Sprint(i+1)), fmt.Sprintf("A%03d", i+1)
			begun := time.Now()
			h.call(number, w)
			h.until("the board of window "+string(w), func() bool { return shows(w, number) })
			if took := time.Since(begun); took > 100*time.Millisecond {
				t.Errorf("the board of window %s waited %v", w, took)
			}
			if i == 0 {
				h.until("the first sentence", func() bool { return len(ear.heard()) == 1 })
			}
		}
		time.Sleep(5 * time.Second)
		if got := ear.heard(); len(got) != 1 {
			t.Errorf("the voice spoke %q and did not wait", got)
		}
		close(gate)
		h.until("the last announcement", func() bool { return h.stats("hall").Spoken == n })
		for i, said := range ear.heard() {
			if !strings.Contains(said, fmt.Sprintf("到%s号窗口", []string{"一", "二", "三", "四", "五", "六"}[i])) {
				t.Errorf("announcement %d was %q", i, said)
			}
		}
	})
}

// Two different numbers at one window within five seconds are both shown, in their order, and the second stands.
//
// Hard case: different_number_within_5s_reaches_led.
func TestTheNextNumberIsShownAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := &shelf{}
		h := newHall(t, nil, queue.Device{ID: "board-1", Kind: "board", Window: "1"})
		h.plug("board-1", board)
		var got []string
		for i := range 4 {
			number := fmt.Sprintf("A%03d", i+1)
			h.call(number, "1")
			begun := time.Now()
			h.until(number, func() bool {
				all := board.shown()
				return len(all) > 0 && all[len(all)-1].Number == number
			})
			if took := time.Since(begun); took > 200*time.Millisecond {
				t.Errorf("%s came after %v", number, took)
			}
			time.Sleep(time.Second)
			if all := board.shown(); all[len(all)-1].Number != number {
				t.Errorf("%s does not stand: %+v", number, all[len(all)-1])
			}
			h.leave("1")
			time.Sleep(100 * time.Millisecond)
		}
		for _, f := range board.shown() {
			if f.Number != "" && (len(got) == 0 || got[len(got)-1] != f.Number) {
				got = append(got, f.Number)
			}
		}
		if strings.Join(got, " ") != "A001 A002 A003 A004" {
			t.Errorf("shown: %v", got)
		}
	})
}
