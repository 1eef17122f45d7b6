package main

import (
	"bytes"
	"context"
	"fmt"

	"halld/display"
	"halld/queue/hallfile"
	"halld/queue/sqlite"
)

// handSheetCmd makes the hand-calling sheet from a hall's folder, so that it can be had when the daemon is down or cannot be reached, too.
type handSheetCmd struct {
	Data string `required:"" help:"The data folder; a daemon may run on it."`
	Out  string `help:"Write the page to this file instead of standard output."`
	Lang string `enum:"zh,en," default:"" help:"Language of the sheet: zh or en; otherwise that of the locale."`
}

func (c *handSheetCmd) Run(ctx context.Context, env *Env) error {
	r, err := sqlite.OpenReader(c.Data)
	if err != nil {
		return fmt.Errorf("hand-calling sheet: %w", err)
	}
	defer func() { _ = r.Close() }() // it was only read
	hall, err := r.Hall(ctx)
	if err != nil {
		return fmt.Errorf("hand-calling sheet: %w", err)
	}
	var page bytes.Buffer
	if err := display.WriteHandSheet(&page, hall.HandSheet(), language(c.Lang) == hallfile.English); err != nil {
		return fmt.Errorf("hand-calling sheet: %w", err)
	}
	return env.put(c.Out, page.Bytes())
}
