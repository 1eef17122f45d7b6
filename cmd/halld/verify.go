package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"halld/queue"
	"halld/queue/sqlite"
)

type verifyCmd struct {
	Data string `required:"" help:"The data folder."`
	JSON bool   `help:"Print the report as JSON."`

	AcceptLog bool   `help:"Take a log for good whose end is gone: the hall goes on, and passes over the numbers that may have been given."`
	By        string `help:"Who decided so, with --accept-log; it stands in the log."`
	Skip      int    `help:"With --accept-log: pass over at least so many numbers of every queue."`
}

func (c *verifyCmd) Run(ctx context.Context, env *Env) error {
	if c.AcceptLog {
		return c.accept(env)
	}
	r, err := sqlite.OpenReader(c.Data)
	if err != nil {
		return fmt.Errorf("verify %s: %w", c.Data, err)
	}
	defer func() { _ = r.Close() }() // it was only read
	report, err := r.Verify(ctx)
	if err != nil {
		return fmt.Errorf("verify %s: %w", c.Data, err)
	}
	if c.JSON {
		if err := json.NewEncoder(env.Stdout).Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(env.Stdout, "%d events, %d service days, %d tickets, %d prints under way\nlast hash %s\n", report.Events, report.Days, report.Tickets, report.Outbox, report.LastHash)
		for _, f := range report.Faults {
			fmt.Fprintln(env.Stdout, "fault:", f)
		}
	}
	if !report.OK() {
		fmt.Fprintf(env.Stderr, "halld: %d faults: do not go on with this folder; restore a backup\n", report.FaultCount)
		return errNo
	}
	fmt.Fprintln(env.Stderr, "the store is as it should be")
	return nil
}

func (c *verifyCmd) accept(env *Env) error {
	if strings.TrimSpace(c.By) == "" {
		return wrongUse{errors.New("--accept-log needs --by: the name of who decided that the hall goes on without the end of its log")}
	}
	a, err := sqlite.AcceptLog(c.Data, queue.Actor{Role: queue.Script, Name: c.By}, c.Skip, sqlite.Options{Log: env.Log})
	if err != nil {
		return fmt.Errorf("accept the log of %s: %w", c.Data, err)
	}
	fmt.Fprintf(env.Stdout, "the log ends with event %d; %d numbers of every queue are passed over when the hall starts\n", a.Seq, a.Skip)
	return nil
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create a token and print it. It is stored only as a digest: note it down."`
}

const longestTokenName = 100

type tokenCreateCmd struct {
	Data string `required:"" help:"The data folder."`
	Role string `required:"" enum:"kiosk,board,clerk,manager,admin" help:"What it may do: kiosk, board, clerk, manager or admin."`
	Name string `help:"What it is for; stands in the log. Default: the role."`
}

func (c *tokenCreateCmd) Run(env *Env) error {
	if wrong := queue.BadText(c.Name, longestTokenName, false); wrong != "" {
		return wrongUse{fmt.Errorf("--name: %s; it stands in the log with everything that is done with the token: at most %d characters", wrong, longestTokenName)}
	}
	s, err := sqlite.OpenSessions(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // the token is stored and printed by then, or the error says why not
	if c.Name == "" {
		c.Name = c.Role
	}
	token, err := s.CreateToken(c.Role, c.Name)
	if err != nil {
		return fmt.Errorf("create token: %w", err)
	}
	fmt.Fprintln(env.Stdout, token)
	return nil
}
