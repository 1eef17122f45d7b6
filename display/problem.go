package display

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"halld/queue"
)

// The refusals of the API itself; those of the hall are in queue/refusal.go. The words are part of the API: never rename one.
const (
	NoToken        queue.Code = "no-token"
	WrongToken     queue.Code = "wrong-token"
	NotAllowed     queue.Code = "not-allowed" // the token's role may not do this
	BadJSON        queue.Code = "bad-json"
	BadValue       queue.Code = "bad-value" // a field or parameter is unknown, missing or of the wrong kind; see errors
	BadKey         queue.Code = "bad-key"   // an Idempotency-Key that is too long or not printable
	TooLarge       queue.Code = "too-large"
	BadContentType queue.Code = "bad-content-type"
	SlowBody       queue.Code = "slow-body"
	NotFound       queue.Code = "not-found"
	BadMethod      queue.Code = "bad-method"
	NotWebSocket   queue.Code = "not-websocket"
	TooMany        queue.Code = "too-many"
	TooManyScreens queue.Code = "too-many-screens"
	ReadingGone    queue.Code = "reading-gone"  // the card was read too long ago
	SetupChanged   queue.Code = "setup-changed" // somebody changed it meanwhile
	NotKnown       queue.Code = "not-known"     // the store failed: whether it was done is not known; repeat with the same key
	Unavailable    queue.Code = "unavailable"   // reading failed, or the hall is shutting down
	Internal       queue.Code = "internal"

	// of the technician's bench
	UnknownDevice  queue.Code = "unknown-device"
	UnknownProfile queue.Code = "unknown-profile"
	DeviceAway     queue.Code = "device-away"    // it is not there now
	DeviceCannot   queue.Code = "device-cannot"  // it has nothing for that
	BenchBusy      queue.Code = "bench-busy"     // somebody tries something there already
	ConfirmNeeded  queue.Code = "confirm-needed" // the hall is open: say again that it is meant
	PortRefused    queue.Code = "port-refused"   // it cannot be opened, or is no port
	BadBytes       queue.Code = "bad-bytes"      // no hex, or no operation of the profile
	BadProfile     queue.Code = "bad-profile"    // the text is wrong; errors says where
	ProfileTaken   queue.Code = "profile-taken"  // another file has this id
)

// Problem is a refusal or a fault as it leaves the server (RFC 9457).
type Problem struct {
	Type    string      `json:"type" doc:"urn:halld:problem: and the code"`
	Title   string      `json:"title" doc:"what is wrong, in English"`
	TitleZh string      `json:"title_zh" doc:"what is wrong, in Chinese"`
	Status  int         `json:"status" doc:"the HTTP status"`
	Detail  string      `json:"detail,omitempty" doc:"for developers and logs, in English"`
	Code    queue.Code  `json:"code" doc:"stable: programs and screens go by it"`
	Errors  []BadDetail `json:"errors,omitempty" nullable:"false" doc:"what is wrong where, with the code bad-value or bad-json"`

	Instead *queue.Instead `json:"instead,omitempty" doc:"what can be done instead, where the hall knows"`
}

