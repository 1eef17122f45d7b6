package profile

import (
	"fmt"
	"slices"
)

// Printer is what the escpos driver must know of a model.
type Printer struct {
	Dots      int    `toml:"dots"`       // printable dots across: 576 for 80 mm, 384 for 58 mm
	Columns   int    `toml:"columns"`    // half-width characters across
	Confirm   string `toml:"confirm"`    // process-id, gs-r, poll or none: how it proves a print
	ConfirmMS int    `toml:"confirm_ms"` // how long the proof may take
	BandRows  int    `toml:"band_rows"`  // rows per raster command
	Feed      int    `toml:"feed_lines"` // before the cut
	Status    bool   `toml:"status"`     // answers DLE EOT

	Charset    string      `toml:"charset"`     // gb2312, gbk (default) or gb18030 with four-byte characters
	ChineseOn  string      `toml:"chinese_on"`  // bytes in hex, default FS &
	ChineseOff string      `toml:"chinese_off"` // default FS .
	Cut        string      `toml:"cut"`         // default GS V 66 0: feed and partial cut
	Density    string      `toml:"density"`     // bytes that set how dark it prints, sent before every ticket
	Before     string      `toml:"before"`      // bytes before the ticket, such as those that arm a presenter
	After      string      `toml:"after"`       // bytes behind the cut, such as those that present the ticket
	Loose      bool        `toml:"loose"`       // its answers lack the fixed bits of DLE EOT
	Bits       []StatusBit `toml:"bits"`        // what its answers mean; none: as Epson's
	Unknown    []string    `toml:"unknown"`     // what nobody has found out yet
}

// StatusBit says what an answer to DLE EOT means: reply & Mask == Equals.
type StatusBit struct {
	Query  int    `toml:"query"`  // the n of DLE EOT n
	Mask   int    `toml:"mask"`   //
	Equals int    `toml:"equals"` // default Mask
	Means  string `toml:"means"`  // the code of a problem
	Stops  bool   `toml:"stops"`  // nothing is printed while it lasts
}

// EpsonBits is the table of Epson's printers and of those that copy them (ESC/POS reference, DLE EOT).
var EpsonBits = []StatusBit{
	{Query: 2, Mask: 0x04, Means: "cover-open", Stops: true}, {Query: 2, Mask: 0x20, Means: "paper-out", Stops: true},
	{Query: 3, Mask: 0x08, Means: "cutter", Stops: true}, {Query: 3, Mask: 0x20, Means: "printer-error", Stops: true}, {Query: 3, Mask: 0x40, Means: "overheated", Stops: true},
	{Query: 4, Mask: 0x60, Equals: 0x60, Means: "paper-out", Stops: true}, {Query: 4, Mask: 0x0C, Equals: 0x0C, Means: "paper-low"},
}

// check looks at what only a printer has. It returns the key at fault with the error.
func (p *Printer) check() (string, error) {
	if p.Charset == "" {
		p.Charset = "gbk"
	}
	if !slices.Contains([]string{"gb2312", "gbk", "gb18030", "ascii"}, p.Charset) {
		return "charset", fmt.Errorf("printer.charset: %q; write gb2312, gbk, gb18030 or ascii", p.Charset)
	}
	for key, v := range map[string]string{"chinese_on": p.ChineseOn, "chinese_off": p.ChineseOff, "cut": p.Cut, "density": p.Density, "before": p.Before, "after": p.After} {
		if _, err := readHex(key, v); v != "" && v != "none" && err != nil {
			return key, fmt.Errorf("printer.%w, or \"none\"", err)
		}
	}
	for i := range p.Bits {
		b := &p.Bits[i]
		if b.Query < 1 || b.Query > 20 || b.Mask < 1 || b.Mask > 255 || b.Equals&^b.Mask != 0 || b.Means == "" {
			return "bits", fmt.Errorf("printer.bits: entry %d: write query 1 to 20, mask and equals as bytes, and means as the code of a problem", i+1)
		}
	}
	if p.Bits == nil {
		p.Bits = EpsonBits
	}
	for i := range p.Bits {
		if p.Bits[i].Equals == 0 {
			p.Bits[i].Equals = p.Bits[i].Mask
		}
	}
	return "", nil
}
