// Package vm boots the test guest, a small Linux under QEMU with simulated GPIO
// lines, UARTs of the 16550A kind and USB serial adapters that can be unplugged,
// and drives it from a test.
//
// It starts what setup.sh has put into $RIG_CACHE. Neither root nor KVM is
// needed: the processor is emulated. It knows nothing of the program under test;
// that is a static binary named in [Config].Files and started with [VM.Spawn].
package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// agentPort is where guest/agent listens inside the guest.
const agentPort = 9000

// MaxUARTs is the number of UARTs a guest can have beside its console.
const MaxUARTs = 3

// Config says what the guest has. The zero value is a guest with two processors
// and a GPIO simulator, waiting for commands.
type Config struct {
	// Memory in MiB; 0 means 192. A guest unpacks Files into memory.
	Memory int
	// Files of the host that the guest shall have: path in the guest to path on
	// the host. A folder stands for all that is in it.
	Files map[string]string
	// Ports are TCP ports of the guest to be reached from the host; see [VM.Addr].
	Ports []int
	// UARTs is the number of UARTs, which are ttyS1 to ttyS3; see [VM.DialUART].
	UARTs int
	// USBSerial is the number of USB serial adapters (FTDI FT232). All are
	// unplugged until [VM.Plug].
	USBSerial int
	// HostLoopback lets the guest reach servers on the host's loopback interface,
	// as 10.0.2.2. Otherwise it reaches nothing.
	HostLoopback bool
	// Trace are QEMU's trace events to record, such as "serial_update_parameters"
	// or "usb_serial_set_*"; see [VM.Trace].
	Trace []string
	// Args are more arguments for QEMU. "{dir}" stands for [VM.Dir].
	Args []string
}

// VM is a running guest.
type VM struct {
	// Dir holds the guest's sockets, logs and initial file system. Close removes it.
	Dir string

	cmd    *exec.Cmd
	exited chan struct{}
	stderr bytes.Buffer // of QEMU; read only after exited
	qmp    *monitor
	addr   map[int]string
	client *http.Client
}

// Need skips the test or, if RIG_REQUIRED is set, fails it where no guest can be
// started. It is for tests with work to do before [Boot].
func Need(tb testing.TB) {
	tb.Helper()
	err := Installed()
	switch {
	case err == nil:
	case os.Getenv("RIG_REQUIRED") != "":
		tb.Fatal(err)
	default:
		tb.Skip(err)
	}
}

// Boot starts a guest that ends with the test, or skips the test as [Need] does.
// If the test fails, the guest's console is logged.
func Boot(tb testing.TB, c Config) *VM {
	tb.Helper()
	Need(tb)
	v, err := Start(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("console of the guest:\n%s", v.Console())
		}
		if err := v.Close(); err != nil {
			tb.Errorf("close guest: %v", err)
		}
	})
	return v
}

// Installed tells what a guest lacks to be started, or nil.
func Installed() error {
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		return errors.New("qemu-system-x86_64 is missing: run the rig's setup.sh")
	}
	for _, name := range []string{"vmlinux", "base.cpio.gz"} {
		if _, err := os.Stat(image(name)); err != nil {
			return fmt.Errorf("no guest: run the rig's setup.sh (%w)", err)
		}
	}
	return nil
}

func image(name string) string {
	cache := os.Getenv("RIG_CACHE")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache", "halld-rig")
	}
	return filepath.Join(cache, "image", name)
}

