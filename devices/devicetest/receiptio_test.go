package devicetest_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/profile"
	"halld/devices/sim"
	configs "halld/firmware-configs"
)

// A status client that knows nothing of ours, receiptio, meets the simulated printer on TCP and reports what was made to happen. It speaks to port
// 9100 only, so every printer has an address of its own.
func TestIndependentStatusClient(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	cli, err := filepath.Abs("../../.ci/oracles/node_modules/receiptio/bin/cli.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cli); err != nil {
		t.Skip("receiptio is not installed: make check installs it")
	}
	set, err := profile.Load(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	prof, err := set.Get("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	receipt := filepath.Join(t.TempDir(), "t.receipt")
	if err := os.WriteFile(receipt, []byte("^^^A012\n\n前面等候 | 3 人\n{code:https://hall.example/t/A012; option:qrcode,6,M}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ name, fault, during, want string }{
		{"healthy", "", "", "success"}, {"paper out", "paper-out", "", "paperempty"}, {"cover open", "cover-open", "", "coveropen"}, {"silent", "silent", "", "offline"},
		{"error", "cutter", "", "error"}, {"paper out during the job", "", "paper-out", "paperempty"}, {"cutter during the job", "", "cutter", "error"},
		{"cover opened during the job", "", "cover-open", "coveropen"}, {"no proof", "weak-proof", "", "timeout"},
	} {
		address := "127.0.0." + string(rune('2'+i%8)) + string(rune('0'+i/8))
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := sim.New("printer", prof, sim.Options{ID: "printer-1", TCP: address + ":9100"})
			if err != nil {
				t.Fatal(err)
			}
			printer := s.(*sim.Printer)
			if _, err := s.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if c.fault != "" {
				if err := s.SetFault(c.fault, true); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, cli, receipt, "-d", address, "-p", "generic", "-l", "zh", "-c", "48", "-t", "20")
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if c.during != "" {
				within(t, 30*time.Second, "the job does not begin", func() bool { return printer.Printed() > 0 })
				if err := s.SetFault(c.during, true); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait() // its exit status says the same as its word
			if got := strings.TrimSpace(said.String()); !strings.HasSuffix(got, c.want) {
				t.Errorf("receiptio says %q, want %q", got, c.want)
			}
			if u := printer.Unknown(); len(u) != 0 {
				t.Errorf("the printer does not know % X", u)
			}
			if c.want != "success" {
				return
			}
			if got := printer.Receipts(); len(got) == 0 || !strings.Contains(got[0].Text, "A012") || !strings.Contains(got[0].Text, "前面等候") {
				t.Errorf("printed %+v", got)
			}
		})
	}
}
