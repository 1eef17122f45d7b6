package main

import (
	"context"
	"fmt"

	"halld/queue"
)

type initCmd struct {
	Data string `arg:"" help:"The folder; made if missing."`
	Hall string `help:"A hall file to set the new hall up from."`
}

// Run makes a hall. It is the only command that does: a mistyped folder of any other is an error, not a second hall.
func (c *initCmd) Run(ctx context.Context, env *Env) error {
	var cfg *queue.Config
	if c.Hall != "" {
		read, err := readHallFile(c.Hall)
		if err != nil {
			return wrongUse{err}
		}
		cfg = &read
	}
	core, err := createCore(systemOptions{Data: c.Data, Log: env.Log})
	if err != nil {
		return err
	}
	defer core.close()
	if cfg == nil {
		fmt.Fprintf(env.Stdout, "a new hall is in %s; set it up with halld apply --data %s HALL.toml\n", c.Data, c.Data)
		return nil
	}
	if _, err := core.engine.Do(ctx, "", byScript, queue.Configure{Config: *cfg}); err != nil {
		return fmt.Errorf("set the new hall up: %w", err)
	}
	fmt.Fprintf(env.Stdout, "%s is in %s; run it with halld serve --data %s\n", cfg.Name, c.Data, c.Data)
	return nil
}
