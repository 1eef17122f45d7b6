package main

import (
	"context"
	"errors"
	"fmt"

	"halld/display"
)

type deviceClearCmd struct {
	ID    string `arg:"" help:"The printer's ID in the hall."`
	URL   string `name:"url" required:"" help:"The address of the running hall, such as http://127.0.0.1:8086: it holds the port."`
	Token string `help:"Its admin token." env:"HALLD_TOKEN"`
	Yes   bool   `help:"Go on although the hall is open: a ticket that is being printed becomes unknown."`
}

// Run lets the printer give up what it holds. Exit 1: it does not say that it is empty.
func (c *deviceClearCmd) Run(ctx context.Context, env *Env) error {
	var r display.BenchResult
	err := askHall(ctx, c.URL, c.Token, "POST", "/api/bench/devices/"+c.ID+"/clear", map[string]bool{"confirmed": c.Yes}, &r)
	var no *display.Problem
	if errors.As(err, &no) && no.Code == display.ConfirmNeeded {
		fmt.Fprintln(env.Stderr, "halld: the hall is open, and a ticket that is being printed would become unknown; --yes goes on all the same")
		return errNo
	}
	if err != nil {
		return err
	}
	return printResult(env, r, "the printer says that it is empty; tickets that are unknown can be printed again now")
}
