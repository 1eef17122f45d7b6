package main

import (
	"context"
	"encoding/json"
	"fmt"

	"halld/queue/sqlite"
)

type verifyCmd struct {
	Data string `required:"" help:"The data folder."`
	JSON bool   `help:"Print the report as JSON."`
}

func (c *verifyCmd) Run(ctx context.Context, env *Env) error {
	r, err := sqlite.OpenReader(c.Data)
	if err != nil {
		return fmt.Errorf("verify %s: %w", c.Data, err)
	}
	defer r.Close()
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

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create a token and print it. It is stored only as a digest: note it down."`
}

type tokenCreateCmd struct {
	Data string `required:"" help:"The data folder."`
	Role string `required:"" enum:"kiosk,board,clerk,manager,admin" help:"What it may do: kiosk, board, clerk, manager or admin."`
	Name string `help:"What it is for; stands in the log. Default: the role."`
}

func (c *tokenCreateCmd) Run(env *Env) error {
	s, err := sqlite.OpenSessions(c.Data)
	if err != nil {
		return err
	}
	defer s.Close()
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
