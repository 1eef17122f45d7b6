// Package hall lets the real program run a hall in the guest, on the kernel's own drivers, and plays the world around it. It knows the program's commands and
// its API, and nothing of its packages.
package hall

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rig/pace"
	"rig/vm"
)

const root = "../../.." // of the program's sources

var built struct {
	once  sync.Once
	dir   string
	halld string
	fault error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // in the system's temporary folder
	}
	os.Exit(code)
}

// program builds halld without shared libraries, which the guest does not have, once.
func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.fault = os.MkdirTemp("", "halld-rig"); built.fault == nil {
			built.halld = filepath.Join(built.dir, "halld")
			built.fault = build("1", "build", "-tags", "netgo,osusergo", "-ldflags", "-s -w -linkmode=external -extldflags=-static", "-o", built.halld, "./cmd/halld")
		}
	})
	if built.fault != nil {
		t.Fatal(built.fault)
	}
	return built.halld
}

func build(cgo string, args ...string) error { return buildIn(root, cgo, args...) }

func buildIn(dir, cgo string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// hall is a hall that runs in the guest.
type hall struct {
	t     *testing.T
	guest *vm.VM
	pid   int
	token map[string]string
	http  http.Client
}

const basics = `
[hall]
name = "测试大厅"
[policy]
unproved_grace = "30m"
[[queue]]
id = "A"
name = "综合"
[[window]]
id = "1"
queues = ["A"]
`

// open starts the program with a hall of one queue and one window, and these devices.
func open(t *testing.T, guest *vm.VM, devices string) *hall {
	t.Helper()
	h := &hall{t: t, guest: guest, token: map[string]string{}, http: http.Client{Timeout: 10 * time.Second}}
	roles := []string{"kiosk", "clerk", "manager"}
	script := "cat >/tmp/hall.toml <<'END'\n" + basics + devices + "\nEND\n/app/halld init /tmp/hall >/tmp/init.log 2>&1 || { cat /tmp/init.log; exit 1; }\n"
	for _, r := range roles {
		script += "/app/halld token create --data /tmp/hall --role " + r + " || exit\n"
	}
	for i, token := range strings.Fields(guest.Must(t, script)) {
		h.token[roles[i]] = token
	}
	h.pid = guest.Spawn(t, "halld", "/app/halld serve --data /tmp/hall --listen 0.0.0.0:8080 --hall /tmp/hall.toml")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("halld:\n%s", guest.Log(t, "halld"))
		}
	})
	guest.WaitFor(t, 20*time.Second, "netstat -ltn | grep -q :8080 || { kill -0 "+strconv.Itoa(h.pid)+" || cat /tmp/halld.log; false; }")
	return h
}

// ask does a request as whoever may, and decodes the answer into it.
func (h *hall) ask(role, method, path string, body, answer any) (int, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, "http://"+h.guest.Addr(8080)+path, in)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+h.token[role])
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && answer != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(b, answer)
	}
	if resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, b)
	}
	return resp.StatusCode, err
}

