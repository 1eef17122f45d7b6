package order_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue/order"
)

// The ratio is honoured in every stretch in which both sides wait: n calls of one, m of the other, and nobody inside a side is passed.
func TestRatioIsHonoured(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		ratio := order.Ratio{Ordinary: rapid.IntRange(1, 4).Draw(t, "n"), Favoured: rapid.IntRange(1, 3).Draw(t, "m")}
		d.rules.Discipline, d.rules.Queues = ratio, nil
		cycle := ratio.Ordinary + ratio.Favoured
		favours := func(c order.Candidate) bool { return classOf(d.rules, c.Class).Tier > 0 }
		var stretch []bool // who was favoured of those called while both waited
		d.play([]int{12, 40, 120}, onlyA, func(pick order.Pick, _ []string) {
			both := [2]bool{}
			for _, c := range d.model.line {
				if c.Queue == "A" && !c.Unready {
					if both[0] = both[0] || favours(c); !favours(c) {
						both[1] = true
					}
				}
			}
			for _, c := range d.model.line {
				if c.Queue == "A" && !c.Unready && favours(c) == favours(pick.Candidate) && cameFirst(c, pick.Candidate) {
					t.Fatalf("%s was called before %s of the same side, who came first", pick.Key, c.Key)
				}
			}
			if both[0] && both[1] {
				stretch = append(stretch, favours(pick.Candidate))
			} else {
				stretch = nil
			}
			if len(stretch) >= cycle {
				n := 0
				for _, f := range stretch[len(stretch)-cycle:] {
					if f {
						n++
					}
				}
				if n != ratio.Favoured {
					t.Fatalf("of the last %d calls while both waited %d were favoured, want %d: %v", cycle, n, ratio.Favoured, stretch)
				}
			}
			d.call(pick.Candidate, "A")
		})
	})
}

// A turn that was counted under another ratio is a turn of this one.
func TestTurnOutlivesItsRatio(t *testing.T) {
	t.Parallel()
	p := pool(read(t, "A001 09:00, A002 09:01 priority"))
	rules := order.Rules{Discipline: order.Ratio{Ordinary: 1, Favoured: 1}, Classes: classes(), Turns: map[string]int{"A": 7}}
	if pick, _ := p.Next(noon, rules, []string{"A"}); pick.Key != "A002" || pick.Turn != 0 {
		t.Errorf("turn 7 of a cycle of 2 calls %s and leaves turn %d", pick.Key, pick.Turn)
	}
}

// Nobody is passed by somebody of the same class, whatever the rule, and what is counted at those who were passed is what the calls said.
func TestNobodyIsPassedInsideAClass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		overtook, overtaken := 0, 0
		d.play([]int{12, 40, 120}, d.anyWindow, func(pick order.Pick, queues []string) {
			for _, c := range d.model.line {
				if c.Queue == pick.Queue && c.Class == pick.Class && !c.Unready && cameFirst(c, pick.Candidate) {
					t.Fatalf("%s was called before %s of the same class, who came first", pick.Key, c.Key)
				}
			}
			overtook += pick.Overtook
			overtaken += pick.Overtaken
			d.call(pick.Candidate, queues...)
		})
		for _, c := range d.model.line {
			got, _ := d.pool.Get(c.Key)
			overtaken += got.Overtaken
		}
		if overtook != overtaken {
			t.Fatalf("calls passed over %d, and %d were passed", overtook, overtaken)
		}
	})
}

// As soon as somebody waits longer than the cap, who came first of all is next.
func TestCapGoesByArrival(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		most := time.Duration(rapid.IntRange(0, 40).Draw(t, "cap")) * time.Minute
		d.rules.Discipline, d.rules.Queues = order.Cap{Discipline: order.Strict{}, Max: most}, nil
		d.play([]int{12, 40, 120}, onlyA, func(pick order.Pick, _ []string) {
			for _, c := range d.model.line {
				if c.Queue == "A" && !c.Unready && cameFirst(c, pick.Candidate) && d.now.Sub(c.Arrived) > most {
					t.Fatalf("%s was called before %s, who came first and has waited %v", pick.Key, c.Key, d.now.Sub(c.Arrived))
				}
			}
			d.call(pick.Candidate, "A")
		})
	})
}
