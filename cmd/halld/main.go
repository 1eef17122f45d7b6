// Command halld runs a government service hall: it issues and calls tickets, drives the hall's devices and serves its screens.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a hall's time zone is known on machines without zone files, too

	"github.com/alecthomas/kong"

	"halld/devices/port"
)

// Env is what a subcommand is handed instead of the process.
type Env struct {
	Stdout, Stderr io.Writer
	Log            *slog.Logger
}

// put writes what a command makes to a file that only its owner reads, or to standard output where none is named.
func (e *Env) put(file string, data []byte) error {
	if file == "" {
		_, err := e.Stdout.Write(data)
		return err
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// errNo ends a command whose answer is "no": exit 1, and what there is to say has been said.
var errNo = errors.New("no")

// wrongUse marks an error of the caller: exit 2.
type wrongUse struct{ error }

func (w wrongUse) Unwrap() error { return w.error }

type grammar struct {
	Verbose bool `short:"v" help:"Log more."`

	Demo      demoCmd      `cmd:"" help:"Run a whole simulated hall: the real daemon, simulated devices behind real ttys, visitors."`
	Init      initCmd      `cmd:"" help:"Make a new hall in a folder."`
	Serve     serveCmd     `cmd:"" help:"Run the daemon."`
	Check     checkCmd     `cmd:"" help:"Check a hall file and say everything that is wrong with it; needs no hall."`
	Apply     applyCmd     `cmd:"" help:"Show how a hall file differs from the hall, then make it so."`
	Export    exportCmd    `cmd:"" help:"Print the hall as a hall file."`
	Sheet     sheetCmd     `cmd:"" help:"Keep a list of a hall file in a spreadsheet: items, people, windows; CSV or XLSX, out and in."`
	Day       dayCmd       `cmd:"" help:"Show, open and close the service day of a running hall; give no numbers for now; confirm the clock."`
	HandSheet handSheetCmd `cmd:"" name:"handsheet" help:"Make the hand-calling sheet of a folder, with its daemon or without: who waits where, in calling order."`
	Replay    replayCmd    `cmd:"" help:"Run a recorded day through the core in virtual time and print the waits."`
	Profile   profileCmd   `cmd:"" help:"List, check and try what models expect on their wire."`
	Device    deviceCmd    `cmd:"" help:"List, exercise, listen to and write to devices."`
	Sim       simCmd       `cmd:"" help:"Simulate one device: a port that any program can talk to."`
	Ticket    ticketCmd    `cmd:"" help:"Render a sample ticket as bytes and as a picture."`
	Voice     voiceCmd     `cmd:"" help:"Speak a call at the desk; list the pieces to record."`
	Verify    verifyCmd    `cmd:"" help:"Check the log chain, the projections and the database of a data folder."`
	Token     tokenCmd     `cmd:"" help:"Create access tokens."`
	Bench     benchCmd     `cmd:"" help:"Measure this machine: tickets per second, call latency, start-up, memory."`
}

func main() {
	port.Init() // before any file is opened, see there
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: 0 done, 1 the answer is no, 2 wrong use.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	type exit int
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	var g grammar
	p, err := kong.New(&g, kong.Name("halld"), kong.Description("Runs a government service hall (政务服务中心)."), kong.Writers(stdout, stderr),
		kong.Exit(func(c int) {
			if c != 0 {
				c = 2
			}
			panic(exit(c))
		}), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "halld:", err)
		return 2
	}
	k, err := p.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "halld: %v\n(halld --help lists the commands)\n", err)
		return 2
	}
	level := slog.LevelInfo
	if g.Verbose {
		level = slog.LevelDebug
	}
	env := &Env{Stdout: stdout, Stderr: stderr, Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))}
	k.BindTo(ctx, (*context.Context)(nil))
	err = k.Run(env)
	var wrong wrongUse
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return 1
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, "halld:", err)
		return 2
	default:
		fmt.Fprintln(stderr, "halld:", err)
		return 1
	}
}
