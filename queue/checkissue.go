package queue

import (
	"fmt"

	"halld/queue/catalogue"
)

// issueRules looks at the rules by which a queue gives its numbers.
func (p *problems) issueRules(at string, q *Queue) {
	if q.LastNumber != "" {
		choice(p, at+".last_number", q.LastNumber, LastNumbers())
	}
	if q.Unserved != "" {
		choice(p, at+".unserved", q.Unserved, UnservedRules())
	}
	p.bound(at+".last_margin", "queues.last_margin", int64(q.LastMargin), true)
	p.bound(at+".long_at", "queues.long_at", int64(q.LongAt), false)
	for i, u := range q.Quotas {
		at := fmt.Sprintf("%s.quotas[%d]", at, i)
		for k, d := range u.Days {
			choice(p, fmt.Sprintf("%s.days[%d]", at, k), d, catalogue.Weekdays())
		}
		p.bound(at+".limit", "queues.quotas.limit", int64(u.Limit), false)
	}
}

func (p *problems) checkKiosks(c *Config, queues ids[QueueID], offices ids[DepartmentID]) {
	var seen ids[KioskID]
	items := ids[ItemID]{at: map[ItemID]string{}}
	for _, it := range c.Items {
		if items.at[it.ID] == "" { // one id may have several versions
			items.at[it.ID], items.order = "items", append(items.order, string(it.ID))
		}
	}
	for i, k := range c.Kiosks {
		at := fmt.Sprintf("kiosks[%d]", i)
		take(p, &seen, k.ID, at+".id", idRE, BadID)
		p.name(at+".name", k.Name, false)
		each(p, queues, k.Queues, at+".queues", UnknownQueueID)
		each(p, items, k.Items, at+".items", UnknownItemID)
		each(p, offices, k.Departments, at+".departments", UnknownOffice)
	}
}
