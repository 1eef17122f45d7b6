package engine_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/engine"
)

// BenchmarkIssue measures tickets through the whole way of a command: decided, stored durably with others, answered. The keyed form is
// what a kiosk does; the store form beside it is what SQLite alone can take in batches of 256.
func BenchmarkIssue(b *testing.B) {
	for _, keyed := range []bool{false, true} {
		for _, clients := range []int{1, 8, 32, 64} {
			name := "plain"
			if keyed {
				name = "keyed"
			}
			b.Run(fmt.Sprintf("%s/clients=%d", name, clients), func(b *testing.B) { benchmarkIssue(b, clients, keyed) })
		}
	}
}

func benchmarkIssue(b *testing.B, clients int, keyed bool) {
	e, _ := openHall(b, 26, 1)
	var n atomic.Int64
	var wg sync.WaitGroup
	before := e.Stats()
	b.ResetTimer()
	for c := range clients {
		wg.Go(func() {
			for {
				i := n.Add(1)
				if i > int64(b.N) {
					return
				}
				key := ""
				if keyed {
					key = fmt.Sprintf("%d-%d", c, i)
				}
				_, err := e.Do(context.Background(), key, somebody, queue.Issue{Queue: queue.QueueID(rune('A' + i%26))})
				if queue.CodeOf(err) == queue.NumbersUsedUp {
					nextDay(b, e, i)
				} else if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	s := e.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tickets/s")
	b.ReportMetric((s.Batch.Sum-before.Batch.Sum)/float64(s.Batch.Count-before.Batch.Count), "tickets/commit")
}

var dayMu sync.Mutex

// nextDay opens another day when the numbers of one are used up.
func nextDay(b *testing.B, e *engine.Engine, i int64) {
	dayMu.Lock()
	defer dayMu.Unlock()
	if v := e.View(); v.Queues[i%26].Issued < 9000 {
		return // another client did it
	}
	do(b, e, queue.CloseDay{Force: true})
	do(b, e, queue.OpenDay{})
}

// BenchmarkStore measures SQLite alone: batches of 256 paperless tickets, encoding included.
func BenchmarkStore(b *testing.B) {
	s := openStore(b, b.TempDir())
	defer s.Close()
	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	seq := uint64(0)
	b.ResetTimer()
	for range b.N {
		var batch queue.Batch
		for range engine.MaxBatch {
			seq++
			id := queue.TicketID(fmt.Sprintf("%s-A%07d", "20260302", seq))
			batch.Events = append(batch.Events, queue.Event{Seq: seq, At: at, Fact: queue.TicketIssued{
				Ticket: id, Number: string(id[9:]), Queue: "A", Class: queue.Ordinary, State: queue.Waiting}})
			batch.Tickets = append(batch.Tickets, queue.Ticket{ID: id, Number: string(id[9:]), Visit: queue.VisitID(id), Leg: 1, Queue: "A",
				Class: queue.Ordinary, State: queue.Waiting, Ordinal: seq, Issued: at, Queued: at})
		}
		if err := s.Commit(&batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*engine.MaxBatch)/b.Elapsed().Seconds(), "tickets/s")
}
