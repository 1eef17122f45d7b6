package display

import (
	"errors"
	"net/http"
	"path"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// hostForm is what a Host header may look like before it is repeated in a policy.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9.\-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// policyFor is the content security policy of a page served under host. Old browsers do not count ws: as 'self', so it is named.
func policyFor(host string) string {
	connect := "'self'"
	if hostForm.MatchString(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return "default-src 'self'; connect-src " + connect + "; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; " +
		"style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
}

// guard stands before every route: headers that keep a page to itself, and a panic that ends one request instead of a connection.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = noReferrer
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h["Cache-Control"] = noStore
			h["Content-Security-Policy"] = apiPolicy
		} else {
			h.Set("Content-Security-Policy", policyFor(r.Host))
			h.Set("X-Frame-Options", "SAMEORIGIN")
		}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.log.Error("panic in a request", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				s.refuse(w, r, newProblem(Internal, ""))
			}
		}()
		if tidy := path.Clean(r.URL.Path); tidy != r.URL.Path && tidy+"/" != r.URL.Path { // the router would send a page to say where it may be
			s.refuse(w, r, fail(NotFound, "there is no %s; an address has no empty and no dotted parts", r.URL.Path))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// The headers that are the same on every answer, made once. Nobody appends to them.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noStore    = []string{"no-store"}
	apiPolicy  = []string{"default-src 'none'; frame-ancestors 'none'"}
)

// assetAge is how long a browser may keep a file whose name holds a hash of its contents.
const assetAge = 365 * 24 * time.Hour
