package order_test

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"halld/queue/order"
)

// read reads candidates like "A001 09:00, B001 09:14 priority, A002 09:15 after=2": the first letter is the queue, the place is the position.
func read(t *testing.T, line string) []order.Candidate {
	t.Helper()
	var out []order.Candidate
	for i, text := range strings.Split(line, ",") {
		words := strings.Fields(text)
		at, err := time.Parse("15:04", words[1])
		if err != nil {
			t.Fatal(err)
		}
		c := order.Candidate{Key: words[0], Queue: words[0][:1], Class: "ordinary", Place: uint64(i + 1), Arrived: at}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			switch name {
			case "back":
				c.Returned = true
			case "after":
				c.Returned = true
				if c.After, err = strconv.Atoi(value); err != nil {
					t.Fatal(err)
				}
			case "unready":
				c.Unready = true
			case "place":
				if c.Place, err = strconv.ParseUint(value, 10, 64); err != nil {
					t.Fatal(err)
				}
			default:
				c.Class = name
			}
		}
		out = append(out, c)
	}
	return out
}

func pool(list []order.Candidate) *order.Pool {
	p := &order.Pool{}
	for _, c := range list {
		p.Add(c)
	}
	return p
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// TestNext has the rules of a hall as a receptionist would check them: who waits, what the window serves, and who is called with which
// reason, passing over how many of which queue.
func TestNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		by     order.Discipline
		line   string
		window string
		want   []string
	}{
		{
			name: "nobody", line: "B001 09:00", window: "A",
		}, {
			name: "who came first", line: "A001 09:00, A002 09:01, A003 09:02", window: "A",
			want: []string{"A001 longest-wait", "A002 longest-wait", "A003 longest-wait"},
		}, {
			name: "the longest wait of all queues of the window, not the preferred queue", line: "B001 09:00, A001 09:01", window: "A B",
			want: []string{"B001 longest-wait", "A001 longest-wait"},
		}, {
			name: "equal waits by place", line: "A001 09:00 place=2, B001 09:00 place=1", window: "A B",
			want: []string{"B001 longest-wait", "A001 longest-wait"},
		}, {
			name: "equal places by the window's order of queues", line: "A001 09:00 place=1, B001 09:00 place=1", window: "B A",
			want: []string{"B001 longest-wait", "A001 longest-wait"},
		}, {
			name: "a head start passes those who came within it before", line: "A001 09:00, A002 09:05, A003 09:21 priority", window: "A",
			want: []string{"A001 longest-wait", "A003 priority-class A+", "A002 longest-wait"},
		}, {
			name: "a head start that just reaches is an equal wait", line: "A001 09:00, A002 09:20 priority", window: "A",
			want: []string{"A001 longest-wait", "A002 longest-wait"},
		}, {
			name: "who booked has a reason of its own", line: "A001 09:00, A002 09:09 appointment", window: "A",
			want: []string{"A002 appointment A+", "A001 longest-wait"},
		}, {
			name: "priority before appointment", line: "A001 09:00 appointment, A002 09:09 priority", window: "A",
			want: []string{"A002 priority-class A+", "A001 longest-wait"},
		}, {
			name: "those of the other queue are passed too, and the log says so", line: "A001 09:00, A002 09:01, B001 09:14 priority", window: "A B",
			want: []string{"B001 priority-class A++", "A001 longest-wait", "A002 longest-wait"},
		}, {
			name: "by queue, in the window's order", line: "A001 09:00, B001 09:01, A002 09:02, C001 09:03, B002 09:14 priority", window: "B A",
			want: []string{"B002 priority-class B+ A++", "A001 longest-wait", "B001 longest-wait", "A002 longest-wait"},
		}, {
			name: "priority that passes nobody is the longest wait", line: "A001 09:00 priority, A002 09:01", window: "A",
			want: []string{"A001 longest-wait", "A002 longest-wait"},
		}, {
			name: "a class behind the others is passed for the other's class", line: "A001 09:00 late, A002 09:03", window: "A",
			want: []string{"A002 priority-class A+", "A001 longest-wait"},
		}, {
			name: "a class that nobody configured waits like everybody", line: "A001 09:00, A002 09:01 vip", window: "A",
			want: []string{"A001 longest-wait", "A002 longest-wait"},
		}, {
			name: "two others first, then by the old place", line: "A001 09:00 after=2, A002 09:01, A003 09:02, A004 09:03", window: "A",
			want: []string{"A002 longest-wait", "A003 longest-wait", "A001 return-due", "A004 longest-wait"},
		}, {
			name: "a turn that is long past is due", line: "A001 09:00 after=-1, A002 09:01", window: "A",
			want: []string{"A001 return-due", "A002 longest-wait"},
		}, {
			name: "back at once", line: "A001 09:00 back, A002 09:01", window: "A",
			want: []string{"A001 return-due", "A002 longest-wait"},
		}, {
			name: "a class helps nobody before the turn", line: "A001 09:00 priority after=1, A002 09:30, A003 09:31", window: "A",
			want: []string{"A002 longest-wait", "A001 return-due", "A003 longest-wait"},
		}, {
			name: "nobody else waits: called early", line: "A001 09:00 after=3, A002 09:01", window: "A",
			want: []string{"A002 longest-wait", "A001 only-queue"},
		}, {
			name: "early: the nearest to its turn, not the first to come", line: "A001 09:00 after=3, A002 09:01 after=2", window: "A",
			want: []string{"A002 only-queue", "A001 only-queue"},
		}, {
			name: "early calls count as well", line: "A001 09:00 after=1, A002 09:01 after=1, A003 09:02 after=2", window: "A",
			want: []string{"A001 only-queue", "A002 return-due", "A003 return-due"},
		}, {
			name: "whoever waits in the other queue goes before one who is not due", line: "A001 09:00 after=1, B001 09:30", window: "A B",
			want: []string{"B001 longest-wait", "A001 only-queue"},
		}, {
			name: "who is not due is not passed over", line: "A001 09:00 after=1, A002 09:01, A003 09:02 priority", window: "A",
			want: []string{"A003 priority-class A+", "A001 return-due", "A002 longest-wait"},
		}, {
			name: "two queues, neither due: each offers its nearest, the longest wait is called",
			line: "A001 09:00 after=9, A002 09:05 after=1, B001 09:04 after=5", window: "A B",
			want: []string{"B001 only-queue", "A002 only-queue", "A001 only-queue"},
		}, {
			name: "not ready: passed over in silence", line: "A001 09:00 unready, A002 09:01", window: "A",
			want: []string{"A002 longest-wait"},
		}, {
			name: "strict: whoever is of the higher tier, however late", by: order.Strict{},
			line: "A001 09:00, A002 09:01 appointment, A003 11:00 priority, A004 11:01 priority", window: "A",
			want: []string{"A003 priority-class A++", "A004 priority-class A++", "A002 appointment A+", "A001 longest-wait"},
		}, {
			name: "no classes", by: order.Arrival{}, line: "A001 09:00, B001 09:01 priority, A002 09:02 appointment", window: "A B",
			want: []string{"A001 longest-wait", "B001 longest-wait", "A002 longest-wait"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, rules := pool(read(t, tt.line)), order.Rules{Discipline: tt.by, Classes: classes()}
			var got []string
			for {
				pick, ok := p.Next(noon, rules, strings.Fields(tt.window))
				if !ok {
					break
				}
				got = append(got, say(pick))
				p.Called(pick.Candidate)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("called\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
			}
		})
	}
}

