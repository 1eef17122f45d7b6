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
	t.Parallel()
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
		{"gpio-button-lamp", nil, `{"shows":"lamp"}`},
	} {
		t.Run(strings.Join(append([]string{c.profile}, c.more...), " "), func(t *testing.T) {
			t.Parallel()
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
	t.Parallel()
	dir := t.TempDir()
	record, link := filepath.Join(dir, "keys.session"), filepath.Join(dir, "port")
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
	if !strings.Contains(said.String(), "key addr=2 digits= func=1 key=call") {
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

// TestSimulatorIsHandled switches faults, presses keys and takes a picture of simulators by what is typed at them.
func TestSimulatorIsHandled(t *testing.T) {
	t.Parallel()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	device := func(id string) sim.Device {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		dev, err := sim.New(p.Kind, p, sim.Options{ID: id, Link: filepath.Join(t.TempDir(), "port")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dev.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = dev.Close() })
		return dev
	}
	picture := filepath.Join(t.TempDir(), "board.png")
	for _, c := range []struct{ profile, line, want string }{
		{"onbon-bx5k", "fault silent on", ""}, {"onbon-bx5k", "fault paper-out on", "cannot have the fault"}, {"onbon-bx5k", "key call", "no keys"},
		{"onbon-bx5k", "rate 5", "no pad"}, {"onbon-bx5k", "picture " + picture, ""}, {"onbon-bx5k", "dance", "write \"fault NAME on\""}, {"onbon-bx5k", "", ""},
		{"epson-tm", "fault paper-out on", ""}, {"epson-tm", "picture " + picture + "2", "nothing to see of it yet"}, {"epson-tm", "fault paper-out perhaps", "write"},
		{"caller-ff68", "key sing", "no key"}, {"caller-ff68", "rate 6", "no level 6"}, {"caller-ff68", "rate five", "write 1 to 5"},
		{"qr-7e", "say code text=A0421234", ""}, {"qr-7e", "say nothing", "no event"}, {"qr-7e", "say", "no event is given"},
	} {
		err := simAct(device(c.profile), strings.Fields(c.line))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %q: %v; want %q", c.profile, c.line, err, c.want)
		}
	}
	if b, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(b), "\x89PNG") {
		t.Errorf("the picture: %v", err)
	}
	var said, fault strings.Builder
	if code := run(t.Context(), []string{"sim", "--list"}, &said, &fault); code != 0 {
		t.Fatalf("halld sim --list: exit %d\n%s", code, &fault)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if len(lines) != len(set.IDs())+1 || !strings.Contains(said.String(), "max7219-128x16") || !strings.Contains(said.String(), "call recall here") {
		t.Errorf("halld sim --list:\n%s", &said)
	}
}
