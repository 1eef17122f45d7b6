package rack_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices"
	"halld/devices/rack"
)

// A thousand messages to a board go through one opening of its port.
//
// Hard case: port_is_opened_once.
func TestPortIsOpenedOnce(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var opened, heard atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			opened.Add(1)
			go func() {
				defer c.Close()
				n := make([]byte, 4096)
				for {
					k, err := c.Read(n)
					heard.Add(int64(k))
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	r := start(t, rack.Options{}, rack.Config{ID: "board-1", Kind: "board", Profile: "yongtai", Port: "tcp:" + l.Addr().String(), Window: 1, Address: 1})
	within(t, 10*time.Second, "the board is not there", func() bool { _, ok := r.Get("board-1"); return ok })
	for i := range 1000 {
		dev, ok := r.Get("board-1")
		if !ok {
			t.Fatalf("the board is away before message %d", i)
		}
		if err := dev.(devices.Board).Show(t.Context(), devices.Face{Window: 1, Number: fmt.Sprintf("A%03d", i), Mode: devices.Calling}); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	within(t, 10*time.Second, "not every message arrived", func() bool { return heard.Load() > 1000*10 })
	if n := opened.Load(); n != 1 {
		t.Errorf("the port was opened %d times", n)
	}
}