func TestPickSaysByWhichRule(t *testing.T) {
	t.Parallel()
	p := pool(read(t, "A001 09:00, A002 09:01 priority"))
	for _, by := range append(order.Disciplines(), nil) {
		want := "head-start"
		if by != nil {
			want = by.Name()
		}
		if pick, ok := p.Next(noon, order.Rules{Discipline: by}, []string{"A"}); !ok || pick.Rule != want {
			t.Errorf("picked by rule %q, want %q", pick.Rule, want)
		}
	}
}

// A queue's list is in the order of the calls, and everybody is told their index in it, those whose paper is being printed included.
func TestOrderAndAhead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line string
		want       []string
		ahead      string
	}{
		{
			name: "priority that came last stands first", line: "A001 09:00, A002 09:01, A003 09:02, A004 09:03 priority",
			want: []string{"A004", "A001", "A002", "A003"}, ahead: "A001=1 A002=2 A003=3 A004=0",
		}, {
			name: "who came back stands where it will be called", line: "A001 09:00 after=1, A004 09:03, A005 09:04, A006 09:05",
			want: []string{"A004", "A001", "A005", "A006"}, ahead: "A001=1 A004=0 A005=2 A006=3",
		}, {
			name: "two came back in between", line: "A001 09:00 after=2, A002 09:01 after=1, A003 09:02, A004 09:03, A005 09:04",
			want: []string{"A003", "A002", "A001", "A004", "A005"}, ahead: "A001=2 A002=1 A003=0 A004=3 A005=4",
		}, {
			name: "the line is shorter than what was agreed", line: "A001 09:00 after=9, A002 09:01 after=5, A003 09:02",
			want: []string{"A003", "A002", "A001"}, ahead: "A001=2 A002=1 A003=0",
		}, {
			name: "being printed: counted, not listed", line: "A001 09:00, A002 09:01 unready, A003 09:02, A004 09:03 unready",
			want: []string{"A001", "A003"}, ahead: "A001=0 A002=1 A003=2 A004=3",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list, rules := read(t, tt.line), order.Rules{Classes: classes()}
			p := pool(list)
			if got := keys(p.Order(noon, rules, "A", 99)); !slices.Equal(got, tt.want) {
				t.Errorf("listed %v, want %v", got, tt.want)
			}
			if got := keys(p.Order(noon, rules, "A", 2)); !slices.Equal(got, tt.want[:2]) {
				t.Errorf("the first two are %v, want %v", got, tt.want[:2])
			}
			var told []string
			for _, c := range list {
				n, ok := p.Ahead(noon, rules, c.Key)
				if !ok {
					t.Errorf("%s is not in line", c.Key)
				}
				told = append(told, fmt.Sprintf("%s=%d", c.Key, n))
			}
			if got := strings.Join(told, " "); got != tt.ahead {
				t.Errorf("told %s, want %s", got, tt.ahead)
			}
		})
	}
}

