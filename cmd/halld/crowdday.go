package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"halld/devices/sim"
	"halld/queue"
	"halld/queue/catalogue"
)

// What a generated day is like.
const (
	dayGuests  = 300
	atTheDoor  = 3                // of each queue, when the doors open
	rushAtDoor = 26               // of the queue with the shortest promise: it is the one that cannot keep it
	rushLasts  = 2                // times as long at the window
	oneByOne   = 80 * time.Second // from one clerk to the next, in the morning
)

// generatedCrowd is the demo's own day, the same for the same hall; when everybody has left another one begins.
func generatedCrowd(cfg queue.Config) *crowd {
	next := func(round int) []guest { return generatedDay(cfg, round) }
	return &crowd{guests: next(0), next: next}
}

func generatedDay(cfg queue.Config, round int) []guest {
	var queues []string
	var rush queue.Queue
	items := map[queue.QueueID][]queue.Item{}
	for _, q := range cfg.Queues {
		queues = append(queues, string(q.ID))
		if w := q.Target.Wait; w > 0 && (rush.ID == "" || w < rush.Target.Wait) {
			rush = q
		}
	}
	for _, it := range cfg.Items {
		if !it.OffHall {
			items[it.Queue] = append(items[it.Queue], it)
		}
	}
	seed := int64(20260302 + round)
	r := rand.New(rand.NewPCG(uint64(seed), 0x64656d6f))
	visits := sim.Day(seed, queues, dayGuests)
	first := visits[0].Arrival
	for i := range visits {
		visits[i].Arrival -= first
	}
	for _, q := range cfg.Queues {
		n := atTheDoor
		if q.ID == rush.ID {
			n = rushAtDoor
		}
		for i := range n {
			v := sim.Visit{Queue: string(q.ID), Class: string(queue.Ordinary), Arrival: time.Duration(i) * 2 * time.Second,
				Service: time.Duration(4+r.IntN(5)) * time.Minute, Rating: 3 + r.IntN(3)}
			if i == 9 { // who has priority is called before all of them
				v.Class = string(queue.Priority)
			}
			visits = append(visits, v)
		}
	}
	slices.SortStableFunc(visits, func(a, b sim.Visit) int { return int(a.Arrival - b.Arrival) })
	var guests []guest
	for _, v := range visits {
		g := guest{queue: queue.QueueID(v.Queue), class: queue.Class(v.Class), arrival: v.Arrival, service: v.Service, noShow: v.NoShow, level: v.Rating,
			outcome: queue.NotStated}
		if g.queue == rush.ID {
			g.service *= rushLasts
		}
		if all := items[g.queue]; len(all) > 0 {
			it := all[r.IntN(len(all))]
			g.item, g.unsaid = it.ID, r.IntN(8) == 0
			g.outcome, g.note = cameOf(it, r.IntN(100))
		}
		guests = append(guests, g)
	}
	return guests
}

// cameOf is what becomes of a visit for an item. luck is below 100: most find what they came for.
func cameOf(it queue.Item, luck int) (queue.Outcome, string) {
	switch {
	case it.Kind == catalogue.Advice:
		return queue.Advice, ""
	case luck < 12:
		return queue.Supplement, ""
	case luck < 15:
		return queue.CouldNot, "资格条件不符"
	case it.Kind == catalogue.Collection:
		return queue.Collected, ""
	case it.Kind == catalogue.Payment:
		return queue.Paid, ""
	case it.Handling == catalogue.Promised:
		return queue.Accepted, ""
	default:
		return queue.DoneAtOnce, ""
	}
}
