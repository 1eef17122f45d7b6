package order_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halld/queue/order"
)

var (
	allQueues = []string{"A", "B", "C"}
	windows   = [][]string{{"A"}, {"B"}, {"C"}, {"A", "B"}, {"C", "B", "A"}, {"B", "Z", "C"}}
)

// day is whatever happens in a hall, told to the pool and to the model alike.
type day struct {
	*rapid.T
	pool  order.Pool
	model model
	rules order.Rules
	now   time.Time
	place uint64
	out   []order.Candidate // were called
	ended map[string]bool
	n     int
}

func newDay(t *rapid.T) *day {
	d := &day{T: t, rules: order.Rules{Discipline: anyRule(t, "discipline"), Classes: classes(), Turns: map[string]int{}}, now: noon, ended: map[string]bool{}}
	if rapid.Bool().Draw(t, "queues of their own") {
		d.rules.Queues = map[string]order.Discipline{"B": anyRule(t, "of B"), "C": anyRule(t, "of C")}
	}
	return d
}

// play lets people come, and windows that serve these queues pick somebody, in so many steps; called makes the call.
func (d *day) play(steps []int, queues func() []string, called func(pick order.Pick, queues []string)) {
	for range rapid.SampledFrom(steps).Draw(d.T, "steps") {
		if rapid.IntRange(0, 2).Draw(d.T, "what") > 0 {
			d.arrive()
			continue
		}
		served := queues()
		if pick, ok := d.pool.Next(d.now, d.rules, served); ok {
			called(pick, served)
		}
	}
}

func onlyA() []string { return []string{"A"} }

func (d *day) anyWindow() []string { return rapid.SampledFrom(windows).Draw(d.T, "window") }

// anyRule is a discipline with or without a cap, or the usual one.
func anyRule(t *rapid.T, name string) order.Discipline {
	by := rapid.SampledFrom(append(order.Disciplines(), nil)).Draw(t, name)
	if by != nil && rapid.IntRange(0, 2).Draw(t, name+" capped") == 0 {
		return order.Cap{Discipline: by, Max: time.Duration(rapid.IntRange(0, 60).Draw(t, name+" cap")) * time.Minute}
	}
	return by
}

func (d *day) add(c order.Candidate) {
	d.pool.Add(c)
	d.model.add(c)
}

func (d *day) arrive() {
	d.now = d.now.Add(time.Duration(rapid.IntRange(0, 8).Draw(d.T, "minutes")) * time.Minute)
	d.n++
	if rapid.IntRange(0, 9).Draw(d.T, "another place") > 0 { // not so: the next leg of a visit has the place of the first
		d.place++
	}
	c := order.Candidate{
		Key: fmt.Sprintf("t%d", rapid.IntRange(0, 9).Draw(d.T, "digit")+10*d.n), Place: d.place, Arrived: d.now,
		Queue:   rapid.SampledFrom(allQueues).Draw(d.T, "queue"),
		Class:   rapid.SampledFrom([]string{"ordinary", "ordinary", "priority", "appointment", "late", "unheard"}).Draw(d.T, "class"),
		Unready: rapid.IntRange(0, 5).Draw(d.T, "printing") == 0,
	}
	if rapid.IntRange(0, 9).Draw(d.T, "credit") == 0 {
		c.Arrived = c.Arrived.Add(-15 * time.Minute)
	}
	d.add(c)
}

func (d *day) call(c order.Candidate, queues ...string) {
	d.rules.Turns[c.Queue] = d.pool.Turn(d.rules, c)
	d.pool.Pass(c, queues)
	d.model.passed(c, queues)
	if i := d.model.find(c.Key); i >= 0 {
		c.Overtaken = d.model.line[i].Overtaken
	}
	d.pool.Called(c)
	d.model.called(c)
	c.After = 0
	d.out = append(d.out, c)
}

func (d *day) callNext() {
	queues := rapid.SampledFrom(windows).Draw(d.T, "window")
	if pick, ok := d.pool.Next(d.now, d.rules, queues); ok {
		d.call(pick.Candidate, queues...)
	}
}

func (d *day) anybody() (order.Candidate, bool) {
	if len(d.model.line) == 0 {
		return order.Candidate{}, false
	}
	return rapid.SampledFrom(d.model.line).Draw(d.T, "somebody"), true
}

func (d *day) anybodyCalled() (order.Candidate, bool) {
	if len(d.out) == 0 {
		return order.Candidate{}, false
	}
	i := rapid.IntRange(0, len(d.out)-1).Draw(d.T, "called")
	c := d.out[i]
	d.out = slices.Delete(d.out, i, i+1)
	return c, true
}

