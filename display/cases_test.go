package display

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"halld/queue"
)

// A kiosk whose clock is a day wrong cannot say what time it is: the moment of issue and the service day are the hall's.
//
// Hard case: kiosk_clock_is_not_asked.
func TestTheKiosksClockIsNotAsked(t *testing.T) {
	v := newCardVisit(t)
	for _, wrong := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		shows := v.core.now.Add(wrong)
		before := v.core.now
		got := ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", `{"queue":"A"}`, "Date", shows.Format(http.TimeFormat), "If-Unmodified-Since", shows.Format(http.TimeFormat))
		var ticket Ticket
		got.into(t, &ticket)
		if got.status != 201 || ticket.IssuedAt.Before(before) || ticket.IssuedAt.After(v.core.now) || !strings.HasPrefix(string(ticket.ID), "20260302-") {
			t.Errorf("a kiosk that shows %v was given %d %s", shows, got.status, got.body)
		}
		for _, field := range []string{"issued", "at", "now", "time", "day", "service_day"} {
			ask(t, v.Handler(), RoleKiosk, "POST", "/api/tickets", fmt.Sprintf(`{"queue":"A",%q:%q}`, field, shows.Format(time.RFC3339))).refusal(t, BadValue)
		}
	}
	if day := v.core.View().Day; day != "2026-03-02" {
		t.Errorf("the day is %s", day)
	}
}

// forKiosk are the routes that a kiosk's token opens; it reaches nothing else, and none of these sets anything up.
var forKiosk = []string{
	"GET /api/catalogue", "GET /api/day", "GET /api/hall", "GET /api/live", "GET /api/printers/{printer}", "GET /api/readers/{device}/reading", "GET /api/tickets/{id}", "GET /api/tickets/{id}/code",
	"POST /api/tickets", "POST /api/tickets/{id}/cancel", "POST /api/tickets/{id}/keep", "POST /api/tickets/{id}/rating", "POST /api/tickets/{id}/reprint",
}

// operations calls f for every operation of the API's description.
func operations(s *Server, f func(method, path string)) {
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options} {
			if op != nil {
				f(method, path)
			}
		}
	}
}

// Hard case: kiosk_token_reaches_no_setting.
func TestAKiosksTokenReachesNoSetting(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Setup = fileLength{} })
	places := strings.NewReplacer("{id}", "A001", "{day}", "2026-03-02", "{window}", "1", "{device}", "r-1")
	var open []string
	set := false
	operations(r.Server, func(method, path string) {
		set = set || method == "PUT" && path == "/api/config"
		got := r.ask(t, RoleKiosk, method, places.Replace(path), `{}`)
		if got.status != 401 && got.status != 403 {
			open = append(open, method+" "+path)
			return
		}
		got.refusal(t, NotAllowed)
	})
	slices.Sort(open)
	if !reflect.DeepEqual(open, forKiosk) {
		t.Errorf("a kiosk's token opens\n%q\nwant\n%q", open, forKiosk)
	}
	if !set {
		t.Error("the route that sets the hall up was not tried")
	}
	for _, c := range r.engine.asked {
		switch c.(type) {
		case queue.Configure, queue.OpenDay, queue.CloseDay, queue.SkipDay, queue.PauseIssue:
			t.Errorf("the kiosk's requests led to %T", c)
		}
	}
}

// personal is what no screen may be sent: an identity number, a mobile number.
var personal = regexp.MustCompile(`\b[1-9]\d{16}[\dXx]\b|\b1[3-9]\d{9}\b`)

// Clerks write identity and telephone numbers wherever they can write anything: no screen of the public and no clerk's gets them, on the live line or by
// asking; only whoever leads the hall reads what was written.
//
// Hard case: no_feed_contains_id_or_phone.
func TestNoFeedContainsPersonalNumbers(t *testing.T) {
	v := newCardVisit(t)
	srv := httptest.NewServer(v.Handler())
	t.Cleanup(srv.Close)
	feeds := map[string]*tube{}
	for _, role := range []string{RoleBoard, RoleKiosk, RoleClerk, RoleManager} {
		feeds[role] = watch(t, srv, role, "")
	}
	const words = "11010519491231002X 打 13912345678"
	written := fmt.Sprintf("%q", words)
	note := func(more string) string { return strings.Replace(more, "WORDS", written, 1) }
	for _, s := range []struct{ role, path, body string }{
		{"kiosk", "/api/tickets", `{"queue":"A"}`}, {"kiosk", "/api/tickets", `{"queue":"A"}`}, {"kiosk", "/api/tickets", `{"queue":"A"}`}, {"kiosk", "/api/tickets", `{"queue":"A"}`},
		{"clerk", "/api/tickets/A002/class", note(`{"class":"priority","reason":WORDS}`)}, {"clerk", "/api/windows/1/open", `{"clerk":"王芳"}`}, {"clerk", "/api/windows/2/open", `{"clerk":"李明"}`},
		{"clerk", "/api/windows/1/call", note(`{"ticket":"A001","reason":WORDS}`)}, {"clerk", "/api/windows/1/serve", ``}, {"clerk", "/api/windows/1/hold", note(`{"reason":WORDS}`)},
		{"clerk", "/api/windows/1/resume", ``}, {"clerk", "/api/windows/1/transfer", note(`{"queue":"B","reason":WORDS}`)}, {"clerk", "/api/windows/2/call", ``}, {"clerk", "/api/windows/2/give-back", note(`{"reason":WORDS}`)},
		{"clerk", "/api/windows/2/call", ``}, {"clerk", "/api/windows/2/serve", ``}, {"clerk", "/api/windows/2/finish", note(`{"outcome":"refused","note":WORDS}`)}, {"kiosk", "/api/tickets/A003/cancel", note(`{"reason":WORDS}`)},
	} {
		v.post(s.role, s.path, s.body, nil)
	}
	last := v.core.View().Seq
	told := 0
	for role, w := range feeds {
		for seq := uint64(0); seq < last; {
			m := w.next()
			seq = m.Seq
			switch found := personal.FindString(m.raw); {
			case found != "" && role != RoleManager:
				t.Errorf("the live line of a %s holds %s: %s", role, found, m.raw)
			case found != "":
				told++
			}
		}
	}
	if told < 6 {
		t.Errorf("the manager was told %d of the reasons: was anything written?", told)
	}
	for _, role := range []string{RoleBoard, RoleKiosk, RoleClerk} {
		operations(v.Server, func(method, path string) {
			if method != "GET" || strings.Contains(path, "/readers/") || strings.Contains(path, "/voice/") {
				return
			}
			for _, id := range []string{"A001", "A002", "A003", "A"} {
				got := ask(t, v.Handler(), role, "GET", strings.NewReplacer("{id}", id, "{day}", "2026-03-02", "{window}", "1").Replace(path), "")
				if found := personal.FindString(string(got.body)); found != "" {
					t.Errorf("GET %s tells a %s %s: %s", path, role, found, got.body)
				}
			}
		})
	}
	for id := range 5 {
		for _, path := range []string{fmt.Sprintf("/t/20260302-%d", id), fmt.Sprintf("/t/20260302-%d.2", id)} {
			if found := personal.FindString(string(v.page(path, "zh").body)); found != "" {
				t.Errorf("the phone page %s holds %s", path, found)
			}
		}
	}
}
