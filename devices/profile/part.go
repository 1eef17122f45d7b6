package profile

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"halld/devices/frame"
)

// Part is one piece of a frame: exactly one of its first group of keys is set, the others refine it.
type Part struct {
	Hex    string `toml:"hex"` // these bytes
	Str    string `toml:"str"` // these characters; with map: one of several words, and the name of the field
	U8     any    `toml:"u8"`  // integers: an argument's name, or a fixed value
	U16LE  any    `toml:"u16le"`
	U16BE  any    `toml:"u16be"`
	U32LE  any    `toml:"u32le"`
	U32BE  any    `toml:"u32be"`
	U24LE  any    `toml:"u24le"`
	U24BE  any    `toml:"u24be"`
	U64LE  any    `toml:"u64le"` // up to 2^63-1
	U64BE  any    `toml:"u64be"`
	I8     any    `toml:"i8"`
	I16LE  any    `toml:"i16le"`
	I16BE  any    `toml:"i16be"`
	I24LE  any    `toml:"i24le"`
	I24BE  any    `toml:"i24be"`
	I32LE  any    `toml:"i32le"`
	I32BE  any    `toml:"i32be"`
	Dec    string `toml:"dec"`    // a number as decimal characters, width of them
	HexNum string `toml:"hexnum"` // a number as hexadecimal characters, width of them
	BCD    string `toml:"bcd"`    // a number, two decimal digits in a byte, width bytes of them
	Pack   string `toml:"pack"`   // several small numbers in one integer: how that is written
	Digits string `toml:"digits"` // a number, one byte per place
	Text   string `toml:"text"`
	Bytes  string `toml:"bytes"`
	Len    string `toml:"len"` // how a length is written
	Sum    string `toml:"sum"` // a checksum of package frame
	Mark   string `toml:"mark"`
	Seq    string `toml:"seq"`   // a number that counts frames: how it is written
	Pause  int    `toml:"pause"` // milliseconds of silence inside a frame
	Fill   string `toml:"fill"`  // a hex byte, as often as the frame needs to have to bytes up to here
	Body   bool   `toml:"body"`
	Inner  string `toml:"inner"` // a whole other frame stands here, with the body in it

	Of        string         `toml:"of"`        // the span a length or checksum covers: "a..z"; "^" is the frame's start, "here" this place
	Put       string         `toml:"put"`       // how a checksum is written, default u8
	Mod       uint32         `toml:"mod"`       // checksum modulo this
	Init      *uint32        `toml:"init"`      // what a checksum begins with, otherwise than its name says
	Bits      int            `toml:"bits"`      // of sum = "crc", a check of one's own: 8, 16 or 32
	Poly      uint32         `toml:"poly"`      // its polynomial without the highest bit, such as 0x1021
	Reflect   bool           `toml:"reflect"`   // it takes the bits lowest first
	Add       int64          `toml:"add"`       // written is value × mul + add
	Mul       int64          `toml:"mul"`       //
	Shift     int            `toml:"shift"`     // then shifted right by so many bits
	Mask      uint64         `toml:"mask"`      // then these bits are kept
	Xor       uint64         `toml:"xor"`       // then these bits are turned round; of a checksum, too
	Or        uint64         `toml:"or"`        // then these bits are set
	Per       int64          `toml:"per"`       // of a length: it counts items of so many bytes
	Lower     bool           `toml:"lower"`     // hexadecimal characters a to f instead of A to F
	Unit      string         `toml:"unit"`      // of a length: bytes or chars
	Chars     string         `toml:"chars"`     // the text whose characters a length counts
	Enc       string         `toml:"enc"`       // of a text; with len: of the text chars, which stands in another frame
	Width     int            `toml:"width"`     // bytes, or places of a number
	Pad       string         `toml:"pad"`       // hex byte that fills a text up to width
	Align     string         `toml:"align"`     // of a padded text: left, center or right
	Term      string         `toml:"term"`      // hex bytes behind a text
	Pre       []Part         `toml:"pre"`       // before every character
	Post      []Part         `toml:"post"`      // behind every character
	Nibbles   bool           `toml:"nibbles"`   // a byte above 7F goes as two: high half, low half
	Printable bool           `toml:"printable"` // a text without control characters
	Radix     int            `toml:"radix"`     // of digits: 10 (default), or 100 for two in a byte
	Base      int64          `toml:"base"`      // what stands for the digit 0
	Blank     *int           `toml:"blank"`     // what stands for leading zeros of digits
	Keep      string         `toml:"keep"`      // "last": only the last digits
	Min       int            `toml:"min"`
	Max       int            `toml:"max"`
	Map       map[string]any `toml:"map"`
	Fields    []string       `toml:"fields"` // of pack, the highest bits first: "name:bits", or "number:bits" for a fixed one
	To        int            `toml:"to"`     // of fill
	Not       *int           `toml:"not"`
	Drop      bool           `toml:"drop"` // received, not reported

	raw   []byte
	small []smallNumber // of pack
	inner []Part        // the parts of the inner frame, with its body
	esc   *Escape       // of the inner frame
	sum   frame.Sum
	own   *charset // of enc, where the file has it
	term  []byte
	pad   []byte
	words []wordBytes       // of str with map, the longest first
	back  map[string]string // what stands on the wire → the word of map
}

