package profile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Matrix is how the chips of a board of 8 × 8 modules are chained and turned.
type Matrix struct {
	Across    int    `toml:"across"`    // modules in a row, 8 dots each
	Rows      int    `toml:"rows"`      // rows of modules; a Chinese character needs 2
	Order     string `toml:"order"`     // rows (default): row after row; snake: every other row runs back, its modules upside down; columns: column after column
	Enters    string `toml:"enters"`    // right (default) or left: the end at which the data comes into the top row
	Turn      int    `toml:"turn"`      // degrees clockwise by which a module is turned: 0, 90, 180 or 270. At 0, register 1 is the top row, its high bit the left dot
	Mirror    bool   `toml:"mirror"`    // the low bit is the left dot
	Intensity int    `toml:"intensity"` // 0 to 15
	BlinkMS   int    `toml:"blink_ms"`  // how long a call blinks; 0: not at all
	StepMS    int    `toml:"step_ms"`   // time of one dot when a wide text runs through
}

// Chips is how many modules the board has.
func (m Matrix) Chips() int { return m.Across * m.Rows }

// With is the matrix as a hall file sets it, by the names of the keys.
func (m Matrix) With(set map[string]string) (Matrix, error) {
	numbers := map[string]*int{"across": &m.Across, "rows": &m.Rows, "turn": &m.Turn, "intensity": &m.Intensity, "blink_ms": &m.BlinkMS, "step_ms": &m.StepMS}
	words := map[string]*string{"order": &m.Order, "enters": &m.Enters}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		v := set[key]
		var err error
		switch {
		case numbers[key] != nil:
			*numbers[key], err = strconv.Atoi(v)
		case words[key] != nil:
			*words[key] = v
		case key == "mirror":
			m.Mirror, err = strconv.ParseBool(v)
		default:
			return m, fmt.Errorf("set.%s: this board has no such parameter; it has across, rows, order, enters, turn, mirror, intensity, blink_ms, step_ms", key)
		}
		if err != nil {
			return m, fmt.Errorf("set.%s: %q is no value for it", key, v)
		}
	}
	if at, err := m.check(); err != nil {
		return m, fmt.Errorf("set.%s: %w", at, err)
	}
	return m, nil
}

// check fills defaults in. It returns the key at fault with the error.
func (m *Matrix) check() (string, error) {
	if m.Order == "" {
		m.Order = "rows"
	}
	if m.Enters == "" {
		m.Enters = "right"
	}
	if m.StepMS == 0 {
		m.StepMS = 40
	}
	for _, c := range []struct {
		key       string
		v, lo, hi int
	}{{"across", m.Across, 1, 64}, {"rows", m.Rows, 2, 4}, {"intensity", m.Intensity, 0, 15}, {"blink_ms", m.BlinkMS, 0, 60000}, {"step_ms", m.StepMS, 10, 1000}} {
		if c.v < c.lo || c.v > c.hi {
			return c.key, fmt.Errorf("matrix.%s: %d; write %d to %d", c.key, c.v, c.lo, c.hi)
		}
	}
	if !slices.Contains([]int{0, 90, 180, 270}, m.Turn) {
		return "turn", fmt.Errorf("matrix.turn: %d; write 0, 90, 180 or 270", m.Turn)
	}
	for _, c := range []struct {
		key, v string
		of     []string
	}{{"order", m.Order, []string{"rows", "snake", "columns"}}, {"enters", m.Enters, []string{"right", "left"}}} {
		if !slices.Contains(c.of, c.v) {
			return c.key, fmt.Errorf("matrix.%s: %q; write one of %s", c.key, c.v, strings.Join(c.of, ", "))
		}
	}
	return "", nil
}

// checkMatrix looks at what only a board of modules has.
func checkMatrix(f *file) (string, error) {
	if f.Matrix == nil {
		return "driver", fmt.Errorf("matrix: the table is missing; driver %s needs [matrix]", f.Driver)
	}
	for _, mode := range []string{"calling", "serving", "idle", "paused", "closed"} {
		s, ok := f.Role.Board[mode]
		if !ok {
			return "role.board", fmt.Errorf("role.board.%s: is missing; write its text, which may be \"\"", mode)
		}
		if err := checkPlaces(s.Text); err != nil {
			return "role.board." + mode + ".text", fmt.Errorf("role.board.%s.text: %w", mode, err)
		}
		if s.Op != "" || s.Args != nil {
			return "role.board." + mode, fmt.Errorf("role.board.%s: write text only; the chips have no operations", mode)
		}
	}
	if at, err := f.Matrix.check(); err != nil {
		return "matrix." + at, err
	}
	return "", nil
}
