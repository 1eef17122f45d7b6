package order_test

import (
	"fmt"
	"testing"
	"time"

	"halld/queue/order"
)

var sizes = []int{10, 1000, 100_000}

func crowd(n int) []order.Candidate {
	list := make([]order.Candidate, n)
	names := []string{"ordinary", "ordinary", "priority", "ordinary", "appointment"}
	for i := range list {
		list[i] = order.Candidate{Key: fmt.Sprintf("20260302-%d", i+1), Queue: []string{"A", "B"}[i%2], Class: names[i%len(names)], Place: uint64(i + 1),
			Arrived: noon.Add(time.Duration(i) * time.Second)}
	}
	return list
}

func bench(b *testing.B, do func(b *testing.B, p *order.Pool, rules order.Rules, list []order.Candidate)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := crowd(n)
			p := pool(list)
			b.ReportAllocs()
			b.ResetTimer()
			do(b, p, order.Rules{Classes: classes()}, list)
		})
	}
}

func BenchmarkNext(b *testing.B) {
	for _, by := range append(order.Disciplines(), order.Cap{Discipline: order.HeadStart{}, Max: time.Hour}) {
		b.Run(fmt.Sprintf("%s_%T", by.Name(), by), func(b *testing.B) {
			bench(b, func(b *testing.B, p *order.Pool, rules order.Rules, _ []order.Candidate) {
				rules.Discipline = by
				for b.Loop() {
					p.Next(noon, rules, []string{"A", "B"})
				}
			})
		})
	}
}

// The call of somebody from the end of the line, counted at everybody whom it passes over.
func BenchmarkPass(b *testing.B) {
	bench(b, func(b *testing.B, p *order.Pool, _ order.Rules, list []order.Candidate) {
		for b.Loop() {
			p.Pass(list[len(list)-1], []string{"A", "B"})
		}
	})
}

// A call whose ticket is given back: the front of the line, every time.
func BenchmarkCallAndGiveBack(b *testing.B) {
	bench(b, func(b *testing.B, p *order.Pool, rules order.Rules, _ []order.Candidate) {
		for b.Loop() {
			pick, _ := p.Next(noon, rules, []string{"A", "B"})
			p.Called(pick.Candidate)
			p.Add(pick.Candidate)
		}
	})
}

// A call, a miss and a return: three others first, each time.
func BenchmarkCallAndReturn(b *testing.B) {
	bench(b, func(b *testing.B, p *order.Pool, rules order.Rules, _ []order.Candidate) {
		for b.Loop() {
			pick, _ := p.Next(noon, rules, []string{"A", "B"})
			p.Called(pick.Candidate)
			pick.Returned, pick.After = true, 3
			p.Add(pick.Candidate)
		}
	})
}

func BenchmarkAhead(b *testing.B) {
	bench(b, func(b *testing.B, p *order.Pool, rules order.Rules, list []order.Candidate) {
		i := 0
		for b.Loop() {
			p.Ahead(noon, rules, list[i%len(list)].Key)
			i += 7919
		}
	})
}

func BenchmarkOrder20(b *testing.B) {
	bench(b, func(b *testing.B, p *order.Pool, rules order.Rules, _ []order.Candidate) {
		for b.Loop() {
			p.Order(noon, rules, "A", 20)
		}
	})
}

func BenchmarkRebuild(b *testing.B) {
	bench(b, func(b *testing.B, _ *order.Pool, _ order.Rules, list []order.Candidate) {
		for b.Loop() {
			pool(list)
		}
	})
}
