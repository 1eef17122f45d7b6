package sim

import (
	"fmt"
	"sync"
	"time"

	"halld/devices/dots"
	"halld/devices/profile"
)

// burstGap is the silence that ends a burst on a cable without a chip-select line. It is long, because a busy host may stop in the middle of one, and
// shorter than the rest between two refreshes of a driver.
const burstGap = time.Second

// Matrix is a simulated board of 8 × 8 modules with a MAX7219 each. It latches what the host shifts in, as the chips do, and answers nothing.
type Matrix struct {
	*cable
	m    profile.Matrix
	buf  []byte
	last time.Time

	state  sync.Mutex
	chips  []max7219
	bursts int
}

// max7219 is the registers of one chip. After power-up all are 0: it is dark (data sheet, "Initial Power-Up").
type max7219 [16]byte

func newMatrix(p *profile.Profile, o Options) (*Matrix, error) {
	wired, err := p.Matrix.With(o.Set)
	if err != nil {
		return nil, fmt.Errorf("simulate %s: %w", o.ID, err)
	}
	m := &Matrix{cable: newCable(p, o), m: wired, chips: make([]max7219, wired.Chips())}
	m.receive = m.got
	return m, nil
}

func (m *Matrix) got(b []byte) {
	if now := time.Now(); now.Sub(m.last) > burstGap {
		m.buf = nil
	}
	m.buf = append(m.buf, b...)
	for n := 2 * len(m.chips); len(m.buf) >= n; m.buf = m.buf[n:] {
		m.latch(m.buf[:n])
	}
	m.last = time.Now()
}

// latch is the rising edge of chip select: the word shifted in first has run on to the farthest chip.
func (m *Matrix) latch(words []byte) {
	m.state.Lock()
	defer m.state.Unlock()
	for i := range m.chips {
		at := 2 * (len(m.chips) - 1 - i)
		m.chips[i][words[at]&0x0F] = words[at+1]
	}
	m.bursts++
}

// Disturb lets every chip lose its registers, as mains noise does.
func (m *Matrix) Disturb() {
	m.state.Lock()
	defer m.state.Unlock()
	clear(m.chips)
}

// Bursts counts what was latched.
func (m *Matrix) Bursts() int {
	m.state.Lock()
	defer m.state.Unlock()
	return m.bursts
}

// Size is how many dots it has.
func (m *Matrix) Size() (width, height int) { return 8 * m.m.Across, 8 * m.m.Rows }

// Lit says whether a dot glows; 0, 0 is left above.
func (m *Matrix) Lit(x, y int) bool {
	m.state.Lock()
	defer m.state.Unlock()
	return m.lit(x, y)
}

func (m *Matrix) lit(x, y int) bool {
	col, row := x/8, y/8
	if x < 0 || y < 0 || col >= m.m.Across || row >= m.m.Rows {
		return false
	}
	if m.m.Enters == "right" {
		col = m.m.Across - 1 - col // counted from where the data comes in
	}
	turn := m.m.Turn
	k := row*m.m.Across + col
	switch m.m.Order {
	case "columns":
		k = col*m.m.Rows + row
	case "snake":
		if row%2 == 1 {
			k = row*m.m.Across + m.m.Across - 1 - col
			turn += 180
		}
	}
	x, y = x%8, y%8
	for ; turn%360 != 0; turn -= 90 {
		x, y = y, 7-x // the module's own view
	}
	if m.m.Mirror {
		x = 7 - x
	}
	chip := m.chips[k]
	switch {
	case chip[0x0F]&1 == 1:
		return true // display test lights all, also in shutdown
	case chip[0x0C]&1 == 0 || y > int(chip[0x0B]&7):
		return false
	}
	return chip[y+1]&(0x80>>x) != 0
}

// Brightness is the intensity of the chip nearest to the host, 0 to 15.
func (m *Matrix) Brightness() int {
	m.state.Lock()
	defer m.state.Unlock()
	return int(m.chips[0][0x0A] & 0x0F)
}

// Dots is the middle 16 rows of what glows.
func (m *Matrix) Dots() dots.Dots {
	m.state.Lock()
	defer m.state.Unlock()
	width, height := m.Size()
	return dots.From(width, func(x, y int) bool { return m.lit(x, y+(height-dots.Height)/2) })
}

// Text reads what glows. It is empty while the board is dark and where half a character stands at its edge.
func (m *Matrix) Text() string { return dots.Read(m.Dots()) }
