package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"halld/devices/port"
	"halld/devices/speech"
	"halld/devices/wav"
)

type voiceCmd struct {
	Say    voiceSayCmd    `cmd:"" help:"Speak one call, to hear it at the desk."`
	Pieces voicePiecesCmd `cmd:"" help:"List the pieces to record, and where each comes from now."`
}

// recordings says where pieces lie.
type recordings struct {
	Folder string `help:"The folder of the recordings: FOLDER/zh/please.wav and so on; default: none, all are made by espeak-ng."`
}

func (r recordings) library() (*wav.Library, error) {
	l := &wav.Library{Folder: r.Folder}
	if r.Folder != "" {
		if st, err := os.Stat(r.Folder); err != nil || !st.IsDir() {
			return nil, wrongUse{fmt.Errorf("--folder: %s is no folder", r.Folder)}
		}
		l.Cache = filepath.Join(r.Folder, "made")
	}
	return l, nil
}

type voiceSayCmd struct {
	recordings `embed:""`
	Lang       []string `default:"zh" help:"Languages in their order: zh, yue, en."`
	Number     string   `required:"" help:"The ticket's number, such as A012."`
	Window     string   `required:"" help:"The window."`
	Kind       string   `default:"call" enum:"call,again,onward" help:"A first call, a repeated one, or one after a transfer: call, again, onward."`
	Yao        bool     `help:"Read 1 as 幺 in the number."`
	Chime      bool     `default:"true" negatable:"" help:"Begin with the chime."`
	Out        string   `help:"Write a WAV file instead of playing it."`
	Port       string   `default:"sound:default" help:"Where to play it: sound:CARD, a name that aplay -L lists."`
}

func (c *voiceSayCmd) Run(ctx context.Context, env *Env) error {
	lib, err := c.library()
	if err != nil {
		return err
	}
	all := wav.Clip{}
	for i, lang := range c.Lang {
		s, err := speech.Make(lang, speech.Announcement{Kind: speech.Kind(c.Kind), Number: c.Number, Window: c.Window, Yao: c.Yao})
		if err != nil {
			return wrongUse{err}
		}
		clip, bad, err := lib.Join(ctx, s, c.Chime && i == 0)
		for _, b := range bad {
			fmt.Fprintln(env.Stderr, "halld: not used:", b)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "%s\t%s\t%.1f s\n", lang, s.Text(), clip.Duration().Seconds())
		if i > 0 {
			all.Samples = append(all.Samples, make([]int16, clip.Rate/2)...) // half a second between languages, as a zone has it
		}
		all.Rate, all.Samples = clip.Rate, append(all.Samples, clip.Samples...)
	}
	if c.Out != "" {
		return os.WriteFile(c.Out, all.Encode(), 0o644)
	}
	card, err := port.Open(ctx, c.Port, port.Line{Baud: all.Rate})
	if err != nil {
		return fmt.Errorf("%w; --out FILE.wav writes a file instead", err)
	}
	begun := time.Now()
	_, err = card.Write(all.PCM())
	if err := errors.Join(err, card.Close()); err != nil {
		return err
	}
	env.Log.Debug("played", "took", time.Since(begun))
	return nil
}

type voicePiecesCmd struct {
	recordings `embed:""`
	Lang       string `help:"One language only: zh, yue or en."`
}

func (c *voicePiecesCmd) Run(env *Env) error {
	lib, err := c.library()
	if err != nil {
		return err
	}
	langs := speech.Languages()
	if c.Lang != "" {
		if !slices.Contains(langs, c.Lang) {
			return wrongUse{fmt.Errorf("there is no language %q; there are %s", c.Lang, strings.Join(langs, ", "))}
		}
		langs = []string{c.Lang}
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LANGUAGE\tFILE\tWORDS\tFROM")
	lacking := 0
	for _, lang := range langs {
		all, err := speech.Pieces(lang)
		if err != nil {
			return err
		}
		for _, p := range all {
			from, err := lib.Source(lang, p)
			if err != nil {
				from = err.Error()
				lacking++
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", lang, filepath.Join(lang, p.Name+".wav"), p.Text, from)
		}
	}
	fmt.Fprintf(w, "all\tchime.wav\t(bell)\t%s\n", "a bell of our own, unless the folder has one")
	if err := w.Flush(); err != nil {
		return err
	}
	if lacking > 0 {
		fmt.Fprintf(env.Stderr, "halld: %d pieces are missing or cannot be used\n", lacking)
		return errNo
	}
	return nil
}
