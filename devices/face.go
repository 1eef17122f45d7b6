package devices

import (
	"strconv"
	"strings"
)

// Fill puts a face into a profile's text: {number}, {window} and {pause}; of the number also {prefix}, its letters, and {digits}, what stands behind them.
func (f Face) Fill(text string) string {
	digits := strings.TrimLeft(f.Number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return strings.NewReplacer("{number}", f.Number, "{window}", strconv.Itoa(f.Window), "{pause}", f.Pause,
		"{prefix}", f.Number[:len(f.Number)-len(digits)], "{digits}", digits).Replace(text)
}
