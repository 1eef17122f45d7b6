package display

import (
	"context"
	"time"

	"halld/queue"
)

// Kiosk is a kiosk as set up, and whether it gives numbers.
type Kiosk struct {
	ID     queue.KioskID `json:"id" doc:"the name of its token"`
	Name   string        `json:"name,omitempty"`
	Locked string        `json:"locked,omitempty" doc:"it gives no numbers, and why"`
}

func kiosks(v *queue.View) []Kiosk {
	out := []Kiosk{}
	for _, k := range configOf(v).Kiosks {
		out = append(out, Kiosk{ID: k.ID, Name: k.Name, Locked: v.Locked[k.ID]})
	}
	return out
}

// Issuing is how it stands with taking a number of a queue, for who comes now with one case.
type Issuing struct {
	Refused  queue.Code `json:"refused,omitempty" doc:"no number is given now: queue-stopped, quota-used, too-late or nobody-there"`
	Stopped  string     `json:"stopped,omitempty" doc:"no numbers are given for now, and why, in words"`
	From     time.Time  `json:"refused_until,omitzero" doc:"come again then; absent: that is not known"`
	Past     time.Time  `json:"past_closing,omitzero" doc:"a number is given, but not expected to be served before this closing time"`
	Resumes  time.Time  `json:"calls_resume_at,omitzero" doc:"and calls go on then; absent: not today"`
	Unserved bool       `json:"unserved,omitempty" doc:"no window that serves it is staffed, or expected to be"`
	Long     bool       `json:"long,omitempty" doc:"the queue is long: ask whether a number is wanted all the same"`
}

func issuing(v *queue.View, q *queue.QueueView, now time.Time) Issuing {
	st := v.Standing(q, now)
	return Issuing{Refused: st.Code, Stopped: q.Stopped, From: st.From, Past: st.Past, Resumes: st.Resumes, Unserved: st.Unserved, Long: st.Long}
}

// HallAnswer is the hall after something was done about a part of it.
type HallAnswer struct {
	Seq    uint64  `json:"seq"`
	Queues []Queue `json:"queues" nullable:"false"`
	Kiosks []Kiosk `json:"kiosks" nullable:"false"`
}

type hallAnswerOut struct{ Body HallAnswer }

func (s *Server) hallAnswer(ctx context.Context, k Keyed, cmd queue.Command) (*hallAnswerOut, error) {
	a, err := s.do(ctx, k, cmd)
	if err != nil {
		return nil, err
	}
	v := s.view()
	return &hallAnswerOut{HallAnswer{Seq: a.Seq, Queues: s.queueViews(v, s.now()), Kiosks: kiosks(v)}}, nil
}

type queueWithReason struct {
	Keyed
	ID   queue.QueueID `path:"id" maxLength:"8"`
	Body *ReasonRequest
}

func (s *Server) pauseQueue(ctx context.Context, in *queueWithReason) (*hallAnswerOut, error) {
	return s.hallAnswer(ctx, in.Keyed, queue.PauseQueue{Queue: in.ID, Reason: orZero(in.Body).Reason})
}

type queueAlone struct {
	Keyed
	ID   queue.QueueID `path:"id" maxLength:"8"`
	Body *NoRequest
}

func (s *Server) resumeQueue(ctx context.Context, in *queueAlone) (*hallAnswerOut, error) {
	return s.hallAnswer(ctx, in.Keyed, queue.ResumeQueue{Queue: in.ID})
}

type kioskWithReason struct {
	Keyed
	ID   queue.KioskID `path:"id" maxLength:"64" doc:"the name of its token"`
	Body *ReasonRequest
}

func (s *Server) lockKiosk(ctx context.Context, in *kioskWithReason) (*hallAnswerOut, error) {
	return s.hallAnswer(ctx, in.Keyed, queue.LockKiosk{Kiosk: in.ID, Reason: orZero(in.Body).Reason})
}

type kioskAlone struct {
	Keyed
	ID   queue.KioskID `path:"id" maxLength:"64" doc:"the name of its token"`
	Body *NoRequest
}

func (s *Server) unlockKiosk(ctx context.Context, in *kioskAlone) (*hallAnswerOut, error) {
	return s.hallAnswer(ctx, in.Keyed, queue.UnlockKiosk{Kiosk: in.ID})
}
