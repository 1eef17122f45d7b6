// Command soak drives a real halld with random commands, holds every answer, event, list and figure against a model of its own, and kills it
// in between. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

type options struct {
	bin, world, mode, script, left string
	seconds                        float64
	steps                          int
	seed                           uint64
	shrinkFor                      time.Duration
}

// kinds are the rounds of a run, one after the other.
var kinds = [][2]string{{"lines", "serial"}, {"bands", "bursts"}, {"timers", "serial"}, {"lines", "bursts"}, {"bands", "serial"}, {"timers", "bursts"}, {"strict", "serial"}, {"strict", "bursts"}}

func run() error {
	var o options
	flag.StringVar(&o.bin, "halld", "", "the program to drive")
	flag.Float64Var(&o.seconds, "seconds", 60, "for how long")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().Unix()), "of what is made up; round n of a run has this seed + n")
	flag.IntVar(&o.steps, "steps", 0, "end a round after so many steps; 0: when its time is over")
	flag.StringVar(&o.world, "world", "", "only rounds of this hall: "+strings.Join(slices.Sorted(maps.Keys(worlds)), ", "))
	flag.StringVar(&o.mode, "mode", "", "only rounds of this mode: serial or bursts")
	flag.StringVar(&o.script, "replay", "", "run the script in this file instead")
	flag.DurationVar(&o.shrinkFor, "shrink", 90*time.Second, "how long to look for the fewest steps that show a difference")
	flag.StringVar(&o.left, "out", "", "the folder for the script of a difference; empty: it is only printed")
	flag.Parse()
	if o.bin == "" {
		return errors.New("say with -halld which program to drive")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "halld-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := prepareTemplate(o.bin, dir); err != nil {
		return err
	}
	if o.script != "" {
		return fromFile(ctx, o)
	}
	return rounds(ctx, o)
}

func fromFile(ctx context.Context, o options) error {
	f, err := os.Open(o.script)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := Parse(f)
	if err != nil {
		return fmt.Errorf("%s: %w", o.script, err)
	}
	d, fig, err := replay(ctx, o.bin, s)
	if err != nil {
		return err
	}
	show(fig)
	if d != nil {
		return d
	}
	fmt.Println("soak: the script shows no difference")
	return nil
}

func rounds(ctx context.Context, o options) error {
	var list [][2]string
	for _, k := range kinds {
		if (o.world == "" || o.world == k[0]) && (o.mode == "" || o.mode == k[1]) {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return errors.New("there is no such world or mode")
	}
	fmt.Printf("soak: seed %d, %.0f s\n", o.seed, o.seconds)
	begin := time.Now()
	end := begin.Add(time.Duration(o.seconds * float64(time.Second)))
	each := min(time.Minute, end.Sub(begin)/time.Duration(len(list)))
	total := newFigures()
	for i := 0; time.Until(end) > each/4 && ctx.Err() == nil; i++ {
		k := list[i%len(list)]
		until := time.Now().Add(each)
		if until.Add(each / 4).After(end) {
			until = end
		}
		script := Script{World: k[0], Seed: o.seed + uint64(i)}
		d, fig, err := round(ctx, o, &script, k[1] == "bursts", until)
		total.add(fig)
		fmt.Printf("soak: %-6s %-6s seed %d: %d steps (%08x), %d commands, %d kills, %d events\n", k[0], k[1], script.Seed, len(script.Steps),
			crc32.ChecksumIEEE([]byte(script.String())), fig.Commands, fig.Kills, fig.Events)
		if err != nil {
			return err
		}
		if d != nil {
			show(total)
			return o.explain(ctx, script, d)
		}
	}
	if ctx.Err() != nil {
		return errors.New("stopped before the end")
	}
	show(total)
	fmt.Printf("soak: no difference in %.0f s\n", time.Since(begin).Seconds())
	for _, n := range known {
		if total.Known[n.ID] == 0 {
			fmt.Printf("soak: known fault %q was not met: if it is mended, take it off the list in known.go\n", n.ID)
		}
	}
	return nil
}

// round drives one hall until a time.
func round(ctx context.Context, o options, script *Script, bursts bool, until time.Time) (*Difference, Figures, error) {
	r, err := newRun(ctx, o.bin, *script)
	if err != nil {
		return nil, newFigures(), err
	}
	d := func() *Difference {
		g := newGenerator(script.Seed, bursts)
		for time.Now().Before(until) && ctx.Err() == nil && (o.steps == 0 || len(script.Steps) < o.steps) {
			s := g.Next(r)
			script.Steps = append(script.Steps, s)
			if d := r.Do(s); d != nil {
				return d
			}
		}
		end := []Step{g.step("-", "compare"), g.step("manager-1", "day-close", "force", "true"), g.step("-", "compare"), g.step("manager-1", "day-open"),
			g.step("-", "verify"), g.step("-", "compare")}
		for _, s := range end {
			script.Steps = append(script.Steps, s)
			if d := r.Do(s); d != nil {
				return d
			}
		}
		return nil
	}()
	r.close()
	return d, r.fig, nil
}

// explain prints a difference with the fewest steps that show it.
func (o options) explain(ctx context.Context, script Script, d *Difference) error {
	fmt.Printf("\nsoak: DIFFERENCE %s\n%s\n\n", d.Kind, d.Text)
	if o.shrinkFor > 0 {
		script = smallest(ctx, o.bin, script, d, o.shrinkFor)
	}
	text := script.String()
	fmt.Printf("\n%s\n", text)
	if o.left != "" {
		file := filepath.Join(o.left, fmt.Sprintf("soak-%s-%d.script", script.World, script.Seed))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Printf("soak: the script is in %s; run it with -replay\n", file)
	}
	return fmt.Errorf("halld is not what its documents promise: %s", d.Kind)
}

func show(f Figures) {
	fmt.Printf("soak: %d commands, %d of them refused, in %d bursts and one by one; %d repeats; %d kills, %d commands in doubt; %d stops; %d times verified; %d times compared as a whole; %d events compared\n",
		f.Commands, f.Refusals, f.Bursts, f.Repeats, f.Kills, f.InDoubt, f.Stops, f.Verified, f.Compared, f.Events)
	for _, k := range slices.Sorted(maps.Keys(f.Known)) {
		fmt.Printf("soak: known fault %q met %d times\n", k, f.Known[k])
	}
	for _, k := range slices.Sorted(maps.Keys(f.Strange)) {
		fmt.Printf("soak: %d events of the kind %q, which the model does not know\n", f.Strange[k], k)
	}
}
