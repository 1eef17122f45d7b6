package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"soak/oracle"
)

// Op is a command that was sent, and what was answered.
type Op struct {
	step    Step
	cmd     oracle.Command
	key     string
	heard   uint64 // the last event that was heard before it was sent
	sent    int64  // when, on the driver's own count
	got     int64
	at      time.Time // when the answer came
	status  int
	body    map[string]any
	code    string
	failed  error // no answer came
	settled bool
	again   bool // it was in doubt and sent again: the answer may be that of a repeat
}

// space is within what a key is kept: its token's.
func (o *Op) space() string {
	return o.step.Who + " " + o.key
}

func (o *Op) ok() bool { return o.status >= 200 && o.status < 300 }

// seq is the event that the answer names, 0 if it names none.
func (o *Op) seq() uint64 {
	f, _ := o.body["seq"].(float64)
	return uint64(f)
}

func (o *Op) text() string {
	b, err := json.Marshal(o.body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %.600s", o.status, b)
}

// resolve turns a step into the command that is sent; false: it speaks of a ticket that was never made.
func (r *Run) resolve(s Step) (oracle.Command, bool) {
	c := oracle.Command{Verb: s.Verb, Args: map[string]string{}, Name: s.Who}
	for _, cl := range clients {
		if cl.Name == s.Who {
			c.Role = cl.Role
		}
	}
	for k, v := range s.Args {
		if k == argKill || k == argKeyOf {
			continue
		}
		if ref, ok := strings.CutPrefix(v, "@"); ok && k == argTicket {
			var n int
			if _, err := fmt.Sscanf(ref, "%d", &n); err != nil || r.made[n] == "" {
				return c, false
			}
			v = r.made[n]
			if t := r.model.Find(v); strings.HasSuffix(ref, "n") {
				if t == nil {
					return c, false
				}
				v = t.Number
			}
		}
		c.Args[k] = v
	}
	return c, true
}

func (r *Run) prepare(s Step) (*Op, bool) {
	c, ok := r.resolve(s)
	if !ok {
		return nil, false
	}
	op := &Op{step: s, cmd: c, key: fmt.Sprintf("%s%d", r.prefix, s.N)}
	return op, true
}

// send sends a command once. Without an answer op.failed says why.
func (r *Run) send(op *Op) {
	q := request(op.cmd)
	op.failed, op.status, op.body, op.code = nil, 0, nil, ""
	ctx, cancel := context.WithTimeout(r.ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, r.daemon.url+q.path, strings.NewReader(q.body))
	if err != nil {
		op.failed = err
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if t := op.cmd.Get(argType); t != "" {
		req.Header.Set("Content-Type", t)
	}
	req.Header.Set("Idempotency-Key", op.key)
	if k := op.cmd.Get(argKey); k != "" {
		req.Header.Set("Idempotency-Key", k)
	}
	client := r.http["kiosk-1"]
	if op.cmd.Role != "" {
		req.Header.Set("Authorization", "Bearer "+r.daemon.tokens[op.cmd.Name])
		client = r.http[op.cmd.Name]
	}
	if op.sent == 0 {
		op.heard, op.sent = r.live.Last(), r.tick.Add(1)
	}
	resp, err := client.Do(req)
	if err != nil {
		op.failed = err
		return
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		op.failed = err
		return
	}
	op.got, op.at = r.tick.Add(1), time.Now()
	op.status = resp.StatusCode
	if len(data) > 0 {
		if err := json.Unmarshal(data, &op.body); err != nil {
			op.body = map[string]any{"unreadable": string(bytes.ToValidUTF8(data, []byte("?"))), "why": err.Error()}
		}
	}
	op.code, _ = op.body["code"].(string)
	if op.code == "not-known" || op.code == "unavailable" { // in doubt: to be repeated with the same key
		op.failed = errors.New(op.code)
	}
}
