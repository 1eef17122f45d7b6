// Package profile reads firmware-configs files: what each model expects on its wire. A described protocol has no loops, conditions or
// expressions; what needs those gets a driver.
package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Profile is one model.
type Profile struct {
	ID      string // how hall files name it
	Maker   string
	Model   string
	Kind    string // board, caller+pad, printer
	Driver  string // one of driverNames
	Proof   string // manual, capture or hardware: how it is known to be right
	Source  []string
	Caveats []string // what is known to go wrong with it, with sources
	Vectors []Vector // frames that it must make and understand
	Line    Line
	// Protocol is set where frames are described, Printer for driver escpos, GPIO for driver gpio, Matrix for driver max7219.
	Protocol *Protocol
	Printer  *Printer
	GPIO     *GPIO
	Matrix   *Matrix
	Looks    Looks
	Roles    Roles

	from string // the file that Put brought it from
}

// Line is how the cable is set.
type Line struct {
	Baud    int    `toml:"baud"`   // bits per second
	Format  string `toml:"format"` // 8N1
	Flow    string `toml:"flow"`   // "", rtscts or xonxoff
	GapMS   int    `toml:"frame_gap_ms"`
	ReplyMS int    `toml:"reply_ms"` // how long to wait for an answer; 0: the device gives none
	Retries int    `toml:"retries"`
	RetryMS int    `toml:"retry_gap_ms"`    // rest before asking again; 0: that between frames
	ByteMS  int    `toml:"byte_gap_ms"`     // rest between two bytes to a device that is too slow for the line; 0: none
	EndMS   int    `toml:"byte_gap_max_ms"` // more silence than this inside a frame ends it for the device; 0: it does not mind
	TurnMS  int    `toml:"turnaround_ms"`   // rest after receiving before sending
	IdleMS  int    `toml:"rx_idle_ms"`      // silence that ends an unfinished frame, and one that has neither length nor end; 0: worked out
	TCP     int    `toml:"tcp"`             // the port that it listens on, for a device at tcp:host; 0: it has no network of its own
	Times   int    `toml:"send_times"`      // every frame is sent so often; 0: once
	TimesMS int    `toml:"send_gap_ms"`
	Echo    bool   `toml:"echo"` // the adapter hears what it sends
}

// Roles maps what a hall wants to the operations of the protocol.
type Roles struct {
	Board  map[string]Show   `toml:"board"`  // by mode: calling, serving, idle, paused, closed
	Caller map[string]string `toml:"caller"` // by key name of the event "key": what it means in a hall
	Pad    Pad               `toml:"pad"`
	Voice  Voice             `toml:"voice"`
	Probe  string            `toml:"probe"` // an operation that a living device answers
	Poll   string            `toml:"poll"`  // an operation that asks a caller or pad for what was pressed: it tells nothing by itself
	PollMS int               `toml:"poll_ms"`
}

// Show is one operation and its text, in which {number}, {window} and {pause} are filled in.
type Show struct {
	Op   string         `toml:"op"`
	Text string         `toml:"text"`
	Args map[string]any `toml:"args"`
}

// Pad is how ratings are asked for and read.
type Pad struct {
	Ask    string         `toml:"ask"`    // operation
	Levels map[string]int `toml:"levels"` // value on the wire → level 1 to 5
}

// Voice is how a speech module is asked to speak.
type Voice struct {
	Say       string   `toml:"say"`       // an operation with the argument text
	Chime     string   `toml:"chime"`     // text before a sentence that makes the module's own chime; empty: it has none
	Max       int      `toml:"max"`       // bytes of text it takes at a time, in GB2312; 0: any. Longer sentences are cut at punctuation
	Languages []string `toml:"languages"` // that it reads: zh, en, yue; none: zh
}

type file struct {
	ID         string            `toml:"id"`
	Maker      string            `toml:"maker"`
	Model      string            `toml:"model"`
	Kind       string            `toml:"kind"`
	Driver     string            `toml:"driver"`
	Proof      string            `toml:"proof"`
	Source     []string          `toml:"source"`
	Line       Line              `toml:"line"`
	Printer    *Printer          `toml:"printer"`
	GPIO       *GPIO             `toml:"gpio"`
	Matrix     *Matrix           `toml:"matrix"`
	Looks      Looks             `toml:"looks"`
	Role       Roles             `toml:"role"`
	Param      map[string]Param  `toml:"param"`
	Frame      map[string]Frame  `toml:"frame"`
	Op         map[string]Op     `toml:"op"`
	Event      map[string]Evt    `toml:"event"`
	EventsIn   []string          `toml:"events"`     // in the order in which they are tried
	Substitute map[string]string `toml:"substitute"` // characters that the device lacks and what is sent instead
	Caveats    []string          `toml:"caveats"`

	Charset map[string]map[string]string `toml:"charset"` // character sets of its own: characters and their bytes in hex
	Variant map[string]Variant           `toml:"variant"`
	Vectors []Vector                     `toml:"vector"`
}

