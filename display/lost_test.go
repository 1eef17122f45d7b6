package display

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"halld/queue"
)

// The network goes while a clerk's call is being answered: the hall has done it and the screen does not know. The screen comes back with the last event it has,
// is told what it missed, and repeats the act with the same key: nobody else is called. (The page repeats only what is not known, and with one key for one act:
// "repeats what is not known, never what was refused" of the screens' tests.)
//
// Hard case: reply_lost_after_commit.
func TestReplyLostAfterCommit(t *testing.T) {
	v := newCardVisit(t)
	srv := httptest.NewServer(v.Handler())
	t.Cleanup(srv.Close)
	for range 3 {
		v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, nil)
	}
	v.post(RoleClerk, "/api/windows/1/open", `{"clerk":"王芳"}`, nil)
	screen := watch(t, srv, "clerk", "")
	last := screen.next()
	if last.Type != "snapshot" {
		t.Fatalf("%s", last.raw)
	}
	screen.Close()

	call := func(key string) reply {
		return ask(t, v.Handler(), RoleClerk, "POST", "/api/windows/1/call", `{}`, "Idempotency-Key", key)
	}
	call("press-1") // its answer is lost
	done := v.core.View().Seq

	back := watch(t, srv, "clerk", fmt.Sprintf("?after=%d", last.Seq))
	for seq := last.Seq + 1; seq <= done; seq++ {
		m := back.expect("event", seq)
		if seq == done && (m.Kind != "ticket.called" || m.Hall == nil || m.Hall.Windows[0].ID != "1" || m.Hall.Windows[0].Ticket.Number != "A001") {
			t.Errorf("the screen that came back is told %s", m.raw)
		}
	}
	var got WindowAnswer
	again := call("press-1")
	if again.into(t, &got); again.status != 200 || got.Ticket == nil || got.Ticket.Number != "A001" || v.core.View().Seq != done {
		t.Errorf("the same press again: %d %s", again.status, again.body)
	}
	// A new press calls nobody else either while A001 has not come: it says who is called and what to do.
	no := call("press-2")
	no.refusal(t, queue.WindowBusy)
	if !strings.Contains(string(no.body), "A001 is called at window 1") || !strings.Contains(string(no.body), "declare it missed") || v.core.View().Seq != done {
		t.Errorf("a second press: %s", no.body)
	}
}
