package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Daemon is halld on a folder of its own.
type Daemon struct {
	bin, dir, hall string
	tokens         map[string]string

	mu   sync.Mutex
	cmd  *exec.Cmd
	url  string
	gone chan struct{} // closed when the process has ended
	out  bytes.Buffer  // what it wrote to stderr, of this start
}

// launcher starts processes from one thread that lives as long as the driver: the kernel takes a child along when the thread that made it ends.
var launcher = sync.OnceValue(func() chan func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range jobs {
			f()
		}
	}()
	return jobs
})

func launch(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	launcher() <- func() { result <- cmd.Start() }
	return <-result
}

// run runs a command of halld to its end.
func (d *Daemon) run(args ...string) (string, error) {
	cmd := exec.Command(d.bin, args...)
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	cmd.Env = append(os.Environ(), "TZ=UTC")
	if err := launch(cmd); err != nil {
		return "", err
	}
	if err := cmd.Wait(); err != nil {
		return out.String(), fmt.Errorf("halld %s: %w\n%s%s", strings.Join(args, " "), err, &out, &bad)
	}
	return out.String(), nil
}

// template is a folder with a token for every client, made once: a fresh folder is a copy of it.
var template struct {
	dir    string
	tokens map[string]string
}

// prepareTemplate makes the template in dir.
func prepareTemplate(bin, dir string) error {
	d := &Daemon{bin: bin, dir: filepath.Join(dir, "data")}
	template.dir, template.tokens = d.dir, map[string]string{}
	help, err := d.run("--help")
	if err != nil {
		return err
	}
	if strings.Contains(help, "\n  init ") { // a hall is made by its own command where there is one
		if _, err := d.run("init", d.dir); err != nil {
			return err
		}
	}
	for _, c := range clients {
		out, err := d.run("token", "create", "--data", d.dir, "--role", c.Role, "--name", c.Name)
		if err != nil {
			return err
		}
		lines := strings.Fields(out)
		if len(lines) == 0 {
			return errors.New("halld token create printed no token")
		}
		template.tokens[c.Name] = lines[len(lines)-1]
	}
	return nil
}

// newDaemon makes the folder and the hall file. Nothing runs yet.
func newDaemon(bin, dir string, w World) (*Daemon, error) {
	d := &Daemon{bin: bin, dir: filepath.Join(dir, "data"), hall: filepath.Join(dir, "hall.toml"), tokens: template.tokens}
	if err := os.WriteFile(d.hall, []byte(hallFile(w.Setup)), 0o600); err != nil {
		return nil, err
	}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(template.dir)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if !n.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(template.dir, n.Name()))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(d.dir, n.Name()), text, 0o600); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// start starts the daemon and waits until it serves.
func (d *Daemon) start() error {
	cmd := exec.Command(d.bin, "serve", "--data", d.dir, "--hall", d.hall, "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TZ=UTC")
	d.out.Reset()
	cmd.Stderr = &d.out
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout = w
	err = launch(cmd)
	w.Close()
	if err != nil {
		r.Close()
		return err
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended stands in cmd.ProcessState
		close(gone)
	}()
	d.mu.Lock()
	d.cmd, d.gone = cmd, gone
	d.mu.Unlock()
	first := make(chan string, 1)
	go func() {
		defer r.Close()
		in := bufio.NewReader(r)
		line, _ := in.ReadString('\n') // no line at all is an empty one
		first <- line
		_, _ = in.WriteTo(discard{}) // until it ends
	}()
	select {
	case line := <-first:
		i := strings.Index(line, "http://")
		if i < 0 {
			d.kill()
			return fmt.Errorf("halld serve did not start: %q\n%s", line, &d.out)
		}
		d.url = strings.Fields(line[i:])[0]
		return nil
	case <-time.After(30 * time.Second):
		d.kill()
		return fmt.Errorf("halld serve did not say in 30 s that it serves\n%s", &d.out)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// kill ends the daemon as a power cut would, and waits for its end.
func (d *Daemon) kill() {
	d.mu.Lock()
	cmd, gone := d.cmd, d.gone
	d.cmd = nil
	d.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill() // it may have ended by itself
	<-gone
}

// stop ends the daemon as systemd would.
func (d *Daemon) stop() error {
	d.mu.Lock()
	cmd, gone := d.cmd, d.gone
	d.cmd = nil
	d.mu.Unlock()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-gone:
	case <-time.After(15 * time.Second):
		_ = cmd.Process.Kill() // the error is that it had to be
		<-gone
		return errors.New("halld did not stop within 15 s of SIGTERM")
	}
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("halld stopped by SIGTERM ended with %s\n%s", cmd.ProcessState, &d.out)
	}
	return nil
}

// dead says whether the daemon ended without being told.
func (d *Daemon) dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return false
	}
	select {
	case <-d.gone:
		return true
	default:
		return false
	}
}

// verify runs halld verify on the folder of a daemon that does not run.
func (d *Daemon) verify(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, err := d.run("verify", "--data", d.dir)
	return err
}