// Variant is the same device behind other frames: it has an ID of its own.
type Variant struct {
	TX  string            `toml:"tx"` // the frame that stands for tx
	RX  string            `toml:"rx"`
	TCP int               `toml:"tcp"` // the port that it listens on
	Op  map[string]string `toml:"op"`  // operation → the frame that it uses here

	Event map[string]string `toml:"event"` // event → the frame that it has here
}

// Set is all profiles by ID. It may be read and changed at the same time.
type Set struct {
	mu   sync.RWMutex
	byID map[string]*Profile
}

// Load reads every .toml file of a tree.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{byID: map[string]*Profile{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".toml" {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		all, err := ReadFile(name, data)
		if err != nil {
			return err
		}
		for _, p := range all {
			if s.byID[p.ID] != nil {
				return fmt.Errorf("%s: id %q is taken by another profile", name, p.ID)
			}
			s.byID[p.ID] = p
		}
		return nil
	})
	return s, err
}

// Get finds a profile.
func (s *Set) Get(id string) (*Profile, error) {
	s.mu.RLock()
	p := s.byID[id]
	s.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no profile %q; known are %s", id, strings.Join(s.IDs(), ", "))
}

// IDs lists the profiles in alphabetical order.
func (s *Set) IDs() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	for id := range s.byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// ReadFile reads a file strictly: the profile, and behind it its variants. An error names file, line, key and what would be right.
func ReadFile(name string, data []byte) ([]*Profile, error) {
	p, err := read(name, data, "", Variant{})
	if err != nil {
		return nil, err
	}
	out := []*Profile{p.profile}
	for _, id := range slices.Sorted(maps.Keys(p.file.Variant)) {
		v, err := read(name, data, id, p.file.Variant[id])
		if err != nil {
			return nil, err
		}
		out = append(out, v.profile)
	}
	return out, nil
}

type readIn struct {
	profile *Profile
	file    *file
}

// read reads the file, as one of its variants if id is not empty.
func read(name string, data []byte, id string, v Variant) (readIn, error) {
	var f file
	lines := readLines(data)
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&f); err != nil {
		return readIn{}, placed(name, err)
	}
	own := f.ID
	if at, err := checkIDs(&f); err != nil {
		return readIn{}, fmt.Errorf("%s:%d: %w", name, lines.of(at), err)
	}
	if id != "" {
		f.ID = id
		for frame, from := range map[string]string{"tx": v.TX, "rx": v.RX} {
			if from == "" {
				continue
			}
			other, ok := f.Frame[from]
			if !ok {
				return readIn{}, fmt.Errorf("%s:%d: variant.%s.%s: there is no [frame.%s]", name, lines.of("variant."+id+"."+frame), id, frame, from)
			}
			f.Frame[frame] = other
		}
		for op, from := range v.Op {
			o, ok := f.Op[op]
			if _, is := f.Frame[from]; !ok || !is {
				return readIn{}, fmt.Errorf("%s:%d: variant.%s.op.%s: there is no [op.%s], or no [frame.%s]", name, lines.of("variant."+id+".op."+op), id, op, op, from)
			}
			o.Frame = from
			f.Op[op] = o
		}
		for event, from := range v.Event {
			e, ok := f.Event[event]
			if _, is := f.Frame[from]; !ok || !is {
				return readIn{}, fmt.Errorf("%s:%d: variant.%s.event.%s: there is no [event.%s], or no [frame.%s]", name, lines.of("variant."+id+".event."+event), id, event, event, from)
			}
			e.Frame = from
			f.Event[event] = e
		}
		if v.TCP < 0 || v.TCP > 65535 {
			return readIn{}, fmt.Errorf("%s:%d: variant.%s.tcp: %d; write 1 to 65535", name, lines.of("variant."+id+".tcp"), id, v.TCP)
		}
		if v.TCP != 0 {
			f.Line.TCP = v.TCP
		}
	}
	p := &Profile{ID: f.ID, Maker: f.Maker, Model: f.Model, Kind: f.Kind, Driver: f.Driver, Proof: f.Proof, Source: f.Source, Caveats: f.Caveats, Printer: f.Printer,
		GPIO: f.GPIO, Matrix: f.Matrix, Looks: f.Looks, Roles: f.Role}
	at, err := checkFile(&f)
	p.Line, p.Looks = f.Line, f.Looks // with what was left out
	if err == nil && (f.Driver == "described" || f.Frame != nil) {
		p.Protocol, at, err = compile(&f)
	}
	if err != nil {
		return readIn{}, fmt.Errorf("%s:%d: %w", name, lines.of(placeOf(at, err)), err)
	}
	for i, vec := range f.Vectors {
		vec.file, vec.line = name, lines.of(fmt.Sprintf("vector[%d]", i))
		if vec.Protocol == f.ID || vec.Protocol == "" && f.ID == own {
			p.Vectors = append(p.Vectors, vec)
		}
	}
	return readIn{p, &f}, nil
}

