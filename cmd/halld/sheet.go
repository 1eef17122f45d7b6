package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/hallfile"
)

// sheetCmd keeps the long lists of a hall file in a spreadsheet: items with what is published of them, people, windows.
type sheetCmd struct {
	Hall  string `arg:"" help:"The hall file."`
	Table string `arg:"" help:"Which of its tables: department, queue, item, window, person …"`
	From  string `help:"Take the rows from this CSV or XLSX file and print the hall file that comes of it. Without it the rows are written."`
	Out   string `help:"Write to this file instead of standard output; a name that ends in .xlsx is written as such, else CSV."`
	Lang  string `enum:"zh,en," default:"" help:"Language of the column names and of what is said: zh or en; otherwise that of the locale."`
}

func (c *sheetCmd) Run(env *Env) error {
	cfg, err := readHallFile(c.Hall)
	if err != nil {
		return wrongUse{err}
	}
	if !slices.Contains(hallfile.Sheets(), c.Table) {
		_, err := hallfile.SheetOf(&cfg, c.Table, hallfile.English)
		return wrongUse{err}
	}
	out, err := c.text(env, cfg)
	if err != nil {
		return err
	}
	return env.put(c.Out, out)
}

func (c *sheetCmd) text(env *Env, cfg queue.Config) ([]byte, error) {
	lang := language(c.Lang)
	if c.From == "" {
		s, err := hallfile.SheetOf(&cfg, c.Table, lang)
		if err != nil {
			return nil, err
		}
		form := formCSV
		if strings.EqualFold(filepath.Ext(c.Out), "."+formXLSX) {
			form = formXLSX
		}
		return writeSheet(s, form)
	}
	data, err := os.ReadFile(c.From)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("read the sheet: %w", err)}
	}
	s, err := readSheet(c.Table, data)
	if err != nil {
		return nil, wrongUse{fmt.Errorf("%s: %w", c.From, err)}
	}
	next, all, err := withSheet(&cfg, s)
	if err != nil {
		return nil, err
	}
	wrong := false
	for _, m := range all {
		if m.Warning && m.Line == 0 { // halld check has those of the rest
			continue
		}
		wrong = wrong || !m.Warning
		fmt.Fprintln(env.Stderr, saidOfSheet(m, c.From, c.Hall, lang))
	}
	if wrong {
		return nil, errNo // it has been said why
	}
	return hallfile.Write(next)
}

// withSheet is a hall with the rows of a sheet, looked at as any hall file is.
func withSheet(cfg *queue.Config, s hallfile.Sheet) (queue.Config, []hallfile.Mistake, error) {
	set, err := profiles()
	if err != nil {
		return queue.Config{}, nil, err
	}
	next, all, err := hallfile.WithSheet(cfg, s, hallfile.Options{Devices: checkDevices(set), Today: catalogue.DayOf(time.Now(), time.Local)})
	if errors.Is(err, hallfile.ErrNoSheet) {
		err = wrongUse{err}
	}
	return next, all, err
}

// saidOfSheet says a mistake with its place: the row and the column of the sheet, or the key elsewhere in the hall.
func saidOfSheet(m hallfile.Mistake, sheet, hall, lang string) string {
	if m.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", hall, m.Key, m.Text(lang))
	}
	return m.In(sheet, lang)
}
