package display

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"halld/queue"
)

const A1 = queue.TicketID("20260302-A001")

// commands is what each request must become. The seat is that of window 1.
var commands = []struct {
	role, path, body string
	want             queue.Command
}{
	{"kiosk", "/api/tickets", `{"queue":"A"}`, queue.Issue{Queue: "A"}},
	{"kiosk", "/api/tickets", `{"queue":"A","class":"priority","print":"printer-1"}`, queue.Issue{Queue: "A", Class: "priority", Printer: "printer-1"}},
	{"kiosk", "/api/tickets", `{"queue":"A","item":"card","print":"none"}`, queue.Issue{Queue: "A", Item: "card"}},
	{"kiosk", "/api/tickets", `{"item":"card"}`, queue.Issue{Item: "card"}},
	{"kiosk", "/api/tickets/20260302-A001/reprint", ``, queue.Reprint{Ticket: A1}},
	{"kiosk", "/api/tickets/20260302-A001/reprint", `{"printer":"p2"}`, queue.Reprint{Ticket: A1, Printer: "p2"}},
	{"kiosk", "/api/tickets/20260302-A001/cancel", ``, queue.Cancel{Ticket: A1}},
	{"kiosk", "/api/tickets/A001/cancel", `{"reason":"gone home"}`, queue.Cancel{Ticket: "A001", Reason: "gone home"}},
	{"kiosk", "/api/tickets/20260302-A001/keep", `{}`, queue.KeepWithoutPaper{Ticket: A1}},
	{"clerk", "/api/tickets/20260302-A001/return", ``, queue.Return{Ticket: A1}},
	{"kiosk", "/api/tickets/20260302-A001/rating", `{"level":5}`, queue.Rate{Ticket: A1, Level: 5, Source: queue.FromScreen}},
	{"clerk", "/api/tickets/A001/class", `{"class":"priority","reason":"card seen"}`, queue.Reclassify{Ticket: "A001", Class: queue.Priority, Reason: "card seen"}},
	{"clerk", "/api/tickets/A001/claim", `{"granted":true}`, queue.AnswerClaim{Ticket: "A001", Granted: true}},
	{"clerk", "/api/windows/1/open", ``, queue.OpenWindow{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/open", `{"clerk":"li","holder":"h","take_over":true}`, queue.OpenWindow{Seat: queue.Seat{Window: "1", Holder: "h"}, Clerk: "li", TakeOver: true}},
	{"clerk", "/api/windows/1/pause", `{"reason":"lunch"}`, queue.PauseWindow{Seat: queue.Seat{Window: "1"}, Reason: queue.Lunch}},
	{"clerk", "/api/windows/1/close", ``, queue.CloseWindow{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/call", ``, queue.CallNext{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/call", `{"ticket":"A001","reason":"late"}`, queue.CallTicket{Seat: queue.Seat{Window: "1"}, Ticket: "A001", Reason: "late"}},
	{"clerk", "/api/windows/1/recall", `{"holder":"h"}`, queue.Recall{Seat: queue.Seat{Window: "1", Holder: "h"}}},
	{"clerk", "/api/windows/1/serve", ``, queue.Serve{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/finish", ``, queue.Finish{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/finish", `{"outcome":"done","item":"card","next":true}`, queue.Finish{Seat: queue.Seat{Window: "1"}, Outcome: queue.DoneAtOnce, Item: "card", Next: true}},
	{"clerk", "/api/windows/1/finish", `{"outcome":"refused","note":"no papers"}`, queue.Finish{Seat: queue.Seat{Window: "1"}, Outcome: queue.Refused, Note: "no papers"}},
	{"clerk", "/api/windows/1/no-show", `{"force":true}`, queue.NoShow{Seat: queue.Seat{Window: "1"}, Force: true}},
	{"clerk", "/api/windows/1/undo-miss", ``, queue.UndoMiss{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/give-back", `{"reason":"alarm"}`, queue.GiveBack{Seat: queue.Seat{Window: "1"}, Reason: "alarm"}},
	{"clerk", "/api/windows/1/hold", `{"reason":"copies"}`, queue.Hold{Seat: queue.Seat{Window: "1"}, Reason: "copies"}},
	{"clerk", "/api/windows/1/resume", ``, queue.Resume{Seat: queue.Seat{Window: "1"}}},
	{"clerk", "/api/windows/1/resume", `{"ticket":"A001"}`, queue.Resume{Seat: queue.Seat{Window: "1"}, Ticket: "A001"}},
	{"clerk", "/api/windows/1/transfer", `{"queue":"B","reason":"wrong queue"}`, queue.Transfer{Seat: queue.Seat{Window: "1"}, Queue: "B", Reason: "wrong queue"}},
	{"clerk", "/api/windows/1/transfer", `{"item":"card"}`, queue.Transfer{Seat: queue.Seat{Window: "1"}, Item: "card"}},
	{"manager", "/api/day/open", `{"day":"2026-03-03"}`, queue.OpenDay{Day: "2026-03-03"}},
	{"manager", "/api/day/open", ``, queue.OpenDay{}},
	{"manager", "/api/day/skip", `{"date":"2026-03-04","reason":"no power"}`, queue.SkipDay{Date: "2026-03-04", Reason: "no power"}},
	{"manager", "/api/day/unskip", `{"date":"2026-03-04"}`, queue.UnskipDay{Date: "2026-03-04"}},
	{"manager", "/api/day/pause", `{"reason":"full"}`, queue.PauseIssue{Reason: "full"}},
	{"manager", "/api/day/resume", ``, queue.ResumeIssue{}},
	{"manager", "/api/queues/A/pause", `{"reason":"system down"}`, queue.PauseQueue{Queue: "A", Reason: "system down"}},
	{"manager", "/api/queues/A/resume", ``, queue.ResumeQueue{Queue: "A"}},
	{"manager", "/api/kiosks/k1/lock", `{"reason":"no paper"}`, queue.LockKiosk{Kiosk: "k1", Reason: "no paper"}},
	{"manager", "/api/kiosks/k1/unlock", ``, queue.UnlockKiosk{Kiosk: "k1"}},
	{"kiosk", "/api/tickets", `{"queue":"A","quantity":3,"setup":1}`, queue.Issue{Queue: "A", Quantity: 3, Setup: 1}},
	{"manager", "/api/tickets", `{"queue":"A","override":"asked by the chief"}`, queue.Issue{Queue: "A", Override: "asked by the chief"}},
	{"manager", "/api/clock/confirm", ``, queue.ConfirmClock{}},
	{"manager", "/api/day/close", `{"force":true}`, queue.CloseDay{Force: true}},
}

func TestEachRequestBecomesItsCommand(t *testing.T) {
	r := newRig(t)
	for _, c := range commands {
		got := r.ask(t, c.role, "POST", c.path, c.body, "Idempotency-Key", "k1")
		if got.status/100 != 2 {
			t.Errorf("%s %s: %d %s", c.path, c.body, got.status, got.body)
			continue
		}
		key, cmd := r.engine.last(t)
		if !reflect.DeepEqual(cmd, c.want) {
			t.Errorf("%s %s\n got %#v\nwant %#v", c.path, c.body, cmd, c.want)
		}
		if want := keyOf(c.role, "k1"); key != want {
			t.Errorf("%s: key %q, want %q", c.path, key, want)
		}
	}
	if got := r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`); got.status != 201 {
		t.Errorf("issue answers %d, want 201", got.status)
	}
	if key, _ := r.engine.last(t); key != "" {
		t.Errorf("without a key the engine got %q", key)
	}
}

func TestHolderInHeader(t *testing.T) {
	r := newRig(t)
	r.ask(t, "clerk", "POST", "/api/windows/1/call", "", "Halld-Holder", "screen-7")
	if _, cmd := r.engine.last(t); cmd != (queue.CallNext{Seat: queue.Seat{Window: "1", Holder: "screen-7"}}) {
		t.Errorf("got %#v", cmd)
	}
}

// The roles of every route, as the API promises them. admin may do all.
var matrix = map[string]string{
	"POST /api/tickets":                     "kiosk manager",
	"GET /api/tickets/A001":                 "kiosk clerk manager",
	"POST /api/tickets/A001/reprint":        "kiosk",
	"POST /api/tickets/A001/cancel":         "kiosk manager",
	"POST /api/tickets/A001/keep":           "kiosk",
	"POST /api/tickets/A001/return":         "clerk manager",
	"POST /api/tickets/A001/rating":         "kiosk",
	"POST /api/windows/1/open":              "clerk",
	"POST /api/windows/1/pause":             "clerk",
	"POST /api/windows/1/close":             "clerk",
	"POST /api/windows/1/call":              "clerk",
	"POST /api/windows/1/recall":            "clerk",
	"POST /api/windows/1/serve":             "clerk",
	"POST /api/windows/1/finish":            "clerk",
	"POST /api/windows/1/no-show":           "clerk",
	"POST /api/windows/1/undo-miss":         "clerk",
	"POST /api/windows/1/give-back":         "clerk",
	"POST /api/windows/1/hold":              "clerk",
	"POST /api/windows/1/resume":            "clerk",
	"POST /api/windows/1/transfer":          "clerk",
	"GET /api/hall":                         "kiosk board clerk manager",
	"GET /api/live":                         "kiosk board clerk manager",
	"GET /api/catalogue":                    "kiosk clerk manager",
	"GET /api/queues/A/tickets":             "clerk manager",
	"GET /api/devices":                      "manager",
	"GET /api/overview":                     "manager",
	"GET /api/handsheet":                    "manager",
	"POST /api/day/open":                    "manager",
	"POST /api/day/close":                   "manager",
	"POST /api/tickets/A001/class":          "clerk manager",
	"POST /api/tickets/A001/claim":          "clerk manager",
	"POST /api/day/skip":                    "manager",
	"POST /api/day/unskip":                  "manager",
	"POST /api/day/pause":                   "manager",
	"POST /api/day/resume":                  "manager",
	"POST /api/queues/A/pause":              "manager",
	"POST /api/queues/A/resume":             "manager",
	"POST /api/kiosks/A001/lock":            "manager",
	"POST /api/kiosks/A001/unlock":          "manager",
	"POST /api/clock/confirm":               "manager",
	"POST /api/hall/evacuate":               "clerk manager",
	"POST /api/hall/resume":                 "manager",
	"GET /api/day":                          "kiosk board clerk manager",
	"GET /api/tickets":                      "clerk manager",
	"GET /api/days":                         "manager",
	"GET /api/days/2026-03-02/figures":      "manager",
	"GET /api/visits/A001":                  "manager",
	"GET /api/bench/devices":                "",
	"GET /api/bench/ports":                  "",
	"GET /api/bench/profiles":               "",
	"GET /api/bench/profiles/A001":          "",
	"POST /api/bench/profiles":              "",
	"POST /api/bench/check":                 "",
	"POST /api/bench/try":                   "",
	"POST /api/bench/teach":                 "",
	"POST /api/bench/identify":              "",
	"POST /api/bench/devices/A001/probe":    "",
	"POST /api/bench/devices/A001/exercise": "",
	"POST /api/bench/devices/A001/send":     "",
	"POST /api/bench/devices/A001/restart":  "",
	"POST /api/bench/devices/A001/saw":      "",
	"POST /api/bench/devices/A001/clear":    "",
	"GET /api/bench/devices/A001/session":   "",
	"GET /api/bench/live":                   "",
	"GET /api/readers/r-1/reading":          "kiosk",
	"GET /api/printers/p-1":                 "kiosk",
	"GET /api/tickets/A001/code":            "kiosk",
	"GET /api/voice/next":                   "board",
	"GET /api/voice/sound":                  "board",
}

// Hard cases: no_get_changes_and_no_token_no_answer, device_commands_need_the_role.
func TestRoleMatrix(t *testing.T) {
	r := newRig(t)
	for route, allowed := range matrix {
		method, path, _ := strings.Cut(route, " ")
		r.ask(t, "", method, path, "").refusal(t, NoToken)
		r.ask(t, "nobody", method, path, "").refusal(t, WrongToken)
		for _, role := range []string{RoleKiosk, RoleBoard, RoleClerk, RoleManager, RoleAdmin} {
			got := r.ask(t, role, method, path, "")
			if role == RoleAdmin || slices.Contains(strings.Fields(allowed), role) {
				if got.status == 401 || got.status == 403 {
					t.Errorf("%s as %s: %d, want it allowed", route, role, got.status)
				}
				continue
			}
			got.refusal(t, NotAllowed)
		}
	}
	for path, item := range r.api.OpenAPI().Paths { // a new route must get a row above
		for method, op := range map[string]any{"GET": item.Get, "POST": item.Post} {
			if reflect.ValueOf(op).IsNil() {
				continue
			}
			p := strings.NewReplacer("{id}", "A001", "{day}", "2026-03-02", "{window}", "1", "{device}", "r-1", "{printer}", "p-1").Replace(path)
			p = strings.Replace(p, "/queues/A001", "/queues/A", 1)
			if _, ok := matrix[method+" "+p]; !ok {
				t.Errorf("%s %s is not in the matrix", method, p)
			}
		}
	}
}

func TestTokenInAddressIsNotTaken(t *testing.T) {
	r := newRig(t)
	r.ask(t, "", "GET", "/api/hall?token=t-admin", "").refusal(t, NoToken)
	r.ask(t, "", "GET", "/api/live?token=t-admin", "").refusal(t, NoToken)
	if got := r.ask(t, "", "GET", "/api/hall", "", "Authorization", "bearer t-board"); got.status != 200 {
		t.Errorf("the scheme is case-insensitive, got %d", got.status)
	}
}

// Every refusal of the hall reaches the caller with its own code, a title in both languages, and the status that StatusOf says.
func TestEveryRefusal(t *testing.T) {
	codes := hallCodes(t)
	if len(codes) < 35 {
		t.Fatalf("found only %d codes in queue: %v", len(codes), codes)
	}
	r := newRig(t)
	for _, code := range codes {
		r.engine.do = func(queue.Command) (queue.Answer, error) {
			return queue.Answer{}, queue.Refuse(code, "because %s", code)
		}
		p := r.ask(t, "clerk", "POST", "/api/windows/1/call", "").refusal(t, code)
		if p.Detail != "because "+string(code) {
			t.Errorf("%s: detail %q", code, p.Detail)
		}
		if _, ok := titles[code]; !ok {
			t.Errorf("%s has no words in titles", code)
		}
	}
	for code, want := range map[queue.Code]int{
		queue.UnknownTicket: 404, queue.UnknownWindow: 404, queue.BadLevel: 422, queue.ReasonNeeded: 422, queue.NobodyWaiting: 409,
		queue.WindowBusy: 409, queue.DayNotOpen: 409, NoToken: 401, WrongToken: 401, NotAllowed: 403, BadJSON: 400, NotKnown: 503,
	} {
		if got := StatusOf(code); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
}

// hallCodes reads every constant of type Code from the source of package queue.
func hallCodes(t *testing.T) []queue.Code {
	files, err := filepath.Glob("../queue/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []queue.Code
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := v.Type.(*ast.Ident); ok && id.Name == "Code" && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					codes = append(codes, queue.Code(s))
				}
			}
			return true
		})
	}
	return codes
}

func TestStoreFaultIsNotKnown(t *testing.T) {
	r := newRig(t)
	r.engine.do = func(queue.Command) (queue.Answer, error) { return queue.Answer{}, errDisk }
	got := r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", "k")
	got.refusal(t, NotKnown)
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the cause leaked: %s", got.body)
	}
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.shelf.err = errDisk
	for _, path := range []string{"/api/tickets/20260302-A001", "/api/queues/A/tickets", "/api/overview"} {
		got := r.ask(t, "manager", "GET", path, "")
		got.refusal(t, Unavailable)
		if strings.Contains(string(got.body), "secret") {
			t.Errorf("the cause leaked: %s", got.body)
		}
	}
}

func TestBadRequests(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		name, path, body string
		code             queue.Code
		location         string
	}{
		{"broken", "/api/tickets", `{"queue":`, BadJSON, "body"},
		{"empty", "/api/tickets", ``, BadJSON, ""},
		{"unknown field", "/api/tickets", `{"queue":"A","printer":"p"}`, BadValue, "body.printer"},
		{"wrong type", "/api/tickets", `{"queue":7}`, BadValue, "body.queue"},
		{"no queue", "/api/tickets", `{}`, BadValue, ""},
		{"not an object", "/api/tickets", `[]`, BadValue, "body"},
		{"level missing", "/api/tickets/A001/rating", `{}`, BadValue, "body"},
		{"level a word", "/api/tickets/A001/rating", `{"level":"good"}`, BadValue, "body.level"},
		{"level a fraction", "/api/tickets/A001/rating", `{"level":4.5}`, BadValue, "body.level"},
		{"unknown field of a command of the table", "/api/tickets/A001/class", `{"class":"priority","reason":"x","colour":"y"}`, BadValue, ""},
		{"fields where none are", "/api/tickets/A001/keep", `{"x":1}`, BadValue, "body.x"},
		{"too large", "/api/tickets", `{"queue":"` + strings.Repeat("A", bodyLimit) + `"}`, TooLarge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := r.ask(t, "admin", "POST", c.path, c.body).refusal(t, c.code)
			if c.location == "" {
				return
			}
			if !slices.ContainsFunc(p.Errors, func(d BadDetail) bool { return d.Location == c.location }) {
				t.Errorf("want an error at %s, got %+v", c.location, p.Errors)
			}
		})
	}
	r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Content-Type", "text/plain").refusal(t, BadContentType)
	r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", strings.Repeat("k", 201)).refusal(t, BadKey)
	r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`, "Idempotency-Key", "钥匙").refusal(t, BadKey)
	r.ask(t, "kiosk", "GET", "/api/nowhere", "").refusal(t, NotFound)
	for address, allowed := range map[string]string{"/api/tickets/A001": "GET, HEAD", "/api/tickets/A001/keep": "POST", "/api/tickets": "GET, HEAD, POST"} {
		got := r.ask(t, "kiosk", "DELETE", address, "")
		got.refusal(t, BadMethod)
		if a := got.header.Get("Allow"); a != allowed {
			t.Errorf("%s allows %q, want %q", address, a, allowed)
		}
	}
	for _, address := range []string{"/api//tickets", "/api/../api/tickets", "/api/tickets/./A001", "//kiosk"} {
		r.ask(t, "kiosk", "GET", address, "").refusal(t, NotFound)
	}
	if len(r.engine.asked) != 0 {
		t.Errorf("the engine was asked: %v", r.engine.asked)
	}
}

func TestBodyAtTheLimitPasses(t *testing.T) {
	r := newRig(t)
	body := `{"queue":"A"` + strings.Repeat(" ", bodyLimit-len(`{"queue":"A"}`)) + `}`
	if got := r.ask(t, "kiosk", "POST", "/api/tickets", body); got.status != 201 {
		t.Errorf("%d bytes: %d %s", len(body), got.status, got.body)
	}
}

// fileLength is a set-up whose only mistake says how long the file is.
type fileLength struct{}

func (fileLength) Text(queue.Config) (string, error)                { return "", nil }
func (fileLength) Changes(queue.Config, queue.Config) []SetupChange { return nil }
func (fileLength) Read(text string) (c queue.Config, mistakes []BadDetail) {
	return c, []BadDetail{{Location: strconv.Itoa(len(text))}}
}

// A set-up with a county's whole catalogue is larger than any other request.
func TestALargeSetUpPasses(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Setup = fileLength{} })
	file := strings.Repeat("# two thousand items\n", 4<<20/21)
	if got := r.ask(t, "admin", "PUT", "/api/config", fmt.Sprintf(`{"hall":%q}`, file)); !strings.Contains(string(got.body), strconv.Itoa(len(file))) {
		t.Errorf("%d bytes: %d %s", len(file), got.status, got.body)
	}
	r.ask(t, "admin", "PUT", "/api/config", fmt.Sprintf(`{"hall":%q}`, file+file)).refusal(t, TooLarge)
}

func TestPanicIsOneRequest(t *testing.T) {
	r := newRig(t)
	r.engine.do = func(queue.Command) (queue.Answer, error) { panic("the secret") }
	got := r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`)
	got.refusal(t, Internal)
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the panic leaked: %s", got.body)
	}
	if got := r.ask(t, "kiosk", "GET", "/api/hall", ""); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
}

func TestIssueRate(t *testing.T) {
	r := newRig(t, func(o *Options) { o.IssueRate = 2 })
	for range 2 {
		if got := r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`); got.status != 201 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	r.ask(t, "kiosk", "POST", "/api/tickets", `{"queue":"A"}`).refusal(t, TooMany)
	if got := r.ask(t, "manager", "POST", "/api/tickets", `{"queue":"A"}`); got.status != 201 {
		t.Errorf("another token is held back too: %d", got.status)
	}
}

func TestOpenAPIIsGolden(t *testing.T) {
	r := newRig(t)
	got := r.ask(t, "", "GET", "/api/openapi.json", "")
	var doc map[string]any
	got.into(t, &doc)
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1") {
		t.Errorf("openapi %v", doc["openapi"])
	}
	golden(t, "openapi.json", got.body)
}

// golden compares JSON with a file in testdata, indented so that a change can be read.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: make it with go test -update", err)
	}
	if string(want) != string(text) {
		t.Errorf("%s has changed; look at the difference after go test -update", path)
	}
}

// BenchmarkIssue is the issue path without network and store: what the server itself costs.
func BenchmarkIssue(b *testing.B) {
	e := newScripted()
	srv := New(Options{Engine: e, Store: &shelf{}, Tokens: allTokens(), IssueRate: 1 << 30})
	defer srv.Close()
	e.do = func(queue.Command) (queue.Answer, error) {
		e.asked, e.keys = e.asked[:0], e.keys[:0]
		t := sampleTicket()
		return queue.Answer{Ticket: &t, Seq: 8}, nil
	}
	h := srv.Handler()
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest("POST", "/api/tickets", strings.NewReader(`{"queue":"A","class":"ordinary","print":"none"}`))
		req.Header.Set("Authorization", "Bearer t-kiosk")
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code != 201 {
			b.Fatal(w.Code)
		}
	}
}
