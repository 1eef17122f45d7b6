package report

import (
	"time"

	"halld/queue"
)

// Filter chooses tickets of any day. Empty fields choose all.
type Filter struct {
	Day    queue.DayID
	Queue  queue.QueueID
	Item   queue.ItemID
	Window queue.WindowID // that called it last
	Clerk  queue.PersonID // who called it last
	State  queue.State
	Class  queue.Class
	Number string         // what the citizen reads
	After  queue.TicketID // the last ticket of the page before; empty: from the beginning
	Limit  int            // 0: all
}

// Page is a part of the tickets that a filter chooses, in the order in which they were made: whoever goes on after Next until there is none has seen every
// ticket that was there when he began, none twice, and those that were made meanwhile.
type Page struct {
	Tickets []queue.Ticket
	Total   int            // that the filter chooses, on all pages
	Next    queue.TicketID // the After of the next page; empty: there is none
}

// Opening is one service day of the hall.
type Opening struct {
	Day      queue.DayID
	First    uint64 // its first event
	Last     uint64 // its last; 0 while it is open
	Opened   time.Time
	OpenedBy queue.Actor
	Closed   time.Time
	ClosedBy queue.Actor
	All      *Figures // of a closed day; nil: it is open
}