func (h *hall) must(role, method, path string, body, answer any) {
	h.t.Helper()
	_, err := h.ask(role, method, path, body, answer)
	var late net.Error
	if method == http.MethodGet && errors.As(err, &late) && late.Timeout() {
		// An emulated network loses a connection now and then. A program that hangs does not answer the second time either: then it says where it hangs.
		h.t.Logf("asked again: %v", err)
		if _, err = h.ask(role, method, path, body, answer); err != nil {
			_, killed := h.guest.Exec(h.t.Context(), "kill -QUIT "+strconv.Itoa(h.pid)+"; sleep 2")
			err = errors.Join(err, killed)
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

type ticket struct{ ID, Number, State, Window, Print, Problem string }

func (h *hall) issue(printer string) ticket {
	h.t.Helper()
	var got ticket
	h.must("kiosk", "POST", "/api/tickets", map[string]string{"queue": "A", "class": "ordinary", "print": printer}, &got)
	return got
}

func (h *hall) ticket(id string) ticket {
	h.t.Helper()
	var got ticket
	h.must("manager", "GET", "/api/tickets/"+id, nil, &got)
	return got
}

func (h *hall) window(act string) {
	h.t.Helper()
	body := map[string]any{}
	switch act {
	case "open":
		body["clerk"] = "王"
	case "finish":
		body["outcome"] = "done-at-once"
	}
	h.must("clerk", "POST", "/api/windows/1/"+act, body, nil)
}

type device struct {
	ID, State string
	Problems  []struct{ Code, Text, Hint string }
}

func (h *hall) device(id string) device {
	h.t.Helper()
	var got struct{ Devices []device }
	h.must("manager", "GET", "/api/devices", nil, &got)
	i := slices.IndexFunc(got.Devices, func(d device) bool { return d.ID == id })
	if i < 0 {
		h.t.Fatalf("the hall has no device %s", id)
	}
	return got.Devices[i]
}

// has is whether the manager is told of this problem, in words and with what to do.
func (h *hall) has(id, code string) bool {
	h.t.Helper()
	for _, p := range h.device(id).Problems {
		if p.Code == code {
			return p.Text != "" && p.Hint != ""
		}
	}
	return false
}

// within asks until it is so, and returns how long that took.
func within(t *testing.T, d time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !ok() {
		if time.Since(start) > d {
			t.Fatalf("after %v: %s", d, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(start)
}

// load is how much of one processor the program used over a while, in per cent.
func (h *hall) load(d time.Duration) int {
	h.t.Helper()
	ticks := func() int {
		f := strings.Fields(h.guest.Must(h.t, "cat /proc/"+strconv.Itoa(h.pid)+"/stat"))
		user, err1 := strconv.Atoi(f[13])
		system, err2 := strconv.Atoi(f[14])
		if err1 != nil || err2 != nil {
			h.t.Fatalf("read the program's time from %q", f)
		}
		return user + system
	}
	before, start := ticks(), time.Now()
	time.Sleep(d)
	used := ticks() - before // of a hundredth of a second
	return int(time.Duration(used) * 10 * time.Millisecond * 100 / time.Since(start))
}

// sim is a simulated device on the host: the program's own, in a process of its own.
type sim struct {
	t    *testing.T
	addr string
	in   io.Writer

	mu      sync.Mutex
	printed []string
	shows   string
}

func simulate(t *testing.T, args ...string) *sim {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"sim", "--tcp", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, in: in}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	var first struct{ Port string }
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil {
		t.Fatalf("halld sim %v began with %q", args, lines.Text())
	}
	s.addr = strings.TrimPrefix(first.Port, "tcp:")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines.Scan() {
			var l struct {
				Printed string
				Shows   *string
			}
			if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
				t.Errorf("halld sim %v says %q", args, lines.Text())
				return
			}
			s.mu.Lock()
			if l.Printed != "" {
				s.printed = append(s.printed, l.Printed)
			}
			if l.Shows != nil {
				s.shows = *l.Shows
			}
			s.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-done
		_ = cmd.Wait() // it was told to go
	})
	return s
}

// paper is what has been printed so far.
func (s *sim) paper() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.printed)
}

// text is what it shows.
func (s *sim) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shows
}

func (s *sim) fault(name string, on bool) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.in, "fault %s %s\n", name, map[bool]string{true: "on", false: "off"}[on]); err != nil {
		s.t.Fatal(err)
	}
}

// lead is a cable from the guest to a simulator. It carries no faster than its line.
type lead struct {
	cable, sim net.Conn
	cut        chan struct{} // closed when it was cut
	ends       sync.WaitGroup

	mu    sync.Mutex
	left  int // bytes to the device until it is cut; negative: it is not
	count int
}

// join lays a cable between the guest's end and a simulator.
func (s *sim) join(cable net.Conn, line pace.Line) *lead {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	l := &lead{cable: cable, sim: conn, cut: make(chan struct{}), left: -1}
	l.ends.Go(func() {
		from := &pace.PacedReader{R: cable, Line: line}
		for buf := make([]byte, 8); ; {
			n, err := from.Read(buf)
			if err != nil || !l.carry(buf[:n]) {
				return
			}
		}
	})
	l.ends.Go(func() { _, _ = io.Copy(cable, conn) }) // it ends with the cable
	s.t.Cleanup(l.unplug)
	return l
}

// carry takes bytes to the device, as many as still pass. It says whether the cable holds.
func (l *lead) carry(b []byte) bool {
	l.mu.Lock()
	cut := l.left >= 0 && len(b) >= l.left
	if cut {
		b = b[:l.left]
	} else if l.left > 0 {
		l.left -= len(b)
	}
	l.count += len(b)
	l.mu.Unlock()
	if _, err := l.sim.Write(b); err != nil {
		return false
	}
	if cut {
		_ = l.cable.Close() // which unplugs the adapter
		close(l.cut)
	}
	return !cut
}

// carried counts the bytes to the device.
func (l *lead) carried() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// cutAfter lets the cable be torn out after so many more bytes to the device.
func (l *lead) cutAfter(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = n
}

// unplug takes the cable out.
func (l *lead) unplug() {
	_ = l.cable.Close() // it may be out already
	_ = l.sim.Close()
	l.ends.Wait()
}
