package display

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/time/rate"

	"halld/queue"
)

// The roles a token can have. halld token create offers the same words.
const (
	RoleKiosk   = "kiosk"   // takes numbers and shows them, and passes on ratings
	RoleBoard   = "board"   // sees the hall, nothing else
	RoleClerk   = "clerk"   // works at windows; can never rate
	RoleManager = "manager" // sees everything, opens and closes the day, helps citizens
	RoleAdmin   = "admin"   // may do all
)

// roles is a set of roles that may use a route.
type roles []string

// Who may do what, one line per kind of route. admin is added to all of them by may.
var (
	everybody   = roles{RoleKiosk, RoleBoard, RoleClerk, RoleManager}
	insiders    = roles{RoleKiosk, RoleClerk, RoleManager} // the board reads the hall only
	givesNumber = roles{RoleKiosk, RoleManager}
	atKiosk     = roles{RoleKiosk}
	speaks      = roles{RoleBoard} // its receipts say that a call was heard
	cancels     = roles{RoleKiosk, RoleManager}
	takesBack   = roles{RoleClerk, RoleManager}
	seesLine    = roles{RoleClerk, RoleManager}
	atWindow    = roles{RoleClerk}
	managing    = roles{RoleManager}
	onlyAdmin   = roles{}
)

func (r roles) may(role string) bool { return role == RoleAdmin || slices.Contains(r, role) }

// caller is who asks.
type caller struct {
	role, name string
	id         string // of the token: tokens of one name are told apart by it
}

// actor is the caller as the log names him.
func (c caller) actor() queue.Actor { return queue.Actor{Role: queue.Role(c.role), Name: c.name} }

// private reports whether the caller may see what clerks wrote and how citizens rated.
func (c caller) private() bool { return c.role == RoleManager || c.role == RoleAdmin }

type callerKey struct{}

// callerOf returns who asks. Every route of the API has one: authorise put it there.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// bearer takes the token out of an Authorization header; empty if there is none.
func bearer(h http.Header) string {
	scheme, token, ok := strings.Cut(h.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// identify finds out who asks and whether he may.
func (s *Server) identify(token string, allowed roles) (caller, error) {
	if token == "" {
		return caller{}, fail(NoToken, "this needs a token: send Authorization: Bearer TOKEN")
	}
	role, name, ok := s.tokens.Lookup(token)
	if !ok {
		return caller{}, fail(WrongToken, "the token is not known here: ask for one made with halld token create")
	}
	if !allowed.may(role) {
		return caller{}, fail(NotAllowed, "the role %s may not do this", role)
	}
	sum := sha256.Sum256([]byte(token))
	return caller{role: role, name: name, id: hex.EncodeToString(sum[:8])}, nil
}

// authorise lets a request through to a handler, with its caller in the context.
func (s *Server) authorise(allowed roles) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c, err := s.identify(bearer(r.Header), allowed)
		if err == nil && s.ready != nil {
			if why := s.ready(); why != nil { // what would be shown may not be what is stored any more
				err = &fault{code: Unavailable, doing: "answer", err: why}
			}
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

// issueLimits holds a limiter per token name. Names come from the hall's own tokens, so the map cannot grow without bound.
type issueLimits struct {
	perSecond int
	mu        sync.Mutex
	of        map[string]*rate.Limiter
}

// take reports whether one more ticket may be asked for now.
func (l *issueLimits) take(name string) bool {
	l.mu.Lock()
	lim, ok := l.of[name]
	if !ok {
		if l.of == nil {
			l.of = map[string]*rate.Limiter{}
		}
		lim = rate.NewLimiter(rate.Limit(l.perSecond), l.perSecond)
		l.of[name] = lim
	}
	l.mu.Unlock()
	return lim.Allow()
}
