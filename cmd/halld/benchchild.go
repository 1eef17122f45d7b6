package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"halld/queue"
	"halld/queue/hallfile"
	"halld/queue/sqlite"
)

// daemonProcess is `halld serve` as its own process: what it holds and how long it takes to start is its own.
type daemonProcess struct {
	cmd  *exec.Cmd
	url  string
	took time.Duration // from the start of the process to its first answer over HTTP
}

func startDaemon(ctx context.Context, args ...string) (*daemonProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := &daemonProcess{cmd: exec.CommandContext(ctx, self, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s serve: %w", self, err), d.stop())
	}
	d.url = strings.TrimSpace(strings.TrimPrefix(line, "halld serves "))
	res, err := http.Get(d.url + "/healthz")
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	d.took = time.Since(start)
	return d, res.Body.Close()
}

func (d *daemonProcess) stop() error {
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return d.cmd.Wait()
}

// residentMB reads what the kernel says a process holds.
func residentMB(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(data), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1024, nil
		}
	}
	return 0, errors.New("the kernel does not say how much memory the process holds")
}

// memory measures a daemon with the demo hall: at rest, and after a busy day of 5,000 tickets at 200 screens.
func (c *benchCmd) memory(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	hall := filepath.Join(dir, "hall.toml")
	cfg, err := demoConfig()
	if err != nil {
		return err
	}
	cfg.Devices = nil
	for i := range cfg.Queues {
		cfg.Queues[i].Last, cfg.Queues[i].Width = 9999, 4
	}
	text, err := hallfile.Write(cfg)
	if err != nil {
		return err
	}
	if err := os.WriteFile(hall, text, 0o600); err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if err := (&initCmd{Data: data, Hall: hall}).Run(ctx, &Env{Stdout: io.Discard, Stderr: io.Discard, Log: env.Log}); err != nil {
		return err
	}
	kiosk, board, err := benchTokens(data)
	if err != nil {
		return err
	}
	d, err := startDaemon(ctx, "--data", data)
	if err != nil {
		return err
	}
	rest, err := residentMB(d.cmd.Process.Pid)
	if err == nil {
		err = busyDay(d.url, kiosk, board, c.Day)
	}
	busy, err2 := residentMB(d.cmd.Process.Pid)
	if err := errors.Join(err, err2, d.stop()); err != nil {
		return err
	}
	return show(figure{Name: fmt.Sprintf("resident memory, %d tickets, 200 screens", c.Day), Value: busy, Unit: "MB",
		Reference: fmt.Sprintf("the same at rest (%.1f MB)", rest), Ratio: busy / rest})
}

func benchTokens(dir string) (kiosk, board string, err error) {
	sessions, err := sqlite.OpenSessions(dir)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = sessions.Close() }() // the tokens are stored by then
	if kiosk, err = sessions.CreateToken("kiosk", "bench kiosk"); err != nil {
		return "", "", err
	}
	board, err = sessions.CreateToken("board", "bench board")
	return kiosk, board, err
}

func busyDay(url, kiosk, board string, tickets int) error {
	screens, err := openScreens(url, board, 200)
	if err != nil {
		return err
	}
	defer screens.close()
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for i := range tickets {
		if err := postTicket(client, url, kiosk, string("ABCD"[i%4])); err != nil {
			return err
		}
	}
	return nil
}

// openScreens are live connections; each says when it was told of an event.
type liveScreens struct {
	conns []*websocket.Conn
	told  chan uint64 // sequence numbers as they arrive, from all of them
	wg    sync.WaitGroup
}

func openScreens(url, token string, n int) (*liveScreens, error) {
	s := &liveScreens{told: make(chan uint64, 64*n)}
	for range n {
		conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/api/live", http.Header{"Authorization": {"Bearer " + token}})
		if err != nil {
			s.close()
			return nil, fmt.Errorf("open a screen: %w", err)
		}
		_ = res.Body.Close()
		s.conns = append(s.conns, conn)
		s.wg.Go(func() {
			for {
				var m struct {
					Type string
					Seq  uint64
				}
				_, data, err := conn.ReadMessage()
				if err != nil || json.Unmarshal(data, &m) != nil {
					return
				}
				select {
				case s.told <- m.Seq:
				default: // nobody counts now
				}
			}
		})
	}
	return s, nil
}

// await waits until n screens were told of an event.
func (s *liveScreens) await(seq uint64, n int) error {
	end := time.After(10 * time.Second)
	for n > 0 {
		select {
		case got := <-s.told:
			if got == seq {
				n--
			}
		case <-end:
			return fmt.Errorf("%d screens were not told of event %d in 10 s", n, seq)
		}
	}
	return nil
}

func (s *liveScreens) close() {
	for _, c := range s.conns {
		_ = c.Close() // a screen that is switched off
	}
	s.wg.Wait()
}

// screens measures a call until the last of 200 screens has it, beside a single screen.
func (c *benchCmd) screens(ctx context.Context, env *Env, dir string, show func(figure) error) error {
	cfg, err := demoConfig()
	if err != nil {
		return err
	}
	cfg.Devices = nil
	sys, err := startSystem(ctx, systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: env.Log})
	if err != nil {
		return err
	}
	defer sys.close()
	token, err := sys.sessions.CreateToken("board", "bench")
	if err != nil {
		return err
	}
	seat := queue.Seat{Window: "1"}
	if _, err := sys.engine.Do(ctx, "", byScript, queue.OpenWindow{Seat: seat, Clerk: "bench"}); err != nil {
		return err
	}
	one, err := callToScreens(ctx, sys, token, seat, 1)
	if err != nil {
		return err
	}
	all, err := callToScreens(ctx, sys, token, seat, 200)
	if err != nil {
		return err
	}
	return show(figure{Name: "call to the last of 200 screens (median)", Value: ms(all), Unit: "ms",
		Reference: fmt.Sprintf("one screen (%.2f ms)", ms(one)), Ratio: float64(all) / float64(one)})
}

// callToScreens is the median over 50 calls.
func callToScreens(ctx context.Context, sys *system, token string, seat queue.Seat, n int) (time.Duration, error) {
	s, err := openScreens(sys.url(), token, n)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if err := s.await(sys.engine.View().Seq, n); err != nil { // the snapshots
		return 0, err
	}
	var took []time.Duration
	for range 50 {
		if _, err := sys.engine.Do(ctx, "", byScript, queue.Issue{Queue: "A"}); err != nil {
			return 0, err
		}
		time.Sleep(5 * time.Millisecond)
		start := time.Now()
		a, err := sys.engine.Do(ctx, "", byScript, queue.CallNext{Seat: seat})
		if err != nil {
			return 0, err
		}
		if err := s.await(a.Seq, n); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
		if _, err := sys.engine.Do(ctx, "", byScript, queue.Finish{Seat: seat, Outcome: queue.DoneAtOnce}); err != nil {
			return 0, err
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
