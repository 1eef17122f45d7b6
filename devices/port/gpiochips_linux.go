package port

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/driver"
	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"
)

// chips is what the host has of GPIO. It is the host's, so there is one.
var chips struct {
	once sync.Once
	mu   sync.Mutex // guards what follows
	ioct driver.Impl
	seen string                // the nodes in /dev when they were looked at last
	kept []*gpioioctl.GPIOChip // every chip ever opened: periph wraps a descriptor in two files, and both would close it when they are collected
	held map[string]bool       // lines that a port of this program has, as chip path and number
}

// Init looks for GPIO, once in the life of the process. It belongs first into main: on boards that show a chip under two names (Raspberry Pi 4 and 5)
// periph v3.8.5 closes descriptor 0 while it looks (periph/host#70), which by then may be anybody's. Afterwards descriptor 0 is surely taken.
func Init() {
	chips.once.Do(func() {
		chips.held = map[string]bool{}
		chips.seen = strings.Join(nodes(), " ")
		was := log.Writer()
		log.SetOutput(io.Discard) // it tells of every chip that this account may not open, also when nobody wants GPIO
		state, err := host.Init()
		log.SetOutput(was)
		takeZero()
		if err != nil {
			return // a line that is asked for is then not there
		}
		chips.ioct = find(state)
		chips.kept = gpioioctl.Chips
	})
}

// find returns periph's driver of the character devices, loaded or not: it can look for chips once more.
func find(state *driverreg.State) driver.Impl {
	all := state.Loaded
	for _, f := range append(state.Skipped, state.Failed...) {
		all = append(all, f.D)
	}
	for _, d := range all {
		if d.String() == "ioctl-gpio" {
			return d
		}
	}
	return nil
}

// takeZero makes sure that descriptor 0 is open. A GPIO line that got it would count as closed.
func takeZero() {
	for range 3 {
		if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err == nil {
			return
		}
		if _, err := unix.Open("/dev/null", unix.O_RDWR, 0); err != nil {
			return
		}
	}
}

// nodes lists the chips in /dev so that a chip that went and came is a new one.
func nodes() []string {
	names, _ := filepath.Glob("/dev/gpiochip*") // the pattern is right
	var out []string
	for _, n := range names {
		if id := node(n); id != "" {
			out = append(out, n+"@"+id)
		}
	}
	return out
}

// node tells one making of a device node from the next; empty: it is not there.
func node(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d-%d-%d.%d", s.Rdev, s.Ino, s.Ctim.Sec, s.Ctim.Nsec)
}

// rescan opens the chips anew if /dev has changed since. periph looks only once, so its driver is started again by hand. What it knew stays open: the
// lines of other ports hang on it. The lock is held.
func rescan() error {
	now := nodes()
	if s := strings.Join(now, " "); s == chips.seen || chips.ioct == nil {
		return nil
	} else if chips.seen != "" && twice(now) {
		return errors.New("the GPIO chips have changed; restart the service to use the new ones")
	} else {
		chips.seen = s
	}
	gpioioctl.Chips = nil
	_, err := chips.ioct.Init()
	chips.kept = append(chips.kept, gpioioctl.Chips...)
	takeZero()
	if err != nil && len(now) > 0 {
		return fmt.Errorf("look for GPIO chips: %w", err)
	}
	return nil
}

// twice says whether a chip stands in /dev under two names: then periph must not look again, see Init.
func twice(nodes []string) bool {
	known := map[string]bool{}
	for _, n := range nodes {
		_, id, _ := strings.Cut(n, "@")
		if known[id] {
			return true
		}
		known[id] = true
	}
	return false
}

// chipLine is a line of a chip.
type chipLine struct {
	*gpioioctl.GPIOLine
	path string // of its chip
	node string // when it was opened
}

func (l chipLine) key() string { return l.path + "/" + strconv.Itoa(l.Number()) }

// there says whether its chip still is. A wait for an edge does not tell, and a read level is low (Linux 6.1).
func (l chipLine) there() bool { return node(l.path) == l.node }

// findLine finds a line by its own name, or as chip/number, the chip by name or label. The lock is held.
func findLine(name string) (chipLine, error) {
	chip, number, numbered := strings.Cut(name, "/")
	for _, c := range gpioioctl.Chips {
		at := node(c.Path())
		if at == "" {
			continue
		}
		for _, l := range c.Lines() {
			own := strings.TrimPrefix(l.Name(), c.Name()+"-") // periph puts the chip in front of a name that it has seen before
			if numbered && (chip == c.Name() || chip == c.Label()) && number == strconv.Itoa(l.Number()) || !numbered && own == name && name != "" {
				return chipLine{l, c.Path(), at}, nil
			}
		}
	}
	names, _ := filepath.Glob("/dev/gpiochip*")
	for _, n := range names {
		f, err := os.Open(n)
		if errors.Is(err, fs.ErrPermission) {
			return chipLine{}, fmt.Errorf("%w: %w; add the service account to the group gpio", ErrDenied, err)
		}
		if err == nil {
			_ = f.Close() // it was only tried
		}
	}
	if len(gpioioctl.Chips) == 0 {
		return chipLine{}, fmt.Errorf("%w: this host has no GPIO chip", ErrNotThere)
	}
	return chipLine{}, fmt.Errorf("%w: no GPIO chip has a line %q; there are %s", ErrNotThere, name, known())
}

// known names the chips and the lines that have names, as many as can be read.
func known() string {
	var all []string
	for _, c := range gpioioctl.Chips {
		all = append(all, fmt.Sprintf("%s/0 to %d", c.Name(), c.LineCount()-1))
		for _, l := range c.Lines() {
			if own := strings.TrimPrefix(l.Name(), c.Name()+"-"); own != "" && len(all) < 60 {
				all = append(all, own)
			}
		}
	}
	return strings.Join(all, ", ")
}
