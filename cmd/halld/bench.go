package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"halld/queue"
)

type benchCmd struct {
	Parts   []string `arg:"" optional:"" enum:"tickets,calls,bus,screens,paper,memory,start-up" help:"What to measure: tickets, calls, bus, screens, paper, memory, start-up. Default: all."`
	Seconds float64  `default:"3" help:"How long each load runs."`
	Stored  int      `default:"1000000" help:"Tickets in the store for the start-up figure; 0 leaves it out."`
	Day     int      `default:"5000" help:"Tickets of the day whose memory is measured."`
	JSON    bool     `help:"One JSON line per figure."`
}

// figure is one measured number with its reference of the same run.
type figure struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit"`
	Reference string  `json:"reference,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // value / reference
	P50       float64 `json:"p50_ms,omitempty"`
	P99       float64 `json:"p99_ms,omitempty"`
}

func (c *benchCmd) Run(ctx context.Context, env *Env) error {
	env.Log = slog.New(slog.DiscardHandler)
	show := func(f figure) error {
		if c.JSON {
			return json.NewEncoder(env.Stdout).Encode(f)
		}
		line := fmt.Sprintf("%-44s %10.1f %-10s", f.Name, f.Value, f.Unit)
		if f.P99 > 0 {
			line += fmt.Sprintf(" p50 %.1f ms  p99 %.1f ms", f.P50, f.P99)
		}
		if f.Reference != "" {
			line += fmt.Sprintf("  = %.2f × %s", f.Ratio, f.Reference)
		}
		_, err := fmt.Fprintln(env.Stdout, line)
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context, *Env, string, func(figure) error) error
	}{{"tickets", c.tickets}, {"calls", c.calls}, {"bus", c.bus}, {"screens", c.screens}, {"paper", c.paper}, {"memory", c.memory}, {"start-up", c.startUp}} {
		if len(c.Parts) > 0 && !slices.Contains(c.Parts, part.name) {
			continue
		}
		dir, err := os.MkdirTemp("", "halld-bench-")
		if err != nil {
			return err
		}
		err = errors.Join(part.run(ctx, env, dir, show), os.RemoveAll(dir))
		if err != nil {
			return err
		}
	}
	return nil
}

// tickets measures issuing over HTTP, durable, beside the store's own group commit in the same run.
func (c *benchCmd) tickets(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	cfg, err := demoConfig()
	if err != nil {
		return err
	}
	cfg.Devices = nil
	cfg.Items, cfg.Queues = nil, nil
	for i := range 40 { // the load outgrows a hall's day: 400,000 numbers
		p := prefixOf(i)
		cfg.Queues = append(cfg.Queues, queue.Queue{ID: queue.QueueID(p), Name: p, Prefix: p, First: 1, Last: 9999, Width: 4, BandEnd: queue.StopAt})
	}
	for i := range cfg.WindowSetup {
		cfg.WindowSetup[i].Queues = nil
	}
	for i, q := range cfg.Queues {
		w := &cfg.WindowSetup[i%len(cfg.WindowSetup)]
		w.Queues = append(w.Queues, q.ID)
	}
	sys, err := startSystem(ctx, systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: env.Log})
	if err != nil {
		return err
	}
	defer sys.close()
	token, err := sys.sessions.CreateToken("kiosk", "bench")
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 8, 32, 64} {
		raw, _, _ := c.load(clients, func(i int) error {
			_, err := sys.engine.Do(ctx, "", byScript, queue.KeepWithoutPaper{Ticket: "none"}) // refused: the cost of asking alone
			if queue.CodeOf(err) != queue.UnknownTicket {
				return err
			}
			return nil
		})
		direct, _, err := c.load(clients, func(i int) error {
			_, err := sys.engine.Do(ctx, "", byScript, queue.Issue{Queue: cfg.Queues[i%40].ID})
			return err
		})
		if err != nil {
			return err
		}
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
		rate, times, err := c.load(clients, func(i int) error {
			return postTicket(client, sys.url(), token, string(cfg.Queues[i%40].ID))
		})
		client.CloseIdleConnections()
		if err != nil {
			return err
		}
		err = show(figure{Name: fmt.Sprintf("tickets over HTTP, durable, %d clients", clients), Value: rate, Unit: "tickets/s",
			Reference: fmt.Sprintf("group commit without HTTP (%.0f/s; %.0f/s refusals)", direct, raw), Ratio: rate / direct,
			P50: ms(times[len(times)/2]), P99: ms(times[len(times)*99/100])})
		if err != nil {
			return err
		}
	}
	return nil
}

func postTicket(client *http.Client, url, token, q string) error {
	req, err := http.NewRequest(http.MethodPost, url+"/api/tickets", strings.NewReader(`{"queue":"`+q+`","class":"ordinary","print":"none"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("issue over HTTP: %s %s", res.Status, body)
	}
	return nil
}

// load runs do on so many clients for the time of one load and returns calls per second and all latencies, sorted.
func (c *benchCmd) load(clients int, do func(i int) error) (float64, []time.Duration, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		all   []time.Duration
		first error
		n     atomic.Int64
	)
	start := time.Now()
	end := start.Add(time.Duration(c.Seconds * float64(time.Second)))
	for range clients {
		wg.Go(func() {
			var mine []time.Duration
			for time.Now().Before(end) {
				t := time.Now()
				if err := do(int(n.Add(1))); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
					break
				}
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(start).Seconds()
	slices.Sort(all)
	if len(all) == 0 && first == nil {
		first = fmt.Errorf("nothing was done in %.1f s", took)
	}
	return float64(len(all)) / took, all, first
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
