package display

import (
	"context"
	"time"
)

// speechWait is how long a page that asks for the next sentence waits at most.
const speechWait = 5 * time.Second

// Announcer has hall-board pages speak.
type Announcer interface {
	// Next waits until there is something for a page to speak, or until ctx ends. after is what the page has spoken last, failure why it could not; asking again
	// is its receipt. A page that leaves gets nothing and is waited for no longer. ok is false for a zone that is not there.
	Next(ctx context.Context, zone, page string, after uint64, failure string, leaves bool) (s Spoken, ok bool)
	// Sound is the WAV file of what is spoken now.
	Sound(zone string, id uint64) (wav []byte, ok bool)
}

// Spoken is one sentence that a page is to speak.
type Spoken struct {
	ID      uint64  `json:"id" doc:"give it to the next request as after; 0: nothing is to be spoken"`
	Number  string  `json:"number,omitempty"`
	Window  string  `json:"window,omitempty"`
	Lang    string  `json:"lang,omitempty" doc:"zh, yue or en"`
	Text    string  `json:"text,omitempty"`
	Seconds float64 `json:"seconds" doc:"how long the sound lasts; 0: there is none, only the text"`
}

type nextSpokenIn struct {
	Zone   string `query:"zone" maxLength:"40" doc:"the zone of the page; empty: the first one"`
	Page   string `query:"page" required:"true" minLength:"1" maxLength:"40" doc:"a name that the page made up for itself"`
	After  uint64 `query:"after" doc:"the sentence that the page has ended"`
	Failed string `query:"failed" maxLength:"200" doc:"why that sentence could not be spoken; empty: it was"`
	Leave  bool   `query:"leave" doc:"the page speaks no more, because it is muted or closed: it is not waited for"`
}

type spokenOut struct{ Body Spoken }

func (s *Server) nextSpoken(ctx context.Context, in *nextSpokenIn) (*spokenOut, error) {
	if s.voice == nil {
		return nil, fail(NotFound, "pages of this hall do not speak")
	}
	ctx, cancel := context.WithTimeout(ctx, speechWait)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	got, ok := s.voice.Next(ctx, in.Zone, in.Page, in.After, in.Failed, in.Leave)
	if !ok {
		return nil, fail(NotFound, "there is no zone %q", in.Zone)
	}
	return &spokenOut{got}, nil
}

type soundIn struct {
	Zone string `query:"zone" maxLength:"40" doc:"the zone of the page; empty: the first one"`
	ID   uint64 `query:"id" required:"true" doc:"of the sentence"`
}

type soundOut struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (s *Server) getSound(_ context.Context, in *soundIn) (*soundOut, error) {
	if s.voice == nil {
		return nil, fail(NotFound, "pages of this hall do not speak")
	}
	wav, ok := s.voice.Sound(in.Zone, in.ID)
	if !ok {
		return nil, fail(NotFound, "sentence %d is not spoken now", in.ID)
	}
	return &soundOut{"audio/wav", wav}, nil
}