// wordBytes is one of several words and what is sent for it.
type wordBytes struct{ word, bytes string }

// number says whether the part is an integer, which name or value it has, and how it is written.
func (p *Part) number() (v any, f form, is bool) {
	for _, k := range []struct {
		v    any
		form string
	}{{p.U8, "u8"}, {p.U16LE, "u16le"}, {p.U16BE, "u16be"}, {p.U24LE, "u24le"}, {p.U24BE, "u24be"}, {p.U32LE, "u32le"}, {p.U32BE, "u32be"}, {p.U64LE, "u64le"}, {p.U64BE, "u64be"},
		{p.I8, "i8"}, {p.I16LE, "i16le"}, {p.I16BE, "i16be"}, {p.I24LE, "i24le"}, {p.I24BE, "i24be"}, {p.I32LE, "i32le"}, {p.I32BE, "i32be"}} {
		if k.v != nil {
			return k.v, forms[k.form], true
		}
	}
	switch {
	case p.Dec != "":
		return p.Dec, p.formOf("dec"), true
	case p.HexNum != "":
		return p.HexNum, form{size: p.Width, hex: true, lower: p.Lower}, true
	case p.BCD != "":
		return p.BCD, p.formOf("bcd"), true
	case p.Seq != "":
		return "seq", p.formOf(p.Seq), true
	}
	return nil, form{}, false
}

// name is the argument or field of a part; empty if it has none.
func (p *Part) name() string {
	if v, _, is := p.number(); is {
		s, _ := v.(string)
		return s
	}
	if p.Str != "" && p.Map != nil {
		return p.Str
	}
	return p.Text + p.Digits + p.Bytes
}

// counts says that the part is the length of a text that stands in another frame of a dialogue.
func (p *Part) counts() bool { return p.Len != "" && p.Enc != "" }

// fixedSize is how many bytes the part always takes.
func (p *Part) fixedSize() (n int, fixed bool) {
	if _, f, is := p.number(); is {
		return f.size, true
	}
	switch {
	case p.raw != nil:
		return len(p.raw), true
	case p.Mark != "" || p.Pause > 0:
		return 0, true
	case p.Len != "":
		return p.lenForm().size, true
	case p.Pack != "":
		return forms[p.Pack].size, true
	case p.Sum != "":
		return p.sumForm().size, true
	case (p.Text != "" || p.Bytes != "" || p.Digits != "") && p.Width > 0:
		return p.Width + len(p.term), true
	case p.Text != "" && p.Min > 0 && p.Min == p.Max && !p.Nibbles && p.Pre == nil && p.Post == nil:
		return p.Min + len(p.term), true
	}
	return 0, false
}

