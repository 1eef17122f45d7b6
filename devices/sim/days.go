package sim

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Visit is one visitor of a generated day. Times count from midnight.
type Visit struct {
	Queue   string
	Class   string // ordinary or priority
	Arrival time.Duration
	Service time.Duration
	NoShow  bool
	Rating  int // 1 to 5, 0: none
}

// shape is how many of 1000 arrivals come in each quarter hour from 8:30 to 17:00: a morning peak, a lunch dip, a lower afternoon.
var shape = []float64{34, 44, 52, 58, 60, 58, 52, 44, 36, 30, 24, 18, 12, 8, 6, 6, 8, 12, 18, 26, 34, 40, 42, 42, 40, 36, 32, 28, 24, 20, 16, 12, 8, 4}

// Day generates a plausible day, the same for the same seed, in order of arrival.
func Day(seed int64, queues []string, visitors int) []Visit {
	if len(queues) == 0 {
		return nil
	}
	r := rand.New(rand.NewPCG(uint64(seed), 0x68616c6c))
	total := 0.0
	for _, w := range shape {
		total += w
	}
	var out []Visit
	for range visitors {
		x, q := r.Float64()*total, 0
		for x > shape[q] {
			x -= shape[q]
			q++
		}
		v := Visit{Queue: queues[int(float64(len(queues))*math.Pow(r.Float64(), 1.3))], Class: "ordinary",
			Arrival: 8*time.Hour + 30*time.Minute + time.Duration((float64(q)+r.Float64())*float64(15*time.Minute)).Truncate(time.Second),
			Service: time.Duration(math.Exp(math.Log(300)+0.7*r.NormFloat64()) * float64(time.Second)).Truncate(time.Second), NoShow: r.Float64() < 0.04}
		v.Service = min(max(v.Service, 30*time.Second), 40*time.Minute)
		if r.Float64() < 0.06 {
			v.Class = "priority"
		}
		if !v.NoShow && r.Float64() < 0.6 {
			v.Rating = []int{5, 5, 5, 5, 5, 4, 4, 4, 3, 1 + r.IntN(2)}[r.IntN(10)]
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b Visit) int { return int(a.Arrival - b.Arrival) })
	return out
}

// Record is one visit of a recorded day. Arrival and Call have no zone; Call is zero where nobody was called.
type Record struct {
	Office, Queue, Day string
	Ordinal            int
	Arrival, Call      time.Time
	OpenWindows        int
	Before             bool // it came before the record begins: its times stand for "at the beginning"
}

// ReadVisits reads a CSV of recorded visits, gzip or not. A mistake names its line and column.
func ReadVisits(in io.Reader) ([]Record, error) {
	b := bufio.NewReader(in)
	var r io.Reader = b
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1F && magic[1] == 0x8B {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("read visits: %w", err)
		}
		r = z
	}
	c := csv.NewReader(r)
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	col := map[string]int{}
	for i, name := range head {
		col[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, name := range []string{"office", "queue", "day", "ordinal", "arrival", "call"} {
		if _, ok := col[name]; !ok {
			return nil, fmt.Errorf("read visits: line 1: column %q is missing", name)
		}
	}
	var out []Record
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read visits: %w", err)
		}
		rec, err := record(row, col)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		out = append(out, rec)
	}
}

func record(row []string, col map[string]int) (Record, error) {
	r := Record{Office: row[col["office"]], Queue: row[col["queue"]], Day: row[col["day"]]}
	var err error
	if r.Ordinal, err = strconv.Atoi(row[col["ordinal"]]); err != nil {
		return r, fmt.Errorf("ordinal: %q is no whole number", row[col["ordinal"]])
	}
	for _, f := range []struct {
		name string
		to   *time.Time
	}{{"arrival", &r.Arrival}, {"call", &r.Call}} {
		s := row[col[f.name]]
		if s == "" {
			continue
		}
		if *f.to, err = time.Parse("2006-01-02T15:04:05", s); err != nil {
			return r, fmt.Errorf("%s: %q is no time; write 2006-01-02T15:04:05", f.name, s)
		}
	}
	if i, ok := col["open_windows"]; ok && row[i] != "" {
		if r.OpenWindows, err = strconv.Atoi(row[i]); err != nil {
			return r, fmt.Errorf("open_windows: %q is no whole number", row[i])
		}
	}
	return r, nil
}
