package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Printer is what the escpos driver must know of a model.
type Printer struct {
	Dots      int    `toml:"dots"`       // printable dots across: 576 for 80 mm, 384 for 58 mm
	DPI       int    `toml:"dpi"`        // dots per inch; 0: 203
	Columns   int    `toml:"columns"`    // half-width characters across
	Confirm   string `toml:"confirm"`    // process-id, gs-r, poll or none: how it proves a print
	ConfirmMS int    `toml:"confirm_ms"` // how long the proof may take
	BandRows  int    `toml:"band_rows"`  // rows per raster command
	Chunk     int    `toml:"chunk"`      // bytes per write; 0: 1024
	Feed      int    `toml:"feed_lines"` // before the cut
	CutterMM  int    `toml:"cutter_mm"`  // from head to knife: fed at least before a cut that does not feed by itself; 0: not known
	Speed     int    `toml:"speed_mm_s"` // millimetres of paper per second; 0: not known, 100 is reckoned with

	// what it answers
	Status   bool        `toml:"status"`   // answers DLE EOT
	ASB      bool        `toml:"asb"`      // tells every change by itself once GS a asked for it
	Loose    bool        `toml:"loose"`    // its answers lack the fixed bits of DLE EOT
	Strict   []FixedBits `toml:"strict"`   // fixed bits of single queries that differ from Epson's
	Full     bool        `toml:"full"`     // answers DLE EOT 20 with six bytes, 10 0F first
	InOrder  bool        `toml:"in_order"` // answers DLE EOT behind what was sent before, not at once
	Silent   bool        `toml:"silent_while_feeding"`
	OnSerial bool        `toml:"serial_only"` // answers on a serial line only: on another cable it may say nothing, and then nothing is proved
	Bits     []StatusBit `toml:"bits"`        // what its answers mean; none: as Epson's

	// what it is sent
	Charset    string    `toml:"charset"`     // gb2312, gbk (default) or gb18030 with four-byte characters
	ChineseOn  string    `toml:"chinese_on"`  // bytes in hex, default FS &
	ChineseOff string    `toml:"chinese_off"` // default FS .
	Cut        string    `toml:"cut"`         // default GS V 66 0: feed and partial cut
	Density    string    `toml:"density"`     // bytes that set how dark it prints, sent before every ticket
	Densities  []string  `toml:"densities"`   // the same for a device's setting density, -5 to 5: eleven entries, 0 in the middle; an empty one: not possible
	SpeedSet   string    `toml:"speed"`       // bytes that set how fast it prints, sent before every ticket
	Beep       string    `toml:"beep"`        // bytes that let it beep once, sent behind a ticket where a device sets beep
	Before     string    `toml:"before"`      // bytes before the ticket, such as those that arm a presenter
	After      string    `toml:"after"`       // bytes behind the cut
	Images     []string  `toml:"images"`      // gs_v_0, gs_l: what it can draw with, best first; none: gs_v_0
	NativeQR   bool      `toml:"native_qr"`   // draws QR codes by itself, GS ( k; without it, and where every line is drawn, they are sent as pictures
	Presenter  Presenter `toml:"presenter"`
	TCP        TCP       `toml:"tcp"`
	USB        []USB     `toml:"usb"`
	Quirks     []Quirk   `toml:"quirks"`
	Unknown    []string  `toml:"unknown"` // what nobody has found out yet
}

// FixedBits says which bits of an answer never change: reply & Mask == Equals.
type FixedBits struct {
	Query  int `toml:"query"`  // the n of DLE EOT n
	Mask   int `toml:"mask"`   // 0: none
	Equals int `toml:"equals"` //
}

// StatusBit says what an answer to DLE EOT means: reply & Mask == Equals.
type StatusBit struct {
	Query  int    `toml:"query"`  // the n of DLE EOT n
	Byte   int    `toml:"byte"`   // which byte of an answer of several, from 1; 0: the first
	Mask   int    `toml:"mask"`   //
	Equals int    `toml:"equals"` // default Mask
	Means  string `toml:"means"`  // the code of a problem
	Stops  bool   `toml:"stops"`  // nothing is printed while it lasts
}

