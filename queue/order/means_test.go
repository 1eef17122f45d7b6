package order_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"halld/queue/order"
)

// unit is one mean service time in simulated halls.
const unit = 10 * time.Minute

// hall is a queue of several classes with exponential arrivals and services, called by a rule.
type hall struct {
	windows int
	rates   []float64 // arrivals of each class in a unit
	rules   order.Rules
	seed    uint64
	guests  int
}

// waits plays a hall and returns the mean wait of each class in units, and the longest.
func (h hall) waits() (means, longest []float64) {
	r := rand.New(rand.NewPCG(h.seed, 7))
	total := 0.0
	for _, rate := range h.rates {
		total += rate
	}
	var p order.Pool
	means, longest = make([]float64, len(h.rates)), make([]float64, len(h.rates))
	counts := make([]float64, len(h.rates))
	turns := map[string]int{}
	h.rules.Turns = turns
	free := make([]float64, h.windows) // when each window is free
	services := make([]float64, h.guests)
	at := make([]float64, h.guests)
	class := make([]int, h.guests)
	now := 0.0
	for i := range h.guests { // the same people whatever the rule: only who goes first differs
		now += r.ExpFloat64() / total
		at[i], services[i] = now, r.ExpFloat64()
		for x := r.Float64() * total; class[i] < len(h.rates)-1 && x >= h.rates[class[i]]; class[i]++ {
			x -= h.rates[class[i]]
		}
	}
	clock := func(t float64) time.Time { return noon.Add(time.Duration(t * float64(unit))) }
	arrived, waiting, served := 0, 0, 0
	for {
		w := 0
		for i := range free {
			if free[i] < free[w] {
				w = i
			}
		}
		for arrived < h.guests && (at[arrived] <= free[w] || waiting == 0) {
			p.Add(order.Candidate{Key: strconv.Itoa(arrived), Queue: "A", Class: h.rules.Classes[class[arrived]].ID, Place: uint64(arrived), Arrived: clock(at[arrived])})
			free[w] = max(free[w], at[arrived])
			arrived++
			waiting++
		}
		if waiting == 0 {
			break
		}
		pick, _ := p.Next(clock(free[w]), h.rules, []string{"A"})
		p.Called(pick.Candidate)
		turns["A"] = pick.Turn
		waiting--
		i, _ := strconv.Atoi(pick.Key)
		if i > h.guests/20 { // the beginning, in an empty hall, is left out
			wait := free[w] - at[i]
			means[class[i]] += wait
			longest[class[i]] = max(longest[class[i]], wait)
			counts[class[i]]++
		}
		free[w] += services[served]
		served++
	}
	for k := range means {
		means[k] /= counts[k]
	}
	return means, longest
}

// vector is a hall of testdata/priority.csv, worked out exactly (Cobham; Kleinrock's accumulating priority).
type vector struct {
	model    string
	windows  int
	rates, b []float64
	want     map[string]float64
}

