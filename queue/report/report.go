// Package report has the figures of a service day, made from its events alone: whoever counts them again from the same log gets the same, whatever the hall's
// set-up has become since. It is pure: no clock, store or network.
//
// There is one definition of each figure, and it stands in one function; there is one Quantile. What a figure counts are legs: stays of a ticket in one queue.
package report

import (
	"time"

	"halld/queue"
)

// Form is raised whenever the same events would give other figures than before: what is stored under another form is made anew.
const Form = 1

// Day is the figures of one service day.
type Day struct {
	Day      queue.DayID `json:"day"`
	Opened   time.Time   `json:"opened"`
	OpenedBy queue.Actor `json:"opened_by,omitzero"` // zero in logs of before actors were recorded
	Closed   time.Time   `json:"closed,omitzero"`    // zero while it is open
	ClosedBy queue.Actor `json:"closed_by,omitzero"`
	Seq      uint64      `json:"seq"` // the last event that was counted

	All         Figures `json:"all"`
	Queues      []Part  `json:"queues"`      // all of the day's set-up, and what was counted besides
	Departments []Part  `json:"departments"` // by the item's department, else the queue's only one, else that of the window
	Windows     []Part  `json:"windows"`     // what happened there
	Items       []Part  `json:"items"`       // those that were asked for; a ticket whose item nobody named is in none
	Clerks      []Part  `json:"clerks"`      // by staff number, or by name in a hall without people: what happened where they sat
}

// Part is the figures of a part of the hall, under the names that it had on that day.
type Part struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	NameEn string `json:"name_en,omitempty"`
	Figures
}

// Figures count legs. Of a window or a clerk they count what happened there: a leg called at two windows stands at both.
type Figures struct {
	Issued    int `json:"issued"`     // numbers given out
	Visits    int `json:"visits"`     // people with a number who had a leg here
	Called    int `json:"called"`     // legs called at least once; a call that was given back is none
	Served    int `json:"served"`     // services that ended with a citizen there, sent on to another queue included
	Missed    int `json:"missed"`     // times nobody came, also where the person came back later; not those that were undone
	Returned  int `json:"returned"`   // times somebody came back after a miss
	GivenBack int `json:"given_back"` // calls that were put back to their place
	Moved     int `json:"moved"`      // services that went on in another queue
	Cancelled int `json:"cancelled"`
	Void      int `json:"void"`
	Expired   int `json:"expired"`

	Outcomes map[queue.Outcome]int `json:"outcomes"`
	Ratings  [6]int                `json:"ratings"` // by level 1 to 5; at 0 the services that ended and were not rated (未评价)

	Wait    Spread `json:"wait"`    // from joining the line to the first call of each leg; a call given back does not end it
	Service Spread `json:"service"` // of served ones, from the citizen's coming to the end, without the time laid aside
	Held    Spread `json:"held"`    // the time laid aside, of those who were

	Target   queue.Target `json:"target,omitzero"` // what was promised last
	Promised int          `json:"promised"`        // of Wait.N: those of whom a wait was promised when they joined the line
	Within   int          `json:"within"`          // of Promised: those who waited no longer than that

	Overtaken map[queue.Reason]int `json:"overtaken"` // people passed over by calls that stood, by the reason of the call

	Waiting int       `json:"waiting"`        // now
	Over    int       `json:"over"`           // of Waiting: longer than was promised
	Since   time.Time `json:"since,omitzero"` // when who waits longest joined the line
}

// Spread says how durations lay.
type Spread struct {
	N      int           `json:"n"`
	Sum    time.Duration `json:"sum"`
	Median time.Duration `json:"median"`
	P90    time.Duration `json:"p90"`
	Max    time.Duration `json:"max"`
}

// TargetOf is what a set-up promises about waiting in a queue, or for an item of it where one is named: what the item says, or its queue, or the hall.
func TargetOf(c *queue.Config, id queue.QueueID, item queue.ItemID) queue.Target {
	if c == nil {
		return queue.Target{}
	}
	for i := range c.Items {
		if it := &c.Items[i]; item != "" && it.ID == item && it.Target.Wait > 0 {
			return it.Target
		}
	}
	for i := range c.Queues {
		if q := &c.Queues[i]; q.ID == id && q.Target.Wait > 0 {
			return q.Target
		}
	}
	return c.Policy.Target
}