// Presenter is what hands the ticket out: bytes in hex.
type Presenter struct {
	Present string `toml:"present"` // hands it out and holds it; {steps} in it stands for the byte of a device's setting present_mm
	Retract string `toml:"retract"` // takes a forgotten one back, where a device sets retract_after
	Eject   string `toml:"eject"`   // throws it out: sent where Present is not, or wants steps and the device does not set any
	StepUM  int    `toml:"step_um"` // micrometres per step of Present
	Query   string `toml:"query"`   // asks how it stands, of models that do not tell by DLE EOT; one byte answers
	Bit     int    `toml:"bit"`     // of that byte: a ticket waits
}

// TCP is how a network model wants to be spoken to.
type TCP struct {
	PerJob bool `toml:"per_job"` // serves one host at a time: the connection is let go behind every ticket, so that others are not locked out
	IdleS  int  `toml:"idle_s"`  // hangs up after so many seconds of silence; 0: never
}

// USB is one pair of numbers under which the model was seen.
type USB struct {
	Vendor  string `toml:"vid"` // four hex digits
	Product string `toml:"pid"` // four hex digits; empty: any
}

// Quirk is one deviation from what everybody else does.
type Quirk struct {
	Name     string `toml:"name"`     // one of QuirkNames
	Evidence string `toml:"evidence"` // where it stands, or who saw it
}

// QuirkNames are the known deviations, and how the driver gets along with each. Where it says never, the driver does so with every model: the quirk
// is there for whoever writes cut, before or after, and for the simulator.
var QuirkNames = map[string]string{
	"gs_v0_eats_lf":                  "a line feed directly behind GS v 0 is lost: one more is sent there",
	"esc_j_ignored":                  "ESC J does not feed: never sent, whole lines are fed",
	"esc_dollar_after_data_ignored":  "ESC $ does nothing inside a line: never sent, columns are set with blanks",
	"esc_backslash_negative_ignored": "ESC \\ does not go back: never sent",
	"gs_v_42_ignored":                "GS V 66 does nothing: cut defaults to GS V 65",
	"cut_only_at_line_start":         "a cut inside a line is ignored: every line is ended before a cut, never cut inside",
	"esc_i_full_esc_m_partial":       "ESC i cuts fully, ESC m partially: never sent unless cut says so",
	"esc_i_partial_esc_m_full":       "ESC i cuts partially, ESC m fully: never sent unless cut says so",
	"cut_needs_print":                "a cut with nothing printed before it is ignored: of two cuts in a row the second is left out",
}

// Has says whether the model has this quirk.
func (p *Printer) Has(quirk string) bool {
	return slices.ContainsFunc(p.Quirks, func(q Quirk) bool { return q.Name == quirk })
}

// EpsonBits is the table of Epson's printers and of those that copy them (ESC/POS reference, DLE EOT).
var EpsonBits = []StatusBit{
	{Query: 2, Mask: 0x04, Means: "cover-open", Stops: true}, {Query: 2, Mask: 0x20, Means: "paper-out", Stops: true},
	{Query: 3, Mask: 0x08, Means: "cutter", Stops: true}, {Query: 3, Mask: 0x20, Means: "printer-error", Stops: true}, {Query: 3, Mask: 0x40, Means: "overheated", Stops: true},
	{Query: 4, Mask: 0x60, Equals: 0x60, Means: "paper-out", Stops: true}, {Query: 4, Mask: 0x0C, Equals: 0x0C, Means: "paper-low"},
}

var usbNumber = regexp.MustCompile(`^[0-9a-f]{4}$`)