func vectors(t *testing.T) []*vector {
	f, err := os.Open("testdata/priority.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []*vector
	seen := map[string]*vector{}
	numbers := func(list ...string) []float64 {
		var n []float64
		for _, s := range list {
			if s != "" {
				v, err := strconv.ParseFloat(s, 64)
				if err != nil {
					t.Fatal(err)
				}
				n = append(n, v)
			}
		}
		return n
	}
	for _, r := range rows[1:] {
		name := fmt.Sprint(r[:9])
		v := seen[name]
		if v == nil {
			v = &vector{model: r[0], windows: int(numbers(r[1])[0]), rates: numbers(r[3:6]...), b: numbers(r[6:9]...), want: map[string]float64{}}
			seen[name] = v
			out = append(out, v)
		}
		v.want[r[9]] = numbers(r[10])[0]
	}
	return out
}

// TestMeansAreWhatTheoryHas plays the halls of testdata/priority.csv by Strict and Accumulating: every class waits as long as was worked out.
// Eight seeds; a mean may be off by five percent, two hundredths of a service or four standard errors of the eight, whichever is most: at a
// load of 0.9 the error of one run is that large.
func TestMeansAreWhatTheoryHas(t *testing.T) {
	t.Parallel()
	guests := 25_000
	if testing.Short() {
		guests = 10_000
	}
	for _, v := range vectors(t) {
		t.Run(fmt.Sprintf("%s_%d_%v_%v", v.model, v.windows, v.rates, v.b), func(t *testing.T) {
			t.Parallel()
			rules := order.Rules{Discipline: order.Strict{}}
			for k := range v.rates {
				c := order.Class{ID: strconv.Itoa(k + 1), Tier: len(v.rates) - k}
				if v.model == "apq" {
					rules.Discipline, c.Slope = order.Accumulating{}, int(math.Round(v.b[k]*100))
				}
				rules.Classes = append(rules.Classes, c)
			}
			const seeds = 8
			var runs [seeds][]float64
			for s := range seeds {
				runs[s], _ = hall{windows: v.windows, rates: v.rates, rules: rules, seed: uint64(s + 1), guests: guests}.waits()
			}
			for k := range v.rates {
				sum, squares := 0.0, 0.0
				for _, r := range runs {
					sum += r[k]
					squares += r[k] * r[k]
				}
				mean := sum / seeds
				deviation := math.Sqrt(max(0, squares/seeds-mean*mean) / (seeds - 1))
				want := v.want["W"+strconv.Itoa(k+1)]
				if off := math.Abs(mean - want); off > max(0.05*want, 0.02, 4*deviation) {
					t.Errorf("class %d waits %.4f, want %.4f (standard error %.4f)", k+1, mean, want, deviation)
				}
			}
		})
	}
}

// overloaded is a hall to which a tenth more come than it can serve, most of them ordinary.
func overloaded(by order.Discipline) hall {
	return hall{windows: 4, rates: []float64{0.46, 3.94}, seed: 3, guests: 4000, rules: order.Rules{Discipline: by, Classes: []order.Class{
		{ID: "priority", Head: 4 * unit, Tier: 1, Slope: 400}, {ID: "ordinary", Slope: 100}}}}
}

// TestPriority: in an overloaded hall those with priority still wait no longer than the others, and those without are called too.
func TestPriority(t *testing.T) {
	t.Parallel()
	t.Run("priority_neither_starves_nor_inverts", func(t *testing.T) {
		t.Parallel()
		plain, _ := overloaded(order.Arrival{}).waits()
		for _, by := range []order.Discipline{order.HeadStart{}, order.Accumulating{}, order.Strict{}, order.Ratio{Ordinary: 2, Favoured: 1},
			order.Cap{Discipline: order.Strict{}, Max: 4 * unit}, order.Cap{Discipline: order.HeadStart{}, Max: 4 * unit},
			order.Cap{Discipline: order.Ratio{Ordinary: 2, Favoured: 1}, Max: 4 * unit}, order.Cap{Discipline: order.Accumulating{}, Max: 4 * unit}} {
			w, _ := overloaded(by).waits()
			t.Logf("%T of %s: priority %.2f, ordinary %.2f; by arrival %.2f and %.2f", by, by.Name(), w[0], w[1], plain[0], plain[1])
			// With a cap, an overloaded hall goes by arrival: both wait alike, and the means of a few hundred differ by chance.
			if _, capped := by.(order.Cap); w[0] > w[1] && !capped || w[0] > max(w[1], plain[0]) {
				t.Errorf("%T of %s inverts: priority waits %.2f and ordinary %.2f", by, by.Name(), w[0], w[1])
			}
			if w[1] > 1.3*plain[1] {
				t.Errorf("%T of %s: ordinary waits %.2f, by arrival %.2f", by, by.Name(), w[1], plain[1])
			}
		}
	})
	// Priority comes all the time, faster than one window serves: under the usual rule somebody ordinary is still called, at most the head start
	// behind those who came first.
	t.Run("green_channel_does_not_starve_ordinary", func(t *testing.T) {
		t.Parallel()
		var p order.Pool
		rules := order.Rules{Classes: []order.Class{{ID: "ordinary"}, {ID: "priority", Head: 20 * time.Minute, Tier: 1}}}
		p.Add(order.Candidate{Key: "ordinary", Queue: "A", Class: "ordinary", Place: 1, Arrived: noon})
		for minute := range 600 {
			now := noon.Add(time.Duration(minute) * time.Minute)
			p.Add(order.Candidate{Key: strconv.Itoa(minute), Queue: "A", Class: "priority", Place: uint64(minute + 2), Arrived: now})
			if minute%2 > 0 {
				continue
			}
			pick, _ := p.Next(now, rules, []string{"A"})
			if p.Called(pick.Candidate); pick.Key == "ordinary" {
				if minute > 45 {
					t.Errorf("it is called after %d minutes", minute)
				}
				return
			}
		}
		t.Error("it is never called")
	})
}
