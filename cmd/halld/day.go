package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"halld/display"
	"halld/queue"
)

// dayCmd is the service day of a running hall.
type dayCmd struct {
	Status  dayStatusCmd  `cmd:"" help:"Which day is open, until when, and whether the clock is trusted."`
	Open    dayOpenCmd    `cmd:"" help:"Open today, or the day named."`
	Close   dayCloseCmd   `cmd:"" help:"Close the open day: what still waits expires."`
	Skip    daySkipCmd    `cmd:"" help:"Stay closed today, or on a date."`
	Unskip  dayUnskipCmd  `cmd:"" help:"Open after all on a date that was to be skipped; status lists them."`
	Pause   dayPauseCmd   `cmd:"" help:"Give no numbers for now; calling goes on."`
	Resume  dayResumeCmd  `cmd:"" help:"Give numbers again."`
	Confirm dayConfirmCmd `cmd:"" help:"Confirm the machine's clock after a jump."`
}

// atHall says which hall is asked.
type atHall struct {
	URL   string `required:"" name:"url" help:"Address of the running hall."`
	Token string `env:"HALLD_TOKEN" help:"A manager's or admin's token."`
	JSON  bool   `name:"json" help:"Print the answer as JSON."`
}

// ask does one request about the day and prints how it stands afterwards.
func (a atHall) ask(ctx context.Context, env *Env, method, path string, body any) error {
	var answer display.DayAnswer
	if method == "GET" {
		if err := askHall(ctx, a.URL, a.Token, method, path, nil, &answer.Day); err != nil {
			return err
		}
	} else if err := askHall(ctx, a.URL, a.Token, method, path, body, &answer); err != nil {
		return err
	}
	if a.JSON {
		return json.NewEncoder(env.Stdout).Encode(answer.Day)
	}
	fmt.Fprint(env.Stdout, dayWords(answer.Day))
	return nil
}

// dayWords says how the day stands.
func dayWords(d display.Day) string {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC
	}
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }
	out := ""
	switch {
	case d.ID == "" && d.Skipped != "":
		out = fmt.Sprintf("closed today, %s: %s\n", d.Date, d.Skipped)
	case d.ID == "":
		out = fmt.Sprintf("closed; today is %s in %s\n", d.Date, d.Zone)
	default:
		out = fmt.Sprintf("service day %s is open since %s, to end at %s\n", d.ID, at(d.OpenedAt), at(d.ClosesAt))
	}
	if d.Stale {
		out += fmt.Sprintf("it is not today, %s: close it and open today's\n", d.Date)
	}
	if d.Evacuated != "" {
		out += fmt.Sprintf("the hall is evacuated since %s: %s\n", at(d.EvacuatedAt), d.Evacuated)
	}
	if d.ID != "" && d.IssuePaused {
		out += fmt.Sprintf("no numbers are given: %s\n", d.PauseReason)
	}
	if d.ID == "" && !d.NextOpening.IsZero() {
		out += fmt.Sprintf("opens by itself at %s\n", at(d.NextOpening))
	}
	for _, skip := range d.Skips {
		if skip.Date != d.Date || d.ID != "" {
			out += fmt.Sprintf("stays closed on %s: %s%s\n", skip.Date, skip.Reason, saidBy(skip, at))
		}
	}
	if d.Clock != queue.Trusted {
		out += d.ClockProblem + "\n"
	}
	return out
}

// saidBy says who keeps the hall closed on a date, and since when.
func saidBy(skip display.Skip, at func(time.Time) string) string {
	switch {
	case skip.At.IsZero():
		return ""
	case skip.By == nil:
		return " (said " + at(skip.At) + ")"
	}
	return fmt.Sprintf(" (%s, %s)", cmp.Or(skip.By.Name, string(skip.By.Role)), at(skip.At))
}

type dayStatusCmd struct{ atHall }

func (c *dayStatusCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "GET", "/api/day", nil)
}

type dayOpenCmd struct {
	atHall
	Day   string `help:"The service day, 2006-01-02; default today."`
	Force bool   `help:"Although it is not today."`
}

func (c *dayOpenCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/open", display.OpenDayRequest{Day: queue.DayID(c.Day), Force: c.Force})
}

type dayCloseCmd struct {
	atHall
	Force bool `help:"Although tickets are still called or served."`
}

func (c *dayCloseCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/close", display.CloseDayRequest{Force: c.Force})
}

type daySkipCmd struct {
	atHall
	Date   string `help:"2006-01-02; default today."`
	Reason string `required:"" help:"Stands on every screen."`
	Force  bool   `help:"Although tickets are still called or served."`
}

func (c *daySkipCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/skip", display.SkipDayRequest{Date: c.Date, Reason: c.Reason, Force: c.Force})
}

type dayUnskipCmd struct {
	atHall
	Date string `help:"2006-01-02; default today."`
}

func (c *dayUnskipCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/unskip", display.UnskipDayRequest{Date: c.Date})
}

type dayPauseCmd struct {
	atHall
	Reason string `required:"" help:"Stands on the kiosks."`
}

func (c *dayPauseCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/pause", display.ReasonRequest{Reason: c.Reason})
}

type dayResumeCmd struct{ atHall }

func (c *dayResumeCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/day/resume", struct{}{})
}

type dayConfirmCmd struct{ atHall }

func (c *dayConfirmCmd) Run(ctx context.Context, env *Env) error {
	return c.ask(ctx, env, "POST", "/api/clock/confirm", struct{}{})
}
