package profile

import "fmt"

// Looks is what a board looks like, for simulators that show it. It changes nothing on the wire.
type Looks struct {
	Form   string `toml:"form"`   // dots (default) or segments: digits of seven bars
	Width  int    `toml:"width"`  // dots across, default 160
	Places int    `toml:"places"` // digits of a board of segments
	Colour string `toml:"colour"` // red (default), green or yellow, where the frames name none
}

// check fills defaults in. It returns the key at fault with the error.
func (l *Looks) check() (string, error) {
	if l.Form == "" {
		l.Form = "dots"
	}
	if l.Width == 0 {
		l.Width = 160
	}
	if l.Colour == "" {
		l.Colour = "red"
	}
	switch {
	case l.Form != "dots" && l.Form != "segments":
		return "form", fmt.Errorf("looks.form: %q; write dots or segments", l.Form)
	case l.Width < 16 || l.Width > 2048:
		return "width", fmt.Errorf("looks.width: %d; write 16 to 2048 dots", l.Width)
	case l.Form == "segments" && (l.Places < 1 || l.Places > 16):
		return "places", fmt.Errorf("looks.places: %d; write 1 to 16 digits", l.Places)
	case l.Colour != "red" && l.Colour != "green" && l.Colour != "yellow":
		return "colour", fmt.Errorf("looks.colour: %q; write red, green or yellow", l.Colour)
	}
	return "", nil
}