var partKinds = "hex, str, u8, u16le, u16be, u24le, u24be, u32le, u32be, u64le, u64be, i8, i16le, i16be, i24le, i24be, i32le, i32be, dec, hexnum, bcd, pack, digits, text, bytes, len, sum, mark, seq, pause, fill, body, inner"

// prepare checks parts and works out what need not be worked out for every frame.
func prepare(parts []Part, own map[string]*charset) error {
	for i := range parts {
		if err := parts[i].prepare(own); err != nil {
			return &fault{fmt.Sprintf("[%d]", i), fmt.Errorf("part %d: %w", i+1, err)}
		}
	}
	return nil
}

func (p *Part) prepare(own map[string]*charset) error {
	p.own = own[p.Enc]
	kinds := 0
	for _, set := range []bool{p.Hex != "", p.Str != "", p.U8 != nil, p.U16LE != nil, p.U16BE != nil, p.U24LE != nil, p.U24BE != nil, p.U32LE != nil, p.U32BE != nil,
		p.U64LE != nil, p.U64BE != nil, p.I8 != nil, p.I16LE != nil, p.I16BE != nil, p.I24LE != nil, p.I24BE != nil, p.I32LE != nil, p.I32BE != nil, p.Dec != "", p.HexNum != "", p.BCD != "", p.Pack != "", p.Digits != "", p.Text != "", p.Bytes != "", p.Len != "", p.Sum != "", p.Mark != "", p.Seq != "", p.Pause > 0, p.Fill != "", p.Body, p.Inner != ""} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return fmt.Errorf("write exactly one of %s", partKinds)
	}
	if err := p.stray(); err != nil {
		return err
	}
	var err error
	switch {
	case p.Hex != "":
		p.raw, err = readHex("hex", p.Hex)
	case p.Str != "" && p.Map == nil:
		p.raw = []byte(p.Str)
	case p.Len != "" && !isForm(p.Len):
		err = fmt.Errorf("len %q: write u8 to u32be, hex2, hex4, nib2, nib4, raw2, raw4, bcd or dec", p.Len)
	case p.Seq != "" && !isForm(p.Seq):
		err = fmt.Errorf("seq %q: write u8 to u32be, hex2, hex4, nib2, nib4, raw2, raw4, bcd or dec", p.Seq)
	case p.Sum != "" && p.Sum != "crc" && frame.Sums[p.Sum] == nil:
		err = fmt.Errorf("sum %q: write one of %s, or crc with bits and poly", p.Sum, strings.Join(frame.Names, ", "))
	case p.Put != "" && !isForm(p.Put):
		err = fmt.Errorf("put %q: write u8 to u32be, hex2 to hex8, nib2 to nib8, raw2 to raw8, bcd or dec", p.Put)
	case p.counts() && (p.Unit == "chars" || p.Of != "" || p.Chars == ""):
		err = errors.New("len: with enc it is the length of an argument that stands in another frame; write chars = the name of the text, and neither of nor unit")
	case (p.Len != "" && p.Unit != "chars" && !p.counts() || p.Sum != "") && !strings.Contains(p.Of, ".."):
		err = fmt.Errorf("of %q: write the span as two marks, such as \"a..z\"", p.Of)
	case p.Unit != "" && p.Unit != "bytes" && (p.Unit != "chars" || p.Chars == ""):
		err = errors.New("unit: write bytes, or chars with chars = the name of the text")
	case (p.Dec != "" || p.HexNum != "" || p.Len == "dec" || p.Put == "dec" || p.Seq == "dec") && (p.Width < 1 || p.Width > 15):
		err = errors.New("width: write how many characters the number takes, 1 to 15")
	case (p.BCD != "" || p.Len == "bcd" || p.Put == "bcd" || p.Seq == "bcd") && (p.Width < 1 || p.Width > 8):
		err = errors.New("width: write how many bytes the number takes, 1 to 8")
	case p.Enc != "" && p.own == nil && !slices.Contains(frame.Encodings, p.Enc):
		err = fmt.Errorf("enc %q: write one of %s, or describe it in [charset.%s]", p.Enc, strings.Join(frame.Encodings, ", "), p.Enc)
	case p.Align != "" && !slices.Contains([]string{"left", "center", "right"}, p.Align):
		err = fmt.Errorf("align %q: write left, center or right", p.Align)
	case p.Keep != "" && p.Keep != "last":
		err = fmt.Errorf("keep %q: write last", p.Keep)
	case p.Width < 0 || p.Min < 0 || p.Max < 0 || p.Max > 0 && p.Min > p.Max || p.Width > 4096 || p.Max > 65536 || p.Min > 65536:
		err = errors.New("width, min and max: write numbers from 0, min not above max")
	case p.Fill != "" && (p.To < 1 || p.To > 4096):
		err = errors.New("to: write how many bytes the frame has when it is filled up, 1 to 4096")
	case p.Pause > 60_000:
		err = fmt.Errorf("pause %d: write milliseconds, up to 60000", p.Pause)
	case p.Shift < 0 || p.Shift > 31 || p.Mul < 0 || p.Per < 0:
		err = errors.New("shift: write 0 to 31; mul and per: write 1 or more")
	}
	switch {
	case err != nil:
	case p.Sum != "":
		err = p.prepareSum()
	case p.Pack != "":
		err = p.preparePack()
	}
	if err != nil {
		return err
	}
	if p.Fill != "" {
		if p.pad, err = readHex("fill", p.Fill); err != nil || len(p.pad) != 1 {
			return fmt.Errorf("fill %q: write one byte such as 00", p.Fill)
		}
	}
	if p.Term != "" {
		if p.term, err = readHex("term", p.Term); err != nil {
			return err
		}
	}
	if p.Pad != "" {
		b, err := readHex("pad", p.Pad)
		if err != nil || len(b) != 1 && p.unit() == 1 || p.unit() == 2 && len(b) != 2 {
			return fmt.Errorf("pad %q: write one byte such as 20, in UTF-16 two", p.Pad)
		}
		p.pad = b
	}
	if v, _, is := p.number(); is {
		_, word := v.(string)
		if _, whole := v.(int64); !word && !whole {
			return fmt.Errorf("%v: write the name of an argument or a whole number", v)
		}
	}
	if err := p.prepareWords(); err != nil {
		return err
	}
	if err := prepare(p.Pre, own); err != nil {
		return &fault{"pre", err}
	}
	if err := prepare(p.Post, own); err != nil {
		return &fault{"post", err}
	}
	return nil
}

