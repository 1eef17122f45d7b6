package main

import (
	"slices"
	"strings"
	"testing"
)

// What is printed can be read again, whatever people and their programs type.
func TestScript(t *testing.T) {
	t.Parallel()
	s := Script{World: "lines", Seed: 7, Steps: []Step{
		{N: 1, Who: "clerk-1", Verb: "open", Args: map[string]string{"window": "1", "clerk": "x\x1b[31m \u202eabc"}},
		{N: 2, Who: "kiosk-1", Verb: "garbage", Args: map[string]string{"body": "{\"class\":\"\xff\xfe\"}", "path": "/api/tickets"}},
		{N: 3, Who: "-", Verb: "burst", Args: map[string]string{}, Burst: []Step{
			{N: 4, Who: "clerk-1", Verb: "call", Args: map[string]string{"ticket": "@1n", "reason": "第二行\n在这里 = \\ \"x\""}},
			{N: 5, Who: "-", Verb: "kill", Args: map[string]string{"after": "30µs"}},
		}},
		{N: 6, Who: "-", Verb: "compare", Args: map[string]string{}},
		{N: 7, Who: "manager-1", Verb: "cancel", Args: map[string]string{"ticket": "号", "reason": ""}},
	}}
	got, err := Parse(strings.NewReader(s.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != s.String() {
		t.Errorf("read again it is\n%swritten it was\n%s", got, s)
	}
	for i, step := range got.Steps {
		for k, v := range s.Steps[i].Args {
			if step.Args[k] != v {
				t.Errorf("step %d: %s is %q, was %q", step.N, k, step.Args[k], v)
			}
		}
	}
	for _, bad := range []string{"1 clerk-1", "x clerk-1 open", "1 clerk-1 open window", `1 clerk-1 open window="1`} {
		if _, err := Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken for a step", bad)
		}
	}
}

// Of many steps those remain that matter, also within a burst.
func TestShrink(t *testing.T) {
	t.Parallel()
	var s Script
	for n := 1; n <= 200; n++ {
		s.Steps = append(s.Steps, Step{N: n, Who: []string{"x", "-"}[n%2], Verb: "x"})
	}
	s.Steps[150].Burst = []Step{{N: 501}, {N: 502}, {N: 503}}
	tries := 0
	got := shrink(s, map[int]bool{16: true, 18: true}, func(c Script) bool {
		tries++
		var have []int
		for _, step := range c.Steps {
			have = append(have, step.N)
			for _, sub := range step.Burst {
				have = append(have, sub.N)
			}
		}
		return slices.Contains(have, 17) && slices.Contains(have, 502) && slices.Contains(have, 200)
	}, func() bool { return false })
	if len(got.Steps) != 3 || len(got.Steps[1].Burst) != 1 || got.Steps[1].Burst[0].N != 502 {
		t.Errorf("left are %v", got.Steps)
	}
	if tries > 150 {
		t.Errorf("it took %d tries", tries)
	}
	if got := shrink(s, nil, func(Script) bool { return true }, func() bool { return true }); len(got.Steps) != 200 {
		t.Errorf("without time it went on")
	}
}

// The live push is believed only without a gap, and a change is merged as its description says.
func TestLive(t *testing.T) {
	t.Parallel()
	obj := func(kv ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	l := newLive("x", "")
	steps := []struct {
		m    message
		fine bool
	}{
		{message{Type: "snapshot", Seq: 4, Hall: obj("queues", []any{obj("id", "A", "waiting", 1.0), obj("id", "B", "waiting", 2.0)}, "calls", []any{"x"})}, true},
		{message{Type: "event", Seq: 5}, true},
		{message{Type: "event", Seq: 6, Hall: obj("full", false, "queues", []any{obj("id", "B", "waiting", 3.0)})}, true},
		{message{Type: "news", Seq: 9}, true},
		{message{Type: "event", Seq: 6}, false},
		{message{Type: "event", Seq: 8}, false},
		{message{Type: "snapshot", Seq: 9, Hall: obj()}, false},
	}
	for _, s := range steps {
		if err := l.take(s.m, true); (err == nil) != s.fine {
			t.Errorf("%+v: %v", s.m, err)
		}
	}
	want := obj("queues", []any{obj("id", "A", "waiting", 1.0), obj("id", "B", "waiting", 3.0)}, "calls", []any{"x"})
	if p := same(want, l.hall, "hall"); p != "" || l.hallAt != 6 || l.Last() != 6 {
		t.Errorf("the hall at %d is %v: %s", l.hallAt, l.hall, p)
	}
	l.merge(obj("full", true, "queues", []any{}))
	if p := same(obj("queues", []any{}, "calls", []any{"x"}), l.hall, "hall"); p != "" {
		t.Errorf("a full change leaves %v", l.hall)
	}
}
