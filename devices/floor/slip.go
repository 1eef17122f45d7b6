package floor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"halld/devices"
	"halld/queue"
	"halld/queue/wait"
)

// slip fills the fields of a ticket's paper from the hall's set-up and the ticket as stored.
func (f *Floor) slip(ctx context.Context, v *queue.View, j queue.PrintJob) (devices.Slip, error) {
	t, err := f.o.Ticket(ctx, j.Ticket)
	if err != nil {
		return devices.Slip{}, fmt.Errorf("look up ticket %s: %w", j.Ticket, err)
	}
	s := devices.Slip{Job: string(j.ID), Number: t.Number, Issued: t.Issued.In(hallTime(v)), Copy: max(j.Copy, 1), Ahead: -1}
	if f.o.Clock != nil && f.o.Clock() == queue.Unset { // once the clock has come, a copy has the true time
		s.Issued = time.Time{}
	}
	cfg := v.Config
	if cfg == nil {
		return s, nil
	}
	s.Hall, s.HallEn, s.Template = cfg.Name, cfg.NameEn, cfg.Ticket
	if cfg.Address != "" {
		s.URL = cfg.Address + "/t/" + string(t.ID)
	}
	f.business(&s, cfg, t)
	s.Windows = windowsOf(v, t.Queue)
	s.Missed, s.MissedEn = missedWords(cfg.Policy)
	s.Notice, s.NoticeEn = noticeWords(&t, hallTime(v))
	f.places(ctx, &s, v, t)
	return s, nil
}

// hallTime is the hall's time zone: what stands on paper is the hall's time, not the machine's.
func hallTime(v *queue.View) *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}

func (f *Floor) business(s *devices.Slip, cfg *queue.Config, t queue.Ticket) {
	for _, q := range cfg.Queues {
		if q.ID == t.Queue {
			s.Business, s.BusinessEn = q.Name, q.NameEn
		}
	}
	var dep queue.DepartmentID
	for _, i := range cfg.Items {
		if t.Item != "" && i.ID == t.Item {
			s.Business, s.BusinessEn, dep = i.Name, i.NameEn, i.Department
			s.Bring = slices.Clone(i.Bring[:min(3, len(i.Bring))])
		}
	}
	if dep == "" {
		dep = onlyDepartment(cfg, t.Queue)
	}
	for _, d := range cfg.Departments {
		if d.ID == dep {
			s.Department, s.DepartmentEn = d.Name, d.NameEn
		}
	}
}

// onlyDepartment is the department of a queue's items, if they all have the same one.
func onlyDepartment(cfg *queue.Config, q queue.QueueID) queue.DepartmentID {
	var dep queue.DepartmentID
	for _, i := range cfg.Items {
		switch {
		case i.Queue != q:
		case dep == "":
			dep = i.Department
		case dep != i.Department:
			return ""
		}
	}
	return dep
}

// windowsOf lists the windows that serve a queue: the staffed ones, or all of them if none is.
func windowsOf(v *queue.View, q queue.QueueID) []string {
	var staffed, all []string
	for _, w := range v.Windows {
		if !slices.Contains(w.Queues, q) {
			continue
		}
		all = append(all, string(w.ID))
		if w.State != queue.WindowClosed {
			staffed = append(staffed, string(w.ID))
		}
	}
	if len(staffed) > 0 {
		return staffed
	}
	return all
}

// missedWords says in the citizen's words, Chinese and English, what the hall does with a missed number.
func missedWords(p queue.Policy) (zh, en string) {
	if p.ReturnLimit <= 0 {
		return "过号作废，请重新取号。", "A missed number is void: please take a new one."
	}
	zh, en = fmt.Sprintf("过号后请到窗口或导办台报号，再叫 %d 位后为您办理", p.ReturnAfter), fmt.Sprintf("Missed your call? Report at the window or the desk: you are served after %d others", p.ReturnAfter)
	if p.ReturnLimit == 1 {
		zh, en = zh+"（限一次）", en+" (once only)"
	}
	return zh + "。", en + "."
}

// places says how many are ahead and how long that takes. What is not known stays off the paper: a wrong figure is worse than none.
func (f *Floor) places(ctx context.Context, s *devices.Slip, v *queue.View, t queue.Ticket) {
	switch {
	case f.o.Ahead != nil:
		n, err := f.o.Ahead(ctx, t.ID)
		if err != nil {
			f.log.Warn("count who is ahead for a slip", "ticket", t.ID, "err", err)
			return
		}
		s.Ahead = n
	case t.State == queue.Issued && s.Copy == 1:
		for _, q := range v.Queues {
			if q.ID == t.Queue {
				s.Ahead = max(q.Waiting+q.Printing-1, 0)
			}
		}
	}
	if f.o.Estimate != nil && s.Ahead >= 0 {
		if m := f.o.Estimate(v, t.Queue, s.Ahead); m.Known() && m.Basis != wait.Constant { // paper cannot say that it is a mere rule of thumb
			s.WaitLow, s.WaitHigh = m.Low, m.High
		}
	}
}