func (d *day) step() {
	switch rapid.IntRange(0, 11).Draw(d.T, "what") {
	case 0, 1, 2, 3:
		d.arrive()
	case 4, 5, 6:
		d.callNext()
	case 7: // missed and back
		if c, ok := d.anybodyCalled(); ok {
			c.Returned, c.After = true, rapid.IntRange(0, 5).Draw(d.T, "after")
			d.add(c)
		}
	case 8: // given back
		if c, ok := d.anybodyCalled(); ok {
			d.add(c)
		}
	case 9: // by its number, in line or missed
		c, ok := d.anybody()
		if rapid.Bool().Draw(d.T, "missed") {
			c, ok = d.anybodyCalled()
		}
		if ok && !c.Unready {
			d.call(c, rapid.SampledFrom(windows).Draw(d.T, "passing")...)
		}
	case 10:
		if c, ok := d.anybody(); ok {
			d.ended[c.Key] = true
			if !d.pool.Remove(c.Key) || d.pool.Remove(c.Key) {
				d.Fatalf("%s does not leave once", c.Key)
			}
			d.model.remove(c.Key)
		}
	case 11:
		if c, ok := d.anybody(); ok && c.Unready {
			c.Unready = false
			d.add(c)
		}
	}
}

// same holds everything the pool says against the model.
func (d *day) same() {
	for _, w := range windows {
		got, ok := d.pool.Next(d.now, d.rules, w)
		want, wantOK := d.model.next(d.now, d.rules, w)
		if ok != wantOK || !reflect.DeepEqual(got, want) {
			d.Fatalf("window %v calls %v, want %v; in line:\n%+v", w, got, want, d.model.line)
		}
	}
	for _, q := range allQueues {
		want := d.model.order(d.now, d.rules, q)
		if got := keys(d.pool.Order(d.now, d.rules, q, 999)); !slices.Equal(got, want) {
			d.Fatalf("queue %s is listed as %v and called as %v; in line:\n%+v", q, got, want, d.model.line)
		}
		waiting, unready := d.pool.Len(q)
		all := d.model.ready().order(d.now, d.rules, q)
		if waiting != len(want) || unready != len(all)-len(want) {
			d.Fatalf("queue %s counts %d and %d, want %d and %d", q, waiting, unready, len(want), len(all)-len(want))
		}
		aheads := d.pool.Aheads(d.now, d.rules, q)
		for i, key := range all {
			if n := aheads(key); n != i {
				d.Fatalf("of all, %s is told that %d are ahead, and is number %d of %v", key, n, i, all)
			}
			if n, ok := d.pool.Ahead(d.now, d.rules, key); !ok || n != i {
				d.Fatalf("%s is told that %d are ahead, and is number %d of %v; in line:\n%+v", key, n, i, all, d.model.line)
			}
		}
		d.oldest(q)
	}
	for _, c := range d.model.line {
		got, ok := d.pool.Get(c.Key)
		if !ok || got != c {
			d.Fatalf("%s is kept as %+v, want %+v", c.Key, got, c)
		}
	}
}

func (d *day) oldest(q string) {
	var oldest *order.Candidate
	returning := 0
	for i, c := range d.model.line {
		if c.Queue != q || c.Unready {
			continue
		}
		if c.After > 0 {
			returning++
		}
		if oldest == nil || cameFirst(c, *oldest) || !cameFirst(*oldest, c) && c.Key < oldest.Key {
			oldest = &d.model.line[i]
		}
	}
	got, ok := d.pool.Oldest(q)
	if ok != (oldest != nil) || ok && got != *oldest {
		d.Fatalf("the oldest of %s is %+v, want %+v", q, got, oldest)
	}
	back := d.pool.Returning(q)
	for i, c := range back {
		if m := d.model.line[d.model.find(c.Key)]; m != c || c.After == 0 || i > 0 && c.After < back[i-1].After {
			d.Fatalf("returning to %s: %+v", q, back)
		}
	}
	if len(back) != returning {
		d.Fatalf("%d are returning to %s, want %d", len(back), q, returning)
	}
}

func anyDay(t *rapid.T) {
	d := newDay(t)
	for range rapid.SampledFrom([]int{3, 12, 40, 120}).Draw(t, "steps") {
		d.step()
		d.same()
	}
	d.rebuilt()
	d.toTheEnd()
}

