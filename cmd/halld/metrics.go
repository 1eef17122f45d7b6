package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// collector turns the parts' plain numbers into metrics when they are asked for.
type collector struct{ s *system }

var (
	descEvents  = prometheus.NewDesc("halld_events_total", "Events stored since the start of the program.", nil, nil)
	descCommits = prometheus.NewDesc("halld_commits_total", "Durable commits since the start of the program.", nil, nil)
	descSeq     = prometheus.NewDesc("halld_seq", "Sequence number of the last stored event.", nil, nil)
	descWaiting = prometheus.NewDesc("halld_tickets_waiting", "Tickets in line.", []string{"queue"}, nil)
	descOpen    = prometheus.NewDesc("halld_windows_open", "Windows that are open.", nil, nil)
	descSpoken  = prometheus.NewDesc("halld_announcements_spoken_total", "Calls spoken since the start of the program.", []string{"zone"}, nil)
	descUnsaid  = prometheus.NewDesc("halld_announcements_dropped_total", "Calls that were not spoken, by reason; each stands in the log.", []string{"zone", "reason"}, nil)
	descUnspoke = prometheus.NewDesc("halld_announcements_waiting", "Calls that wait to be spoken.", []string{"zone"}, nil)
	descDevice  = prometheus.NewDesc("halld_device_ok", "1 while the device works, 0 while it has a problem.", []string{"device", "kind"}, nil)
)

func (c collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

func (c collector) Collect(ch chan<- prometheus.Metric) {
	st := c.s.engine.Stats()
	ch <- prometheus.MustNewConstMetric(descEvents, prometheus.CounterValue, float64(st.Events))
	ch <- prometheus.MustNewConstMetric(descCommits, prometheus.CounterValue, float64(st.Commits))
	v := c.s.engine.View()
	ch <- prometheus.MustNewConstMetric(descSeq, prometheus.GaugeValue, float64(v.Seq))
	for _, q := range v.Queues {
		ch <- prometheus.MustNewConstMetric(descWaiting, prometheus.GaugeValue, float64(q.Waiting), string(q.ID))
	}
	open := 0
	for _, w := range v.Windows {
		if w.State == "open" {
			open++
		}
	}
	ch <- prometheus.MustNewConstMetric(descOpen, prometheus.GaugeValue, float64(open))
	for _, z := range c.s.floor.VoiceStats() {
		ch <- prometheus.MustNewConstMetric(descSpoken, prometheus.CounterValue, float64(z.Spoken), z.Zone)
		ch <- prometheus.MustNewConstMetric(descUnspoke, prometheus.GaugeValue, float64(z.Waiting), z.Zone)
		for reason, n := range z.Dropped {
			ch <- prometheus.MustNewConstMetric(descUnsaid, prometheus.CounterValue, float64(n), z.Zone, reason)
		}
	}
	for _, h := range c.s.rack.Health() {
		ok := 0.0
		if h.State == "ok" || h.State == "warning" {
			ok = 1
		}
		ch <- prometheus.MustNewConstMetric(descDevice, prometheus.GaugeValue, ok, h.ID, h.Kind)
	}
}

// newMetrics serves the numbers on a registry of our own.
func newMetrics(s *system) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collector{s})
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}
