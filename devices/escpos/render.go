package escpos

import (
	"fmt"
	"image"

	"halld/devices"
	"halld/devices/profile"
)

// rasterMode reads a device's setting mode: text (the default) sends text and draws only lines with a character that the printer lacks;
// raster draws every line, for printers without Chinese fonts on a fast cable.
func rasterMode(set map[string]string) (bool, error) {
	switch v := set["mode"]; v {
	case "", "text":
		return false, nil
	case "raster":
		return true, nil
	default:
		return false, fmt.Errorf("setting mode = %q: write text or raster", v)
	}
}

// ticket makes the bytes of a slip up to its cut, and reports what is not as it should be: a template that cannot be read, a missing font.
func (p *Printer) ticket(s devices.Slip) ([]byte, error) {
	drawn, err := rasterMode(p.set.Set)
	if err != nil {
		return nil, err
	}
	sh, err := newSheet(&p.m, s, drawn)
	if err != nil {
		return nil, err
	}
	p.mark("bad-template", sh.bad != nil)
	p.mark("font-missing", sh.lacks)
	if sh.bad != nil {
		p.log.Warn("ticket template cannot be used; printed with the usual one", "err", sh.bad)
	}
	return sh.bytes()
}

// Check says whether a device of this model can be set so.
func Check(p *profile.Profile, set map[string]string) error {
	if _, err := modelOf(p, set); err != nil {
		return err
	}
	_, err := rasterMode(set)
	return err
}

// Rendered is a ticket as a printer gets it.
type Rendered struct {
	Bytes    []byte
	Paper    image.Image // every row as the raster form prints it; nil without an installed font
	Template error       // why the slip's template could not be used; nil if it was
	Lacks    bool        // a character is in no installed font and not in the printer: its code stands in its place
}

// Render makes a ticket: the bytes a printer of this profile gets, cut included, and a picture of the paper as it will look. set are the
// device's own settings. The picture needs an installed font with Chinese characters.
func Render(slip devices.Slip, p *profile.Profile, set map[string]string) (Rendered, error) {
	m, err := modelOf(p, set)
	if err != nil {
		return Rendered{}, err
	}
	drawn, err := rasterMode(set)
	if err != nil {
		return Rendered{}, err
	}
	sh, err := newSheet(&m, slip, drawn)
	if err != nil {
		return Rendered{}, fmt.Errorf("lay out ticket %s: %w", slip.Number, err)
	}
	out := Rendered{Template: sh.bad, Lacks: sh.lacks}
	if out.Bytes, err = sh.bytes(); err != nil {
		return out, fmt.Errorf("make the bytes of ticket %s: %w", slip.Number, err)
	}
	if sh.pen != nil {
		if out.Paper, err = sh.paper(); err != nil {
			return out, fmt.Errorf("draw ticket %s: %w", slip.Number, err)
		}
	}
	return out, nil
}