// prepareWords turns a list round, for reading.
func (p *Part) prepareWords() error {
	if p.Map == nil {
		return nil
	}
	var err error
	if p.back, err = turned(p.Map, p.Bytes != ""); err != nil {
		return err
	}
	if p.Str != "" {
		for word, v := range p.Map {
			if plain(v) == "" {
				return fmt.Errorf("map: nothing stands for %q; write at least one character", word)
			}
			p.words = append(p.words, wordBytes{word, plain(v)})
		}
		slices.SortFunc(p.words, func(a, b wordBytes) int {
			return cmp.Or(len(b.bytes)-len(a.bytes), strings.Compare(a.word, b.word))
		})
	}
	return nil
}

// turned is a list by what stands for its words. Two words for one code cannot be told apart.
func turned(words map[string]any, bytes bool) (map[string]string, error) {
	back := map[string]string{}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		code := plain(words[word])
		if bytes {
			b, err := readHex("map", code)
			if err != nil {
				return nil, err
			}
			code = fmt.Sprintf("% X", b)
		}
		if other, twice := back[code]; twice {
			return nil, fmt.Errorf("map: %q and %q both stand for %s; write one word for each code", other, word, code)
		}
		back[code] = word
	}
	return back, nil
}

func readHex(key, s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%s %q: write pairs of hex digits such as A5 5A", key, s)
	}
	return b, nil
}
