package devices

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Hearing says what is known of a device from what it answered. That bytes were sent proves nothing: nobody may be there.
type Hearing string

// What a device lets be heard.
const (
	Answers       Hearing = "answers"        // it answered, or told something by itself
	OnlyListens   Hearing = "only-listens"   // its protocol has no answer: only somebody who looks at it can say whether it works
	NeverAnswered Hearing = "never-answered" // it could answer, and never did
)

// Heard is when a device was last heard. It takes no lock: who asks may hold one that the device waits for while it speaks.
type Heard struct{ at atomic.Pointer[time.Time] }

// Now notes that the device is heard.
func (h *Heard) Now() {
	now := time.Now()
	h.at.Store(&now)
}

// Answered is when it was heard last; zero: never.
func (h *Heard) Answered() time.Time {
	if at := h.at.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// Answering is a device that knows when it was last heard: an answer or a message that made sense and was its own. Zero: never. It is asked while others
// wait and must not wait itself: see Heard.
type Answering interface {
	Answered() time.Time
}

// AnsweredBy is when a device was last heard; zero if it never was, or cannot be.
func AnsweredBy(d Device) time.Time {
	if a, ok := d.(Answering); ok {
		return a.Answered()
	}
	return time.Time{}
}

// Witness is who saw a device do its work, and when.
type Witness struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Words say how a device is, Chinese and English. What was only sent is never called well.
func (h *Health) Words() (zh, en string) {
	switch {
	case h.State == "failing":
		return "故障", "Failing"
	case h.State == "warning":
		return "需要处理", "Needs attention"
	case h.State == "starting":
		return "正在连接", "Starting"
	case h.Hearing == Answers:
		return "正常", "Working"
	}
	zh, en = "已发送，未确认：只发不收", "Sent, not confirmed: it gives no answer"
	if h.Hearing == NeverAnswered {
		zh, en = "已发送，未确认：从未应答", "Sent, not confirmed: it never answered"
	}
	if w := h.Witness; w != nil {
		at := w.At.Format("01-02 15:04")
		zh, en = zh+fmt.Sprintf("（%s %s 看到正常）", w.By, at), en+fmt.Sprintf(" (%s saw it working, %s)", w.By, at)
	}
	return zh, en
}