// Start boots a guest and returns when it takes commands, which is after 3 to 5
// seconds on two idle cores. The context, or two minutes, limits only the
// waiting; Close ends the guest.
func Start(ctx context.Context, c Config) (*VM, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if c.UARTs > MaxUARTs {
		return nil, fmt.Errorf("boot: %d UARTs asked for, %d possible", c.UARTs, MaxUARTs)
	}
	// Not the test's own folder: its long name would not fit into a socket address.
	dir, err := os.MkdirTemp("", "vm")
	if err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	v := &VM{
		Dir:    dir,
		exited: make(chan struct{}),
		addr:   make(map[int]string),
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	if err := v.start(ctx, c); err != nil {
		err = fmt.Errorf("boot: %w\n%s%s", err, v.stop(), v.Console())
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return v, nil
}

func (v *VM) start(ctx context.Context, c Config) error {
	if err := v.writeInitrd(c.Files); err != nil {
		return err
	}
	v.cmd = exec.Command("qemu-system-x86_64", v.arguments(c)...)
	v.cmd.Stdout, v.cmd.Stderr = &v.stderr, &v.stderr
	// The guest must not outlive a test that is killed.
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := v.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = v.cmd.Wait() // how QEMU ended is told by what it wrote
		close(v.exited)
	}()
	err := v.retry(ctx, func() (err error) {
		v.qmp, err = dialMonitor(ctx, v.path("qmp.sock"))
		return err
	})
	if err != nil {
		return fmt.Errorf("open monitor: %w", err)
	}
	forwarded, err := v.HMP("info usernet")
	if err != nil {
		return err
	}
	if v.addr, err = parseForwards(forwarded); err != nil {
		return err
	}
	// A connection made before the agent listens would be tried again only after a second.
	err = v.retry(ctx, func() error {
		if !strings.Contains(v.Console(), "agent: listening") {
			return errors.New("agent not started")
		}
		_, err := v.Exec(ctx, ":")
		return err
	})
	if err != nil {
		return fmt.Errorf("wait for agent: %w", err)
	}
	if c.USBSerial > 0 {
		_, err = v.Exec(ctx, "modprobe -a xhci-pci ftdi_sio")
	}
	return err
}

func (v *VM) arguments(c Config) []string {
	accel := os.Getenv("RIG_ACCEL")
	if accel == "" {
		accel = "tcg,thread=multi"
	}
	memory := c.Memory
	if memory == 0 {
		memory = 192
	}
	network := "user,id=net,restrict=" + map[bool]string{true: "off", false: "on"}[c.HostLoopback]
	for _, port := range append([]int{agentPort}, c.Ports...) {
		network += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:0-:%d", port)
	}
	args := []string{
		"-M", "pc", "-accel", accel, "-cpu", "max", "-smp", "2", "-m", strconv.Itoa(memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", image("vmlinux"), "-initrd", v.path("initrd"),
		"-append", "console=ttyS0 panic=-1 quiet rigjob=agent",
		"-serial", "file:" + v.path("console"),
		"-qmp", "unix:" + v.path("qmp.sock") + ",server=on,wait=off",
		"-D", v.path("trace"),
		"-netdev", network, "-device", "virtio-net-pci,netdev=net,romfile=",
	}
	for n := 1; n <= c.UARTs; n++ {
		args = append(args, "-chardev", fmt.Sprintf("socket,id=uart%d,path=%s,server=on,wait=off", n, v.path(fmt.Sprintf("uart%d.sock", n))),
			"-device", fmt.Sprintf("isa-serial,chardev=uart%d,index=%d", n, n))
	}
	if c.USBSerial > 0 {
		args = append(args, "-device", "qemu-xhci,id=xhci")
	}
	for i := range c.USBSerial {
		args = append(args,
			"-chardev", fmt.Sprintf("socket,id=usb%d,path=%s,server=on,wait=off", i, v.path(fmt.Sprintf("usb%d.sock", i))),
			"-device", fmt.Sprintf("usb-serial,chardev=usb%d,id=adapter%d", i, i))
	}
	for _, event := range c.Trace {
		args = append(args, "-trace", event)
	}
	for _, a := range c.Args {
		args = append(args, strings.ReplaceAll(a, "{dir}", v.Dir))
	}
	return args
}

// parseForwards reads the ports that QEMU has chosen on the host from a line
// such as "  TCP[HOST_FORWARD]  13  127.0.0.1 36423  10.0.2.15  9000  0  0".
func parseForwards(info string) (map[int]string, error) {
	addr := make(map[int]string)
	for line := range strings.Lines(info) {
		f := strings.Fields(line)
		if len(f) < 6 || f[0] != "TCP[HOST_FORWARD]" {
			continue
		}
		port, err := strconv.Atoi(f[5])
		if err != nil {
			return nil, fmt.Errorf("read forwarded ports from %q: %w", line, err)
		}
		addr[port] = net.JoinHostPort(f[2], f[3])
	}
	if addr[agentPort] == "" {
		return nil, fmt.Errorf("no port %d in %q", agentPort, info)
	}
	return addr, nil
}

// writeInitrd joins the base and an archive of the files.
func (v *VM) writeInitrd(files map[string]string) error {
	initrd, err := os.ReadFile(image("base.cpio.gz"))
	if err != nil {
		return err
	}
	for len(initrd)%4 != 0 { // the kernel wants a plain archive to start at a multiple of 4
		initrd = append(initrd, 0)
	}
	archive, err := pack(files)
	if err != nil {
		return err
	}
	return os.WriteFile(v.path("initrd"), append(initrd, archive...), 0o600)
}

func (v *VM) path(name string) string { return filepath.Join(v.Dir, name) }

// retry calls f until it succeeds, QEMU ends or the context does.
func (v *VM) retry(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-v.exited:
			return fmt.Errorf("QEMU has ended (%w)", err)
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", ctx.Err(), err)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Close ends the guest at once, as pulling its mains plug would.
func (v *VM) Close() error {
	v.stop()
	return os.RemoveAll(v.Dir)
}

// stop ends QEMU and returns what it has written.
func (v *VM) stop() string {
	if v.cmd == nil || v.cmd.Process == nil {
		return ""
	}
	if v.qmp != nil {
		v.qmp.close()
	}
	if err := v.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err.Error()
	}
	<-v.exited
	return v.stderr.String()
}

// Pid is the process number of QEMU.
func (v *VM) Pid() int { return v.cmd.Process.Pid }

// Addr is where a port of [Config].Ports is reached on the host.
func (v *VM) Addr(port int) string { return v.addr[port] }

// Exec runs a shell script in the guest, as root, and returns its output. A
// script that does not end with status 0 is an error. The script goes on if the
// context ends first.
func (v *VM) Exec(ctx context.Context, script string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.addr[agentPort]+"/cgi-bin/exec", strings.NewReader(script))
	if err != nil {
		return "", err
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		return string(out), err
	}
	if status := resp.Header.Get("Exit-Status"); status != "0" {
		return string(out), fmt.Errorf("status %q from %q: %s", status, script, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// Must runs a script as Exec does, within half a minute, trims its output, and
// fails the test if the script fails.
func (v *VM) Must(tb testing.TB, script string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 30*time.Second) // clean-up, too, asks the guest
	defer cancel()
	out, err := v.Exec(ctx, script)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// Spawn starts a simple command in the guest that goes on by itself, and returns
// its process number there. What it writes goes to /tmp/NAME.log in the guest;
// Log reads it.
func (v *VM) Spawn(tb testing.TB, name, command string) int {
	tb.Helper()
	out := v.Must(tb, fmt.Sprintf("%s >/tmp/%s.log 2>&1 & echo $!", command, name))
	pid, err := strconv.Atoi(out)
	if err != nil {
		tb.Fatalf("spawn %s: %v", command, err)
	}
	return pid
}

// Log is what a spawned command has written so far.
func (v *VM) Log(tb testing.TB, name string) string {
	tb.Helper()
	return v.Must(tb, "cat /tmp/"+name+".log")
}

// WaitFor runs a script again and again until it ends with status 0, and fails
// the test if that takes longer than within.
func (v *VM) WaitFor(tb testing.TB, within time.Duration, script string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), within)
	defer cancel()
	err := v.retry(ctx, func() error {
		_, err := v.Exec(ctx, script)
		return err
	})
	if err != nil {
		tb.Fatalf("after %v: %v", within, err)
	}
}

// Plug plugs in USB serial adapter n, counted from 0, and returns the cable at
// its other end. Closing the cable unplugs the adapter. The guest has the device
// about 0.6 s after; use WaitFor.
func (v *VM) Plug(tb testing.TB, n int) net.Conn {
	tb.Helper()
	return v.dial(tb, fmt.Sprintf("usb%d.sock", n))
}

// DialUART returns the cable at UART n, where 1 is ttyS1. The guest cannot tell
// whether it is held: a UART has no plug detection.
func (v *VM) DialUART(tb testing.TB, n int) net.Conn {
	tb.Helper()
	return v.dial(tb, fmt.Sprintf("uart%d.sock", n))
}

func (v *VM) dial(tb testing.TB, name string) net.Conn {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 5*time.Second)
	defer cancel()
	var cable net.Conn
	err := v.retry(ctx, func() (err error) { // refused for a moment after a cable was closed
		cable, err = new(net.Dialer).DialContext(ctx, "unix", v.path(name))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { cable.Close() })
	return cable
}

// Console is what the guest's kernel and init have written so far.
func (v *VM) Console() string { return v.read("console") }

// Trace is what QEMU has recorded of [Config].Trace so far.
func (v *VM) Trace() string { return v.read("trace") }

func (v *VM) read(name string) string {
	b, err := os.ReadFile(v.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) { // QEMU has not made it yet
		return err.Error()
	}
	return string(b)
}