// rebuilt: the tickets alone make the same pool, in whatever order they come.
func (d *day) rebuilt() {
	again := pool(rapid.Permutation(d.model.line).Draw(d.T, "order of tickets"))
	for _, q := range allQueues {
		if a, b := d.pool.Order(d.now, d.rules, q, 999), again.Order(d.now, d.rules, q, 999); !slices.Equal(a, b) {
			d.Fatalf("rebuilt, queue %s is %v, it was %v", q, b, a)
		}
	}
	queues := rapid.SampledFrom(windows).Draw(d.T, "window after the rebuild")
	rest := d.model.copy()
	for {
		got, ok := again.Next(d.now, d.rules, queues)
		want, wantOK := rest.next(d.now, d.rules, queues)
		if ok != wantOK || !reflect.DeepEqual(got, want) {
			d.Fatalf("rebuilt, window %v calls %v, want %v", queues, got, want)
		}
		if !ok {
			return
		}
		d.rules.Turns[got.Queue] = got.Turn
		again.Called(got.Candidate)
		rest.called(got.Candidate)
	}
}

// toTheEnd calls everybody: each once, none who left, nobody forgotten.
func (d *day) toTheEnd() {
	for _, c := range slices.Clone(d.model.line) {
		if c.Unready {
			c.Unready = false
			d.add(c)
		}
	}
	waiting := map[string]bool{}
	for _, c := range d.model.line {
		waiting[c.Key] = true
	}
	for {
		pick, ok := d.pool.Next(d.now, d.rules, allQueues)
		if !ok {
			break
		}
		if !waiting[pick.Key] || d.ended[pick.Key] {
			d.Fatalf("%s is called and does not wait", pick.Key)
		}
		if pick.Why == order.LongestWait && pick.Overtook > 0 {
			d.Fatalf("%s waited longest and passed %v", pick.Key, pick.Passed)
		}
		delete(waiting, pick.Key)
		d.rules.Turns[pick.Queue] = pick.Turn
		d.pool.Called(pick.Candidate)
	}
	if len(waiting) > 0 {
		d.Fatalf("never called: %v", waiting)
	}
}

// Hard case: first_come_first_called_inside_class.
func TestAnyDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, anyDay)
}

func FuzzAnyDay(f *testing.F) { f.Fuzz(rapid.MakeFuzz(anyDay)) }

// FIFO inside a class, and nobody is passed by more than the head start: whatever the windows are and whoever else comes.
func TestHeadStartIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		d.rules.Discipline, d.rules.Queues = order.HeadStart{}, nil
		d.play([]int{3, 12, 40, 120}, d.anyWindow, func(pick order.Pick, queues []string) {
			for _, c := range d.model.line {
				if c.Unready || !slices.Contains(queues, c.Queue) || !cameFirst(c, pick.Candidate) {
					continue
				}
				if c.Class == pick.Class {
					t.Fatalf("%s was called before %s of the same class, who came first", pick.Key, c.Key)
				}
				lead := classOf(d.rules, pick.Class).Head - classOf(d.rules, c.Class).Head
				if late := pick.Arrived.Sub(c.Arrived); late > lead {
					t.Fatalf("%s came %v after %s and was called first, with a lead of %v", pick.Key, late, c.Key, lead)
				}
			}
			d.call(pick.Candidate)
		})
	})
}

// What an interface cannot say: each discipline orders claims, and inside a class goes by arrival.
func TestDisciplines(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	all := order.Disciplines()
	for _, by := range all {
		if by.Name() == "" || names[by.Name()] {
			t.Errorf("%T has the name %q, which is no name or taken", by, by.Name())
		}
		names[by.Name()] = true
		all = append(all, order.Cap{Discipline: by, Max: 45 * time.Minute})
	}
	for _, by := range all {
		t.Run(fmt.Sprintf("%s_%T", by.Name(), by), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				claim := func(name string) order.Claim {
					return order.Claim{Arrived: noon.Add(time.Duration(rapid.IntRange(-90, 0).Draw(t, name)) * time.Minute),
						Class: rapid.SampledFrom(classes()).Draw(t, name+"'s class")}
				}
				a, b, c := claim("a"), claim("b"), claim("c")
				now := noon.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "now")) * time.Minute)
				ab, ba, bc, ac := by.Compare(now, a, b), by.Compare(now, b, a), by.Compare(now, b, c), by.Compare(now, a, c)
				if ab < 0 != (ba > 0) || ab == 0 != (ba == 0) {
					t.Fatalf("a to b is %d, b to a is %d", ab, ba)
				}
				if ab <= 0 && bc <= 0 && (ac > 0 || ac == 0 && (ab < 0 || bc < 0)) {
					t.Fatalf("a to b is %d, b to c is %d, a to c is %d", ab, bc, ac)
				}
				if early := a; !a.Arrived.After(b.Arrived) {
					early.Class = b.Class
					if by.Compare(now, early, b) > 0 || by.Compare(now, b, c) < 0 && by.Compare(now, early, c) >= 0 {
						t.Fatalf("of one class, who came at %v is behind who came at %v", early.Arrived, b.Arrived)
					}
				}
			})
		})
	}
}
