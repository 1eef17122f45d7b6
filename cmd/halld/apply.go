package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"halld/display"
	"halld/queue"
	"halld/queue/hallfile"
)

// applyCmd sets a hall up from a file: one that runs, over its API, or one that stands still, in its folder.
type applyCmd struct {
	Hall   string            `arg:"" help:"The hall file."`
	Data   string            `xor:"where" help:"The folder of a hall that does not run."`
	URL    string            `xor:"where" name:"url" help:"Address of a hall that runs."`
	Token  string            `env:"HALLD_TOKEN" help:"An admin's token, with --url."`
	Move   map[string]string `help:"Where the tickets of a queue that goes wait from now on: --move B=A."`
	DryRun bool              `help:"Only show the difference, and whether it would be refused."`
	Lang   string            `enum:"zh,en," default:"" help:"Language of the difference: zh or en; otherwise that of the locale."`
}

func (c *applyCmd) Run(ctx context.Context, env *Env) error {
	cfg, err := readHallFile(c.Hall)
	if bad, ok := errors.AsType[*badHall](err); ok && c.Lang != "" {
		bad.lang = c.Lang
	}
	if err != nil {
		return wrongUse{err}
	}
	move := map[queue.QueueID]queue.QueueID{}
	for from, to := range c.Move {
		move[queue.QueueID(from)] = queue.QueueID(to)
	}
	switch {
	case c.URL != "":
		return c.overAPI(ctx, env, cfg, move)
	case c.Data != "":
		return c.inFolder(ctx, env, cfg, move)
	default:
		return wrongUse{errors.New("say which hall: --url of one that runs, or --data of one that does not")}
	}
}

func (c *applyCmd) overAPI(ctx context.Context, env *Env, cfg queue.Config, move map[queue.QueueID]queue.QueueID) error {
	text, err := hallfile.Write(cfg) // with the ticket's template inside: the hall may not see the files beside this one
	if err != nil {
		return err
	}
	var answer display.SetupAnswer
	err = askHall(ctx, c.URL, c.Token, "PUT", "/api/config", display.SetupRequest{Hall: string(text), Move: move, DryRun: c.DryRun}, &answer)
	var refused *display.Problem
	if errors.As(err, &refused) {
		return fmt.Errorf("apply %s: %w%s", c.Hall, err, mistakesOf(refused, language(c.Lang)))
	}
	if err != nil {
		return fmt.Errorf("apply %s: %w", c.Hall, err)
	}
	if len(answer.Changes) == 0 {
		fmt.Fprintln(env.Stdout, hallfile.Say("same", language(c.Lang), nil))
	}
	for _, ch := range answer.Changes {
		if language(c.Lang) == hallfile.Chinese {
			fmt.Fprintf(env.Stdout, "%s  [%s]\n", ch.Zh, ch.PartsZh)
		} else {
			fmt.Fprintf(env.Stdout, "%s  [%s]\n", ch.En, ch.Parts)
		}
	}
	return nil
}

// mistakesOf lists what a hall found wrong with a file.
func mistakesOf(p *display.Problem, lang string) string {
	var b strings.Builder
	for _, e := range p.Errors {
		text := e.Message
		if lang == hallfile.Chinese && e.MessageZh != "" {
			text = e.MessageZh
		}
		fmt.Fprintf(&b, "\n%s: %s", e.Location, text)
	}
	return b.String()
}

func (c *applyCmd) inFolder(ctx context.Context, env *Env, cfg queue.Config, move map[queue.QueueID]queue.QueueID) error {
	core, err := startCore(systemOptions{Data: c.Data, Log: env.Log})
	if err != nil {
		return err
	}
	defer core.close()
	now := hallfile.Usual()
	if v := core.engine.View(); v.Config != nil {
		now = *v.Config
	}
	changes := hallfile.Difference(now, cfg)
	printDifference(env.Stdout, changes, language(c.Lang))
	cmd := queue.Configure{Config: cfg, Move: move}
	switch {
	case len(changes) == 0:
		return nil
	case c.DryRun: // what apply would refuse, a dry run refuses, too
		err = core.engine.Try(ctx, byScript, cmd)
	default:
		_, err = core.engine.Do(ctx, "", byScript, cmd)
	}
	if err != nil {
		return fmt.Errorf("apply %s: %w", c.Hall, err)
	}
	return nil
}

// printDifference says in what two halls differ, one change a line, each with the parts that it touches.
func printDifference(w io.Writer, changes []hallfile.Change, lang string) {
	if len(changes) == 0 {
		fmt.Fprintln(w, hallfile.Say("same", lang, nil))
	}
	for _, c := range changes {
		fmt.Fprintf(w, "%s  [%s]\n", c.Text(lang), c.Parts(lang))
	}
}

// exportCmd is the inverse of applyCmd.
type exportCmd struct {
	Data  string `xor:"where" help:"The folder of a hall that does not run."`
	URL   string `xor:"where" name:"url" help:"Address of a hall that runs."`
	Token string `env:"HALLD_TOKEN" help:"A manager's or admin's token, with --url."`
	Out   string `help:"Write to this file instead of standard output."`
}

func (c *exportCmd) Run(ctx context.Context, env *Env) error {
	text, err := c.text(ctx, env)
	if err != nil {
		return err
	}
	return env.put(c.Out, text)
}

func (c *exportCmd) text(ctx context.Context, env *Env) ([]byte, error) {
	switch {
	case c.URL != "":
		var answer display.SetupText
		err := askHall(ctx, c.URL, c.Token, "GET", "/api/config", nil, &answer)
		return []byte(answer.Hall), err
	case c.Data == "":
		return nil, wrongUse{errors.New("say which hall: --url of one that runs, or --data of one that does not")}
	}
	core, err := startCore(systemOptions{Data: c.Data, Log: env.Log})
	if err != nil {
		return nil, err
	}
	defer core.close()
	v := core.engine.View()
	if v.Config == nil {
		fmt.Fprintln(env.Stderr, "halld: this hall is not set up yet; apply a hall file first")
		return nil, errNo
	}
	return hallfile.Write(*v.Config)
}
