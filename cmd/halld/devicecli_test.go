package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halld/devices/port"
	"halld/devices/sim"
)

// simulate puts a device behind a tty at a path.
func simulate(t *testing.T, id string, address int) (sim.Device, string) {
	t.Helper()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "port")
	dev, err := sim.New(p.Kind, p, sim.Options{ID: id, Address: address, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dev.Close() })
	return dev, link
}

// Without a profile the monitor finds out what is spoken, says so as soon as it knows, and says as much where nobody knows.
func TestMonitorTriesAllProtocols(t *testing.T) {
	t.Parallel()
	dev, link := simulate(t, "caller-ff68", 2)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for { // a press that comes before the monitor has opened the port is heard by nobody
			_ = dev.(*sim.CallerPad).Press("call")
			select {
			case <-stop:
				return
			case <-time.After(300 * time.Millisecond):
			}
		}
	}()
	var said, fault strings.Builder
	if code := run(t.Context(), []string{"device", "monitor", link, "--all", "--for", "2s"}, &said, &fault); code != 0 {
		t.Fatalf("exit %d\n%s", code, &fault)
	}
	if !strings.Contains(said.String(), "= caller-ff68 (device), for example key addr=2") || strings.Count(said.String(), "= caller-ff68") > 3 {
		t.Errorf("the monitor said\n%s", &said)
	}

	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	said.Reset()
	go func() {
		for ended := false; !ended; {
			_, err := pty.Write([]byte{0x00, 0x11, 0x22, 0x33})
			select {
			case <-stop:
				ended = true
			case <-time.After(300 * time.Millisecond):
				ended = err != nil
			}
		}
	}()
	if code := run(t.Context(), []string{"device", "monitor", pty.Name(), "--all", "--for", "2s"}, &said, &fault); code != 0 || !strings.Contains(said.String(), "no known protocol explains these") {
		t.Errorf("noise: exit %d\n%s%s", code, &said, &fault)
	}
}

// Asked, a port is put the questions of the protocols that have one, each at its own speed, and who answers is named. Unasked, nothing is sent.
func TestProbeAsks(t *testing.T) {
	t.Parallel()
	dev, link := simulate(t, "onbon-bx5k", 1)
	var said, fault strings.Builder
	if code := run(t.Context(), []string{"device", "probe", link, "--for", "300ms"}, &said, &fault); code != 1 || !strings.Contains(said.String(), "says nothing by itself") {
		t.Errorf("without --ask: exit %d\n%s%s", code, &said, &fault)
	}
	if n := len(dev.(*sim.Board).Frames()); n != 0 {
		t.Errorf("%d frames were sent unasked", n)
	}
	said.Reset()
	begun := time.Now()
	if code := run(t.Context(), []string{"device", "probe", link, "--for", "100ms", "--ask"}, &said, &fault); code != 0 || !strings.Contains(said.String(), "answers the question of onbon-bx5k: reply addr=1") {
		t.Errorf("with --ask: exit %d\n%s%s", code, &said, &fault)
	}
	t.Log(time.Since(begun), said.String())
}

// A dialogue is sent from the command line step by step, and ends where an answer fails to come.
func TestSendDialogue(t *testing.T) {
	t.Parallel()
	pty, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	go board06(pty, make(chan string, 1))
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	send := func(op string, more ...string) (int, string) {
		var said, fault strings.Builder
		code := run(t.Context(), append([]string{"device", "send", pty.Name(), "--profile", file, "--op", op, "--wait", "100ms"}, more...), &said, &fault)
		return code, said.String() + fault.String()
	}
	code, said := send("twice", "text=A")
	for _, want := range []string{"step 1: send show", "> 55 41 00 0D 41", "step 2: wait for ack", "< 06", "step 4: wait for ack"} {
		if code != 0 || !strings.Contains(said, want) {
			t.Fatalf("exit %d, no %q in\n%s", code, want, said)
		}
	}
	if code, said := send("hopeless", "text=A"); code != 1 || !strings.Contains(said, "step 2: no done within 100ms") || strings.Contains(said, "step 3") {
		t.Errorf("hopeless: exit %d\n%s", code, said)
	}
	if code, said := send("twice", "colour=red"); code != 2 || !strings.Contains(said, `there is no argument "colour"`) {
		t.Errorf("a wrong argument: exit %d\n%s", code, said)
	}
}
