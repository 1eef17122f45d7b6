package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/sim"
)

// TestSimulatedPorts starts a simulator as its own program, behind a tty and behind TCP, and runs the exercise of the device's role on it from another.
func TestSimulatedPorts(t *testing.T) {
	for _, c := range []struct {
		profile string
		more    []string
		want    string // that the simulator reports
	}{
		{"onbon-bx5k", []string{"--address", "3"}, `{"shows":""}`},
		{"cpower-tcp", []string{"--address", "3", "--tcp", "127.0.0.1:0"}, "下班"},
		{"epson-tm", nil, "A000"},
		{"epson-tm", []string{"--tcp", "127.0.0.1:0"}, "A000"},
		{"syn6288", nil, "测试 A123"},
	} {
		t.Run(strings.Join(append([]string{c.profile}, c.more...), " "), func(t *testing.T) {
			cmd := exec.Command("halld", append([]string{"sim", c.profile}, c.more...)...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = testLog{t}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			var first simLine
			if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil || first.Port == "" {
				t.Fatalf("halld sim began with %q", lines.Text())
			}
			args := []string{"device", "exercise", "it", "--port", first.Port, "--profile", c.profile}
			if len(c.more) > 1 && c.more[0] == "--address" {
				args = append(args, c.more[:2]...)
			}
			var said, fault strings.Builder
			if code := run(t.Context(), args, &said, &fault); code != 0 {
				t.Errorf("halld device exercise: exit %d\n%s%s", code, &said, &fault)
			}
			var told strings.Builder
			done := make(chan struct{})
			go func() {
				for lines.Scan() {
					told.WriteString(lines.Text() + "\n")
				}
				close(done)
			}()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			<-done
			if err := cmd.Wait(); err != nil {
				t.Errorf("halld sim: %v", err)
			}
			if !strings.Contains(told.String(), c.want) {
				t.Errorf("the simulator told nothing of %s: %s", c.want, &told)
			}
		})
	}
}

// TestRecordAndPlay records what a device says at one port, plays it at another, and has it recognised there.
func TestRecordAndPlay(t *testing.T) {
	dir := t.TempDir()
	record, link := filepath.Join(dir, "keys.jsonl"), filepath.Join(dir, "port")
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("caller-ff68")
	if err != nil {
		t.Fatal(err)
	}
	dev, err := sim.New("caller+pad", p, sim.Options{ID: "caller", Address: 2, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(300 * time.Millisecond)
		_ = dev.(*sim.CallerPad).Press("call") // nobody answers: it is said three times
	}()
	var said, fault strings.Builder
	if code := run(t.Context(), []string{"device", "monitor", link, "--profile", "caller-ff68", "--record", record, "--for", "2s"}, &said, &fault); code != 0 {
		t.Fatalf("monitor: exit %d\n%s", code, &fault)
	}
	if !strings.Contains(said.String(), "key map[addr:2 digits: func:1 key:call]") {
		t.Errorf("the monitor decoded:\n%s", &said)
	}
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := simCmd{Play: record, Link: link}
	again, err := cmd.device()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Start(); err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	said.Reset()
	if code := run(t.Context(), []string{"device", "teach", link, "--for", "2s", "--json"}, &said, &fault); code != 0 {
		t.Fatalf("teach: exit %d\n%s", code, &fault)
	}
	if !strings.HasPrefix(said.String(), `{"profile":"caller-ff68","from":"device","frames":3,"explained":1,"checked":true`) {
		t.Errorf("taught:\n%s", &said)
	}
}
