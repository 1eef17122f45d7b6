package queue_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// issueRule reads a line of a script's hall that is about giving numbers; false: it is none.
func issueRule(t *testing.T, cfg *queue.Config, w []string) bool {
	t.Helper()
	q := &queue.Queue{}
	if i := slices.IndexFunc(cfg.Queues, func(q queue.Queue) bool { return len(w) > 1 && q.ID == queue.QueueID(w[1]) }); i >= 0 {
		q = &cfg.Queues[i]
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	lasts := func(s string) time.Duration {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	switch w[0] {
	case "rule": // rule A last=refuse margin=5m unserved=warn within=10m
		for _, a := range w[2:] {
			key, value, _ := strings.Cut(a, "=")
			switch key {
			case "last":
				q.LastNumber = queue.LastNumber(value)
			case "margin":
				q.LastMargin = lasts(value)
			case "unserved":
				q.Unserved = queue.Unserved(value)
			case "within":
				cfg.Policy.StaffedWithin = lasts(value)
			}
		}
	case "quota": // quota A mon,tue 09:00-12:00 5; - for every day, or all day
		u := queue.Quota{Limit: number(w[4])}
		if w[2] != "-" {
			for d := range strings.SplitSeq(w[2], ",") {
				u.Days = append(u.Days, catalogue.Weekday(d))
			}
		}
		if w[3] != "-" {
			var err error
			if u.Hours, err = catalogue.ParseSpan(w[3]); err != nil {
				t.Fatal(err)
			}
		}
		q.Quotas = append(q.Quotas, u)
	case "item": // item card A 10 (usual minutes)
		it := queue.Item{ID: queue.ItemID(w[1]), Name: w[1], Department: "d", Queue: queue.QueueID(w[2])}
		it.Kind, it.NoMaterials = catalogue.Registration, true
		it.Minutes = number(w[3])
		cfg.Departments = []queue.Department{{ID: "d", Name: "d"}}
		cfg.Items = append(cfg.Items, it)
	case "kiosk": // kiosk k1 A B
		k := queue.KioskSetup{ID: queue.KioskID(w[1])}
		for _, id := range w[2:] {
			k.Queues = append(k.Queues, queue.QueueID(id))
		}
		cfg.Kiosks = append(cfg.Kiosks, k)
	case "hours": // hours 09:00-12:00 13:30-17:00, from Monday to Friday
		spans, bad := catalogue.ParseSpans(w[1:])
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		for _, d := range catalogue.Weekdays()[:5] {
			cfg.Calendar.Hours.Set(d, spans)
		}
	default:
		return false
	}
	return true
}

// asKiosk reads "k1: issue A".
func asKiosk(w []string) (name string, rest []string, ok bool) {
	if name, ok = strings.CutSuffix(w[0], ":"); ok {
		return name, w[1:], true
	}
	return "", w, false
}

// issueOption reads n=3, setup=1, item=card, person=x, why=… of an issue.
func issueOption(c *queue.Issue, a string) bool {
	key, value, ok := strings.Cut(a, "=")
	n, _ := strconv.Atoi(value)
	switch {
	case !ok:
		return false
	case key == "n":
		c.Quantity = n
	case key == "setup":
		c.Setup = uint64(n)
	case key == "item":
		c.Item = queue.ItemID(value)
	case key == "person":
		c.Person = queue.PersonKey(value)
	case key == "why":
		c.Override = value
	}
	return true
}

func halting(name, id, reason string) queue.Command {
	switch name {
	case "stop":
		return queue.PauseQueue{Queue: queue.QueueID(id), Reason: reason}
	case "go-on":
		return queue.ResumeQueue{Queue: queue.QueueID(id)}
	case "lock":
		return queue.LockKiosk{Kiosk: queue.KioskID(id), Reason: reason}
	default:
		return queue.UnlockKiosk{Kiosk: queue.KioskID(id)}
	}
}
