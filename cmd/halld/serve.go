package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"halld/queue"
	"halld/queue/hallfile"
)

type serveCmd struct {
	Data   string `required:"" help:"The folder of the hall, made with halld init."`
	Listen string `default:"127.0.0.1:8086" help:"Address to serve on."`
	Hall   string `help:"A hall file to apply first."`
}

func (c *serveCmd) Run(ctx context.Context, env *Env) error {
	opts := systemOptions{Data: c.Data, Listen: c.Listen, Log: env.Log}
	if c.Hall != "" {
		cfg, err := readHallFile(c.Hall)
		if err != nil {
			return wrongUse{err}
		}
		opts.Config = &cfg
	}
	sys, err := startSystem(ctx, opts)
	if err != nil {
		return err
	}
	defer sys.close()
	fmt.Fprintf(env.Stdout, "halld serves %s\n", sys.url())
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		env.Log.Warn("systemd was not told that the hall is ready", "err", err)
	}
	go feedWatchdog(ctx, sys)
	return sys.wait(ctx)
}

// feedWatchdog tells systemd that the hall lives as long as its one writer still answers.
func feedWatchdog(ctx context.Context, sys *system) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// the command is refused at once, but only by a writer that runs
			_, err := sys.engine.Do(ctx, "", byScript, queue.Recall{Seat: queue.Seat{Window: "0"}})
			if queue.CodeOf(err) == queue.UnknownWindow || queue.CodeOf(err) == queue.NotConfigured || queue.CodeOf(err) == queue.DayNotOpen {
				_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog) // nothing can be done about it here: systemd will restart us
			}
		}
	}
}

type applyCmd struct {
	Data   string `required:"" help:"The data folder."`
	Hall   string `arg:"" help:"The hall file."`
	DryRun bool   `help:"Only show the difference."`
	Lang   string `enum:"zh,en," default:"" help:"Language of the difference: zh or en; otherwise that of the locale."`
}

func (c *applyCmd) Run(ctx context.Context, env *Env) error {
	cfg, err := readHallFile(c.Hall)
	if bad, ok := errors.AsType[*badHall](err); ok && c.Lang != "" {
		bad.lang = c.Lang
	}
	if err != nil {
		return wrongUse{err}
	}
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
	if len(changes) == 0 {
		return nil
	}
	if c.DryRun {
		return nil
	}
	if _, err := core.engine.Do(ctx, "", byScript, queue.Configure{Config: cfg}); err != nil {
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

type exportCmd struct {
	Data string `required:"" help:"The data folder."`
	Out  string `help:"Write to this file instead of standard output."`
}

func (c *exportCmd) Run(env *Env) error {
	core, err := startCore(systemOptions{Data: c.Data, Log: env.Log})
	if err != nil {
		return err
	}
	defer core.close()
	v := core.engine.View()
	if v.Config == nil {
		fmt.Fprintln(env.Stderr, "halld: this hall is not set up yet; apply a hall file first")
		return errNo
	}
	text, err := hallfile.Write(*v.Config)
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err = env.Stdout.Write(text)
		return err
	}
	return os.WriteFile(c.Out, text, 0o644)
}