// BadDetail is one thing wrong with a request.
type BadDetail struct {
	Location  string `json:"location,omitempty" doc:"such as body.level or path.window"`
	Message   string `json:"message"`
	MessageZh string `json:"message_zh,omitempty" doc:"the same in Chinese, where it is known"`
	Value     any    `json:"value,omitempty"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes JSON a problem document.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to try again, and what a missing token should look like.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="halld"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	return h
}

// fail makes a refusal of the API itself.
func fail(code queue.Code, format string, args ...any) error {
	return queue.Refuse(code, format, args...)
}

// Explain makes a refusal whose reasons a person reads on the screen that asked.
func Explain(code queue.Code, reasons ...BadDetail) error {
	p := newProblem(code, "")
	p.Errors = reasons
	if len(reasons) > 0 {
		p.Detail = reasons[0].Message
	}
	return p
}

// fault is something that went wrong inside: its cause is logged and never shown.
type fault struct {
	code  queue.Code
	doing string
	err   error
}

func (f *fault) Error() string { return f.doing + ": " + f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// notRead is what became of a read that the store could not do. A refusal stays one.
func notRead(doing string, err error) error {
	if queue.CodeOf(err) != "" {
		return err
	}
	return &fault{code: Unavailable, doing: doing, err: err}
}

// notDone is what became of a command. A refusal stays one; of anything else it is not known whether it was stored.
func notDone(cmd queue.Command, err error) error {
	if queue.CodeOf(err) != "" {
		return err
	}
	return &fault{code: NotKnown, doing: fmt.Sprintf("do %T", cmd), err: err}
}

// StatusOf maps a code to its HTTP status: 404 for what is not there, 422 for values that can never be right, 401 and 403 for tokens,
// 409 for everything the hall refuses because of how it stands now.
func StatusOf(code queue.Code) int {
	switch code {
	case queue.UnknownPerson, queue.UnknownQueue, queue.UnknownWindow, queue.UnknownTicket, queue.UnknownItem, queue.UnknownPrinter, queue.UnknownJob, queue.UnknownKiosk, NotFound,
		UnknownDevice, UnknownProfile:
		return http.StatusNotFound
	case queue.TextRefused, queue.BadClass, queue.BatchTooLarge, queue.BadOutcome, queue.BadLevel, queue.BadPrintResult, queue.BadDay, queue.BadConfig, queue.ReasonNeeded,
		queue.KeyReused, BadValue, BadKey, BadBytes, BadProfile:
		return http.StatusUnprocessableEntity
	case BadJSON:
		return http.StatusBadRequest
	case NoToken, WrongToken:
		return http.StatusUnauthorized
	case NotAllowed:
		return http.StatusForbidden
	case BadMethod:
		return http.StatusMethodNotAllowed
	case SlowBody:
		return http.StatusRequestTimeout
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case BadContentType:
		return http.StatusUnsupportedMediaType
	case NotWebSocket:
		return http.StatusUpgradeRequired
	case TooMany:
		return http.StatusTooManyRequests
	case NotKnown, Unavailable, TooManyScreens, queue.DiskFull:
		return http.StatusServiceUnavailable
	case Internal:
		return http.StatusInternalServerError
	default:
		return http.StatusConflict
	}
}

// newProblem words a code.
func newProblem(code queue.Code, detail string) *Problem {
	w, ok := titles[code]
	if !ok {
		w = word{"不能这样做", "The hall refuses this."}
	}
	return &Problem{Type: "urn:halld:problem:" + string(code), Title: w.en, TitleZh: w.zh, Status: StatusOf(code), Detail: detail, Code: code}
}

// problemOf turns any error into what leaves the server. Whatever is not a refusal is logged, and only its code is shown.
func (s *Server) problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var r *queue.Refusal
	if errors.As(err, &r) {
		p := newProblem(r.Code, r.Text)
		p.Instead = r.Instead
		return p
	}
	var f *fault
	if errors.As(err, &f) {
		if ctx.Err() == nil { // a caller that left is no fault of the hall
			s.log.Error("request failed", "doing", f.doing, "code", string(f.code), "err", f.err)
		}
		return newProblem(f.code, "")
	}
	s.log.Error("request failed", "code", string(Internal), "err", err)
	return newProblem(Internal, "")
}

// problemOfHuma words what the router found wrong with a request before any handler saw it.
func problemOfHuma(e *huma.ErrorModel) *Problem {
	code := Internal
	switch e.Status {
	case http.StatusBadRequest:
		code = BadJSON
	case http.StatusRequestTimeout:
		code = SlowBody
	case http.StatusRequestEntityTooLarge:
		code = TooLarge
	case http.StatusUnsupportedMediaType:
		code = BadContentType
	case http.StatusUnprocessableEntity:
		code = BadValue
	}
	if code == Internal { // a body that broke off, mostly: nobody reads the answer, and its text may come from anywhere
		return newProblem(code, "")
	}
	p := newProblem(code, e.Detail)
	for _, d := range e.Errors {
		b := BadDetail{Location: d.Location, Message: d.Message, Value: d.Value}
		if d.Location == "body" {
			b.Value = nil // the whole body again helps nobody
		}
		p.Errors = append(p.Errors, b)
	}
	return p
}

// ownErrors is a transformer: every error that the router itself writes becomes a Problem.
func ownErrors(_ huma.Context, _ string, v any) (any, error) {
	if e, ok := v.(*huma.ErrorModel); ok {
		return problemOfHuma(e), nil
	}
	return v, nil
}

// refuse writes an error outside the router.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problemOf(r.Context(), err)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	maps.Copy(h, p.GetHeaders())
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.log.Debug("write problem", "code", string(p.Code), "err", err) // the caller has gone
	}
}
