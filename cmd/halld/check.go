package main

import (
	"fmt"
	"os"
	"strconv"

	"halld/queue"
	"halld/queue/hallfile"
)

type checkCmd struct {
	Hall string `arg:"" help:"The hall file."`
	Lang string `enum:"zh,en," default:"" help:"Language of what is said: zh or en; otherwise that of the locale."`
	JSON bool   `help:"One JSON line: every mistake with code, place, key and its words in both languages."`
}

// checkedMistake is a mistake as a machine reads it.
type checkedMistake struct {
	hallfile.Mistake
	Zh string `json:"zh"`
	En string `json:"en"`
}

func (c *checkCmd) Run(env *Env) error {
	data, err := os.ReadFile(c.Hall)
	if err != nil {
		return wrongUse{fmt.Errorf("read the hall file: %w", err)}
	}
	cfg, all, err := lookAtHall(c.Hall, data)
	if err != nil {
		return err
	}
	if c.JSON {
		err = c.json(env, cfg, all)
	} else {
		c.print(env, cfg, all)
	}
	if err == nil && !hallfile.Sound(all) {
		err = errNo // it has been said why
	}
	return err
}

func (c *checkCmd) print(env *Env, cfg queue.Config, all []hallfile.Mistake) {
	lang := language(c.Lang)
	wrong, warned := 0, 0
	for _, m := range all {
		if !m.Warning {
			wrong++
			fmt.Fprintln(env.Stdout, m.In(c.Hall, lang))
		}
	}
	for _, m := range all {
		if m.Warning {
			warned++
			if warned == 1 && wrong > 0 {
				fmt.Fprintln(env.Stdout)
			}
			fmt.Fprintln(env.Stdout, m.In(c.Hall, lang))
		}
	}
	if warned > 0 {
		fmt.Fprintln(env.Stdout, hallfile.Say("check-warned", lang, map[string]string{"count": strconv.Itoa(warned)}))
	}
	if wrong > 0 {
		fmt.Fprintln(env.Stdout, hallfile.Say("check-wrong", lang, map[string]string{"count": strconv.Itoa(wrong)}))
		return
	}
	counts := map[string]string{}
	for name, n := range map[string]int{"queues": len(cfg.Queues), "windows": len(cfg.WindowSetup), "items": len(cfg.Items), "people": len(cfg.People),
		"devices": len(cfg.Devices)} {
		if n > 0 {
			counts[name] = strconv.Itoa(n)
		}
	}
	fmt.Fprintln(env.Stdout, hallfile.Say("check-right", lang, counts))
}

func (c *checkCmd) json(env *Env, cfg queue.Config, all []hallfile.Mistake) error {
	out := struct {
		File     string           `json:"file"`
		OK       bool             `json:"ok"`
		Queues   int              `json:"queues"`
		Windows  int              `json:"windows"`
		Items    int              `json:"items"`
		People   int              `json:"people"`
		Devices  int              `json:"devices"`
		Mistakes []checkedMistake `json:"mistakes"`
	}{File: c.Hall, OK: hallfile.Sound(all), Queues: len(cfg.Queues), Windows: len(cfg.WindowSetup), Items: len(cfg.Items), People: len(cfg.People),
		Devices: len(cfg.Devices), Mistakes: []checkedMistake{}}
	for _, m := range all {
		out.Mistakes = append(out.Mistakes, checkedMistake{m, m.Text(hallfile.Chinese), m.Text(hallfile.English)})
	}
	return jsonLines(env.Stdout, []any{out})
}
