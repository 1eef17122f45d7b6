package order

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func someone(i int) *entry {
	at := time.Date(2026, 3, 2, 9, i/4, 0, 0, time.UTC) // four at a time, two of them at one place
	return &entry{Candidate: Candidate{Key: fmt.Sprintf("20260302-%d", i), Queue: "A", Place: uint64(i / 2), Arrived: at}}
}

func heavierAbove(n *node) bool {
	if n == nil {
		return true
	}
	for _, below := range []*node{n.left, n.right} {
		if below != nil && below.weight > n.weight || !heavierAbove(below) {
			return false
		}
	}
	return true
}

// A tree is a sorted list that is quick in the middle.
func TestTreeIsASortedList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tr tree
		var list []*entry
		for range rapid.SampledFrom([]int{5, 50, 500}).Draw(t, "steps") {
			e := someone(rapid.IntRange(0, 99).Draw(t, "who"))
			i, there := slices.BinarySearchFunc(list, e, inTree)
			if n := tr.count(func(o *entry) bool { return inTree(o, e) < 0 }); n != i {
				t.Fatalf("%d before %s, want %d", n, e.Key, i)
			}
			if there {
				tr.remove(e)
				list = slices.Delete(list, i, i+1)
			} else {
				tr.insert(e)
				list = slices.Insert(list, i, e)
			}
			var all []*entry
			tr.each(func(e *entry) { all = append(all, e) })
			if !heavierAbove(tr.root) {
				t.Fatal("a node is heavier than the one above it")
			}
			if !slices.Equal(all, list) || tr.len() != len(list) {
				t.Fatalf("the tree has %d of %d, or others", tr.len(), len(list))
			}
			if i := rapid.IntRange(0, len(list)).Draw(t, "at"); i < len(list) && tr.at(i) != list[i] || i == len(list) && tr.at(i) != nil {
				t.Fatalf("number %d is %v", i, tr.at(i))
			}
		}
	})
}

// What is counted at everybody up to some entry is what each then has, whatever came and went meanwhile.
func TestTreeCountsPassing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tr tree
		in, want := map[int]*entry{}, map[int]int{}
		for range 300 {
			i := rapid.IntRange(0, 60).Draw(t, "who")
			switch e := in[i]; {
			case rapid.Bool().Draw(t, "pass"):
				by := someone(i)
				tr.pass(func(e *entry) bool { return inTree(e, by) < 0 })
				for k, e := range in {
					if inTree(e, by) < 0 {
						want[k]++
					}
				}
			case e == nil:
				in[i] = someone(i)
				in[i].Overtaken = want[i]
				tr.insert(in[i])
			default:
				tr.settle(e)
				if e.Overtaken != want[i] {
					t.Fatalf("%s was passed %d times, want %d", e.Key, e.Overtaken, want[i])
				}
				tr.remove(e)
				delete(in, i)
			}
		}
	})
}

// A hundred thousand who come in order, as tickets do, and with keys that count up make no long branch.
func TestTreeStaysShallow(t *testing.T) {
	t.Parallel()
	const n = 100_000
	var tr tree
	for i := range n {
		tr.insert(someone(i))
	}
	var deep func(*node) int
	deep = func(n *node) int {
		if n == nil {
			return 0
		}
		return 1 + max(deep(n.left), deep(n.right))
	}
	if d, limit := deep(tr.root), 4*bits.Len(n); d > limit {
		t.Errorf("%d entries are %d deep, more than %d", n, d, limit)
	} else {
		t.Logf("%d entries are %d deep", n, d)
	}
}