// check looks at what only a printer has. It returns the key at fault with the error.
func (p *Printer) check() (string, error) {
	for _, c := range []struct {
		key            string
		v, least, most int
		write          string
	}{
		{"dots", p.Dots, 200, 1024, "a multiple of 8 such as 384 or 576"}, {"band_rows", p.BandRows, 1, 1000, "1 to 1000"}, {"columns", p.Columns, 20, 72, "20 to 72"},
		{"dpi", p.DPI, 0, 600, "180, 203 or 300"}, {"chunk", p.Chunk, 0, 4096, "1 to 4096"}, {"cutter_mm", p.CutterMM, 0, 100, "1 to 100"}, {"speed_mm_s", p.Speed, 0, 500, "1 to 500"},
		{"idle_s", p.TCP.IdleS, 0, 86400, "seconds, up to 86400"}, {"step_um", p.Presenter.StepUM, 0, 20000, "micrometres, up to 20000"},
		{"bit", p.Presenter.Bit, 0, 255, "the bit as a byte, such as 0x08"},
	} {
		if c.v < c.least || c.v > c.most || c.key == "dots" && c.v%8 != 0 {
			return c.key, fmt.Errorf("printer.%s: %d; write %s", c.key, c.v, c.write)
		}
	}
	if p.Charset == "" {
		p.Charset = "gbk"
	}
	for key, c := range map[string]struct {
		v  string
		of []string
	}{"charset": {p.Charset, []string{"gb2312", "gbk", "gb18030", "ascii"}}, "confirm": {p.Confirm, []string{"process-id", "gs-r", "poll", "none"}}} {
		if !slices.Contains(c.of, c.v) {
			return key, fmt.Errorf("printer.%s: %q; write one of %s", key, c.v, strings.Join(c.of, ", "))
		}
	}
	for key, v := range map[string]string{"chinese_on": p.ChineseOn, "chinese_off": p.ChineseOff, "cut": p.Cut, "density": p.Density, "before": p.Before, "after": p.After, "beep": p.Beep, "speed": p.SpeedSet,
		"presenter.present": strings.ReplaceAll(p.Presenter.Present, Steps, "00"), "presenter.retract": p.Presenter.Retract, "presenter.eject": p.Presenter.Eject, "presenter.query": p.Presenter.Query} {
		if _, err := readHex(key, v); v != "" && v != "none" && err != nil {
			return key, fmt.Errorf("printer.%w, or \"none\"", err)
		}
	}
	if n := len(p.Densities); n != 0 && n != 11 {
		return "densities", fmt.Errorf("printer.densities: %d entries; write eleven, for -5 to 5", n)
	}
	for _, v := range p.Densities {
		if _, err := readHex("densities", v); v != "" && err != nil {
			return "densities", fmt.Errorf("printer.%w, or \"\"", err)
		}
	}
	for _, v := range p.Images {
		if !slices.Contains([]string{"gs_v_0", "gs_l"}, v) {
			return "images", fmt.Errorf("printer.images: %q; write gs_v_0 or gs_l, best first", v)
		}
	}
	for _, q := range p.Quirks {
		if _, known := QuirkNames[q.Name]; !known || q.Evidence == "" {
			return "quirks", fmt.Errorf("printer.quirks: name %q, evidence %q; write a name of firmware-configs/README.md and where it stands", q.Name, q.Evidence)
		}
	}
	for _, u := range p.USB {
		if !usbNumber.MatchString(u.Vendor) || u.Product != "" && !usbNumber.MatchString(u.Product) {
			return "usb", fmt.Errorf("printer.usb: vid %q, pid %q; write four small hex digits each, such as 04b8", u.Vendor, u.Product)
		}
	}
	return p.checkStatus()
}

// Steps stands in the bytes of a presenter for the number of its steps.
const Steps = "{steps}"

