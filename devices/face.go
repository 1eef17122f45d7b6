package devices

import (
	"strconv"
	"strings"
)

// Fill puts a face into a profile's text: {number}, {window} and {pause}.
func (f Face) Fill(text string) string {
	return strings.NewReplacer("{number}", f.Number, "{window}", strconv.Itoa(f.Window), "{pause}", f.Pause).Replace(text)
}