func placed(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		row, col := strict.Errors[0].Position()
		return fmt.Errorf("%s:%d:%d: unknown key %q; firmware-configs/README.md lists the keys", name, row, col, strings.Join(strict.Errors[0].Key(), "."))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, col := bad.Position()
		key := strings.Join(bad.Key(), ".")
		if key != "" {
			key += ": "
		}
		return fmt.Errorf("%s:%d:%d: %s%s", name, row, col, key, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", name, err)
}

// kinds lists what a device can be.
var kinds = []string{"board", "caller", "pad", "caller+pad", "printer", "voice", "reader", "button", "lamp"}

// driverNames lists what can drive a device.
var driverNames = []string{
	"described",
	"escpos",
	"gpio",
	"idcard",
	"max7219",
	"wav",
}

// lineFormat is what [line] format may say.
var lineFormat = regexp.MustCompile(`^[5-8][NEOMS][12]$`)

// checkFile returns the key at fault with the error.
func checkFile(f *file) (string, error) {
	one := func(key, v string, of ...string) (string, error) {
		if !slices.Contains(of, v) {
			return key, fmt.Errorf("%s: %q; write one of %s", key, v, strings.Join(of, ", "))
		}
		return "", nil
	}
	if at, err := f.Line.stray(f.Driver); err != nil {
		return at, err
	}
	switch f.Driver {
	case "gpio":
		f.Line = Line{Baud: 115200, Format: "8N1"} // lines have no speed; a simulator behind a tty has
	case "max7219", "wav":
		f.Line.Format = "8N1" // SPI and sound cards have none
	}
	for _, c := range []struct {
		key, v string
		of     []string
	}{
		{"kind", f.Kind, kinds}, {"driver", f.Driver, driverNames},
		{"proof", f.Proof, []string{"manual", "capture", "hardware"}},
		{"line.flow", f.Line.Flow, []string{"", "rtscts", "xonxoff"}},
	} {
		if at, err := one(c.key, c.v, c.of...); err != nil {
			return at, err
		}
	}
	if !lineFormat.MatchString(f.Line.Format) {
		return "line.format", fmt.Errorf("line.format: %q; write data bits, parity (N, E, O, M or S) and stop bits, such as 8N1, 7E1 or 8N2", f.Line.Format)
	}
	for _, check := range []func(*file) (string, error){checkKind, strayTables} {
		if at, err := check(f); err != nil {
			return at, err
		}
	}
	if f.Driver == "max7219" {
		if f.Line.Baud < 9600 || f.Line.Baud > 10_000_000 {
			return "line.baud", fmt.Errorf("line.baud: %d; write the clock in Hz, 9600 to 10000000", f.Line.Baud)
		}
		return checkMatrix(f)
	}
	if at, err := f.Line.check(); err != nil {
		return at, err
	}
	if at, err := f.Looks.check(); err != nil {
		return "looks." + at, err
	}
	if f.Line.Baud < 300 || f.Line.Baud > 921600 {
		return "line.baud", fmt.Errorf("line.baud: %d; write 300 to 921600", f.Line.Baud)
	}
	if f.Driver == "escpos" {
		if f.Printer == nil {
			return "driver", errors.New("printer: the table is missing; a printer needs [printer]")
		}
		if at, err := f.Printer.check(); err != nil {
			return "printer." + at, err
		}
	}
	if f.Driver == "gpio" {
		if f.GPIO == nil {
			return "driver", errors.New("gpio: the table is missing; driver gpio needs [gpio] with its lines")
		}
		if at, err := f.GPIO.check(); err != nil {
			return "gpio." + at, err
		}
	}
	return "", nil
}