// checkPresenter refuses what would be without effect.
func (p *Printer) checkPresenter() (string, error) {
	pr := p.Presenter
	told := slices.ContainsFunc(p.Bits, func(b StatusBit) bool { return b.Means == "ticket-not-taken" })
	switch {
	case pr.Query != "" && pr.Bit == 0:
		return "presenter.query", fmt.Errorf("printer.presenter.query: without bit nobody knows what the answer means; write bit, such as 0x08")
	case pr.Bit != 0 && pr.Query == "":
		return "presenter.bit", fmt.Errorf("printer.presenter.bit: of no answer; write query, such as \"1D 65 06\", or leave bit out")
	case pr.Query != "" && p.ASB:
		return "presenter.query", fmt.Errorf("printer.presenter.query: its answer cannot be told from those of asb; write one of the two")
	case pr.Query != "" && told:
		return "presenter.query", fmt.Errorf("printer.presenter.query: bits tell of a ticket that waits already (ticket-not-taken); leave query and bit out")
	case strings.Contains(pr.Present, Steps) != (pr.StepUM > 0):
		return "presenter.step_um", fmt.Errorf("printer.presenter.step_um: it goes with %s in present, such as \"1D 65 03 %s\"; write both or neither", Steps, Steps)
	case strings.Contains(pr.Present, Steps) && pr.Eject == "":
		return "presenter.present", fmt.Errorf("printer.presenter.present: %s is known only where a device sets present_mm; write eject for those that do not", Steps)
	case pr.Present != "" && pr.Eject != "" && !strings.Contains(pr.Present, Steps):
		return "presenter.eject", fmt.Errorf("printer.presenter.eject: never sent beside present without %s; leave one out", Steps)
	case pr.Retract != "" && pr.Query == "" && !told:
		return "presenter.retract", fmt.Errorf("printer.presenter.retract: nobody would know that a ticket waits; write bits with ticket-not-taken, or query and bit")
	}
	return "", nil
}

// At is the model on this port: a printer that answers on a serial line only answers there, and on other cables it may. A raw network port may lead to
// either.
func (p *Profile) At(port string) *Profile {
	if p.Printer == nil || !p.Printer.OnSerial {
		return p
	}
	scheme, _, named := strings.Cut(port, ":")
	if named && scheme != "rfc2217" && !strings.HasPrefix(port, "/") || strings.HasPrefix(port, "/dev/usb/lp") {
		return p
	}
	own, pr := *p, *p.Printer
	pr.OnSerial = false
	own.Printer = &pr
	return &own
}

// checkStatus looks at what it answers.
func (p *Printer) checkStatus() (string, error) {
	switch {
	case p.TCP.PerJob && p.TCP.IdleS > 0:
		return "tcp", fmt.Errorf("printer.tcp: a connection that is let go behind every ticket (per_job) is never silent for long (idle_s); write one of the two")
	case p.ASB && p.Loose:
		return "asb", fmt.Errorf("printer.asb: an answer without fixed bits (loose) cannot be told from it; write one of the two")
	case !p.Status && (p.Confirm == "poll" || p.ASB || p.Full):
		return "status", fmt.Errorf("printer.status: false; confirm = \"poll\", asb and full need a printer that answers: write status = true")
	}
	if key, err := p.checkPresenter(); err != nil {
		return key, err
	}
	for i, f := range p.Strict {
		if f.Query < 1 || f.Query > 20 || f.Mask < 0 || f.Mask > 255 || f.Equals&^f.Mask != 0 {
			return "strict", fmt.Errorf("printer.strict: entry %d: write query 1 to 20, mask and equals as bytes", i+1)
		}
	}
	if p.Bits == nil {
		p.Bits = slices.Clone(EpsonBits)
	}
	for i := range p.Bits {
		b := &p.Bits[i]
		if b.Equals == 0 {
			b.Equals = b.Mask
		}
		most := 1
		if b.Query == 20 && p.Full {
			most = 6
		}
		if b.Query < 1 || b.Query > 20 || b.Mask < 1 || b.Mask > 255 || b.Equals&^b.Mask != 0 || b.Means == "" || b.Byte < 0 || b.Byte > most {
			return "bits", fmt.Errorf("printer.bits: entry %d: write query 1 to 20, mask and equals as bytes, and means as the code of a problem; byte only where full = true", i+1)
		}
	}
	return "", nil
}
