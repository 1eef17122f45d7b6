package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats are the engine's numbers since its start.
type Stats struct {
	Commits    uint64        // batches stored
	Events     uint64        // events stored
	Commands   uint64        // commands answered, refusals and repeats included
	Refusals   uint64        // of them refused
	Repeats    uint64        // of them answered from a stored answer
	Faults     uint64        // commits or reads of the store that failed
	Rebuilds   uint64        // times the hall was rebuilt from the store
	ClockJumps uint64        // reported jumps of the machine's clock
	Dropped    uint64        // listeners dropped because they fell behind
	Listeners  int           // listening now
	ClockAhead time.Duration // how far hall time is ahead of the machine's clock after a jump back; 0 normally
	Batch      Histogram     // commands per commit
	Latency    Histogram     // seconds per commit
}

// Histogram counts values by size, cumulatively as Prometheus does: Counts[i] of them were at most Bounds[i].
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}

var (
	batchBounds   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
	latencyBounds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
)

type stats struct {
	commands, refusals, repeats, faults, rebuilds, clockJumps atomic.Uint64

	mu             sync.Mutex // guards what follows
	commits        uint64
	events         uint64
	clockAhead     time.Duration
	batch, latency histogram
}

type histogram struct {
	counts [16]uint64 // one for each bound, not cumulative
	count  uint64
	sum    float64
}

func (h *histogram) add(v float64, bounds []float64) {
	h.count++
	h.sum += v
	for i, b := range bounds {
		if v <= b {
			h.counts[i]++
			return
		}
	}
}

func (h *histogram) export(bounds []float64) Histogram {
	out := Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds)), Count: h.count, Sum: h.sum}
	var sum uint64
	for i := range bounds {
		sum += h.counts[i]
		out.Counts[i] = sum
	}
	return out
}

func (s *stats) stored(commands, events int, took, ahead time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits++
	s.events += uint64(events)
	s.clockAhead = ahead
	s.batch.add(float64(commands), batchBounds)
	s.latency.add(took.Seconds(), latencyBounds)
}

// Stats returns the numbers as they are now.
func (e *Engine) Stats() Stats {
	s := &e.stats
	out := Stats{
		Commands: s.commands.Load(), Refusals: s.refusals.Load(), Repeats: s.repeats.Load(),
		Faults: s.faults.Load(), Rebuilds: s.rebuilds.Load(), ClockJumps: s.clockJumps.Load(),
	}
	e.listeners.mu.Lock()
	out.Dropped, out.Listeners = e.listeners.drops, len(e.listeners.all)
	e.listeners.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Commits, out.Events, out.ClockAhead = s.commits, s.events, s.clockAhead
	out.Batch, out.Latency = s.batch.export(batchBounds), s.latency.export(latencyBounds)
	return out
}