func TestNobodyKnown(t *testing.T) {
	t.Parallel()
	var p order.Pool
	if n, ok := p.Ahead(noon, order.Rules{}, "A001"); n != 0 || ok {
		t.Errorf("%d are ahead of nobody (%v)", n, ok)
	}
	if c, ok := p.Get("A001"); ok {
		t.Errorf("got %v from an empty pool", c)
	}
	if c, ok := p.Oldest("A"); ok {
		t.Errorf("%v is the oldest of an empty pool", c)
	}
	if p.Remove("A001") {
		t.Error("removed nobody")
	}
	p.Add(order.Candidate{Key: "B001", Queue: "B", Unready: true})
	if c, ok := p.Oldest("B"); ok {
		t.Errorf("%v is the oldest, and cannot be called yet", c)
	}
	p.Called(order.Candidate{Key: "A001", Queue: "A"}) // a missed ticket called by its number in an empty hall
	if list := p.Order(noon, order.Rules{}, "A", 5); len(list) != 0 {
		t.Errorf("listed %v", list)
	}
	p.Add(order.Candidate{Key: "A001", Queue: "A"})
	if list := p.Order(noon, order.Rules{}, "A", 0); len(list) != 0 {
		t.Errorf("listed %v of at most none", list)
	}
}

// Those who came back are brought nearer by every call of their queue, also of somebody who was not in line; not by those who leave.
func TestCountDown(t *testing.T) {
	t.Parallel()
	list := read(t, "A001 09:00 after=3, A002 09:01 after=1, A003 09:02, A004 09:03, B001 09:04")
	p := pool(list)
	left := func() string {
		var out []string
		for _, c := range p.Returning("A") {
			out = append(out, fmt.Sprintf("%s=%d", c.Key, c.After))
		}
		return strings.Join(out, " ")
	}
	steps := []struct {
		what string
		do   func()
		want string
	}{
		{"as added", func() {}, "A002=1 A001=3"},
		{"A003 cancels", func() { p.Remove("A003") }, "A002=1 A001=3"},
		{"B001 is called", func() { p.Called(list[4]) }, "A002=1 A001=3"},
		{"A004 is called", func() { p.Called(list[3]) }, "A001=2"},
		{"one who missed is called by its number", func() { p.Called(order.Candidate{Key: "A000", Queue: "A"}) }, "A001=1"},
		{"A004 is given back: the call happened", func() { p.Add(list[3]) }, "A001=1"},
		{"A004 is called again", func() { p.Called(list[3]) }, ""},
	}
	for _, s := range steps {
		if s.do(); left() != s.want {
			t.Fatalf("%s: %q still let others go first, want %q", s.what, left(), s.want)
		}
	}
	if c, ok := p.Get("A001"); !ok || c.After != 0 || !c.Returned {
		t.Errorf("A001 is %+v", c)
	}
	if n, _ := p.Len("A"); n != 2 {
		t.Errorf("%d wait in A, want 2", n)
	}
}

// A call by number says whom it passes, in all queues of the window, also if the ticket was missed and is not in line.
func TestPassing(t *testing.T) {
	t.Parallel()
	list := read(t, "A001 09:00, B001 09:01, A002 09:02 after=2, A003 09:03, A004 09:04, A005 09:05, C001 09:00 unready")
	p := pool(list)
	for _, there := range []bool{true, false} {
		n, by := p.Passing(list[4], []string{"B", "A", "C"})
		if want := []order.Passed{{Queue: "B", Count: 1}, {Queue: "A", Count: 2}}; n != 3 || !reflect.DeepEqual(by, want) {
			t.Errorf("in line %v: passes %d: %v, want %v", there, n, by, want)
		}
		p.Remove(list[4].Key)
	}
	same := list[3]
	same.Key, same.Class = "A006", "priority"
	p.Add(same)
	if n, by := p.Passing(same, []string{"A"}); n != 1 {
		t.Errorf("passes %d: %v, but A003 did not come earlier", n, by)
	}
}

func TestOldestIsNotAlwaysNext(t *testing.T) {
	t.Parallel()
	p := pool(read(t, "A001 09:00 unready, A002 09:01 after=2, A003 09:02, A004 09:03 priority"))
	if c, ok := p.Oldest("A"); !ok || c.Key != "A002" || c.After != 2 {
		t.Errorf("the oldest is %+v, want A002", c)
	}
	if waiting, unready := p.Len("A"); waiting != 3 || unready != 1 {
		t.Errorf("%d wait and %d are not ready, want 3 and 1", waiting, unready)
	}
}
