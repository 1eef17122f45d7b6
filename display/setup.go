package display

import (
	"context"
	"strconv"

	"halld/queue"
)

// Setup reads and writes the hall's set-up as people write it: a hall file.
type Setup interface {
	// Text writes a set-up as a hall file.
	Text(c queue.Config) (string, error)
	// Read reads a hall file. Mistakes are all there are, each with its place; then the set-up is of no use.
	Read(text string) (c queue.Config, mistakes []BadDetail)
	// Changes tells what is different between two set-ups, in words.
	Changes(old, now queue.Config) []SetupChange
}

// SetupChange is one difference between two set-ups.
type SetupChange struct {
	Zh      string `json:"zh"`
	En      string `json:"en"`
	Parts   string `json:"parts" doc:"what it touches, in words"`
	PartsZh string `json:"parts_zh"`
}

// SetupText is the hall's set-up.
type SetupText struct {
	Setup uint64 `json:"setup" doc:"the event that made it so; PUT takes it in If-Match"`
	Hall  string `json:"hall" doc:"as a hall file (TOML)"`
}

type setupTextOut struct {
	ETag string `header:"ETag"`
	Body SetupText
}

func etagOf(setup uint64) string { return `"` + strconv.FormatUint(setup, 10) + `"` }

func (s *Server) getConfig(context.Context, *struct{}) (*setupTextOut, error) {
	v := s.view()
	if v.Config == nil {
		return nil, fail(queue.NotConfigured, "the hall is not set up yet")
	}
	text, err := s.setup.Text(*v.Config)
	if err != nil {
		return nil, &fault{code: Internal, doing: "write the set-up", err: err}
	}
	return &setupTextOut{ETag: etagOf(v.Setup), Body: SetupText{Setup: v.Setup, Hall: text}}, nil
}

// SetupRequest changes the hall's set-up.
type SetupRequest struct {
	Hall   string                          `json:"hall" doc:"the whole hall file (TOML)"`
	Move   map[queue.QueueID]queue.QueueID `json:"move,omitempty" doc:"where the tickets of a queue that goes wait from now on"`
	DryRun bool                            `json:"dry_run,omitempty" doc:"only tell what would change"`
}

// SetupAnswer is what a changed set-up leads to.
type SetupAnswer struct {
	Setup   uint64        `json:"setup" doc:"the event that made the set-up that holds now"`
	Changes []SetupChange `json:"changes" nullable:"false"`
	Applied bool          `json:"applied"`
}

type putConfigIn struct {
	Keyed
	IfMatch string `header:"If-Match" doc:"the ETag of the set-up that the change was made from; left out: whatever holds now"`
	Body    SetupRequest
}

type putConfigOut struct {
	ETag string `header:"ETag"`
	Body SetupAnswer
}

// putConfig changes a running hall. What did not change is not touched: no device, no screen, no ticket.
func (s *Server) putConfig(ctx context.Context, in *putConfigIn) (*putConfigOut, error) {
	v := s.view()
	if in.IfMatch != "" && in.IfMatch != "*" && in.IfMatch != etagOf(v.Setup) {
		return nil, fail(SetupChanged, "the set-up was changed meanwhile: read it again and make the change from there")
	}
	next, mistakes := s.setup.Read(in.Body.Hall)
	if len(mistakes) > 0 {
		return nil, Explain(queue.BadConfig, mistakes...)
	}
	out := &putConfigOut{ETag: etagOf(v.Setup), Body: SetupAnswer{Setup: v.Setup, Changes: []SetupChange{}}}
	var old queue.Config
	if v.Config != nil {
		old = *v.Config
	}
	out.Body.Changes = list(s.setup.Changes(old, next))
	cmd := queue.Configure{Config: next, Move: in.Body.Move}
	if in.Body.DryRun {
		return out, s.engine.Try(ctx, callerOf(ctx).actor(), cmd)
	}
	if len(out.Body.Changes) == 0 && v.Config != nil {
		return out, nil
	}
	a, err := s.do(ctx, in.Keyed, cmd)
	if err != nil {
		return nil, err
	}
	now := s.view()
	out.ETag, out.Body.Setup, out.Body.Applied = etagOf(now.Setup), max(now.Setup, v.Setup), a.Seq > 0
	return out, nil
}
