package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"halld/queue"
)

type serveCmd struct {
	Data   string `required:"" help:"The folder of the hall, made with halld init."`
	Listen string `default:"127.0.0.1:8086" help:"Address to serve on."`
	Hall   string `help:"A hall file to apply first. If it cannot be applied, a hall that was set up before runs on as it was, and says so."`
}

func (c *serveCmd) Run(ctx context.Context, env *Env) error {
	opts := systemOptions{Data: c.Data, Listen: c.Listen, Log: env.Log}
	if c.Hall != "" {
		cfg, err := readHallFile(c.Hall)
		opts.Config, opts.BadConfig = &cfg, err
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
