package escpos

import (
	"bytes"
	"slices"
)

// kind is what a printer's reply is.
type kind int

// The replies, and the bytes by which they are known (Epson TM-T88III appendix G, Citizen line-mode manual 5.3).
const (
	isStatus kind = iota + 1 // one byte 0xx1xx10: answer to DLE EOT
	isFull                   // 10 0F and four more: answer to DLE EOT 20 of Custom and its relatives
	isASB                    // four bytes, the first 0xx1xx00: how it is, unasked
	isPaper                  // one byte 0xx0xxxx: answer to GS r
	isID                     // 37 22 … 00: all up to this process ID is printed
	isReason                 // 37 23 … 00: why it went off line
	isClear                  // 37 25 00: its buffer is cleared
	isBlock                  // any other block that ends with 00: names, sizes, ink
	isXON
	isXOFF
	isStray     // answers nothing that was asked
	isPresenter // one byte of any form: answer to GS e 6
)

// reply is one answer, whole.
type reply struct {
	kind  kind
	query byte // of isStatus and isFull: the n of DLE EOT n
	data  []byte
}

// question is a query whose answer is outstanding.
type question struct {
	kind   kind
	query  byte
	answer chan reply // holds one
}

// fixedBits says which bits of a status answer never change.
type fixedBits struct{ mask, equals byte }

// standard are the fixed bits of DLE EOT in Epson's printers.
var standard = fixedBits{0x93, 0x12}

const (
	mostBlock = 80 // bytes of the longest block, GS I's names; a longer one has lost its end
	mostAsked = 16
)

// demux tells a printer's replies apart. It knows bytes only, never a port; one goroutine at a time may use it.
//
// A byte belongs to the reply that is being received, else to the oldest question that it can answer: printers without fixed bits answer a
// status request with bytes that another would send for GS r, and only what was asked tells them apart.
type demux struct {
	emit  func(reply) // every reply, whether asked for or not, after its question had it
	loose bool        // status answers have no fixed bits
	full  bool        // 10 0F begins a full status of six bytes
	flow  bool        // 11 and 13 are flow control even inside a full status
	fixed map[byte]fixedBits

	asked []*question
	held  []byte // the reply that is being received
	want  int    // its length; 0: up to a 00
}

// ask notes a question before it is sent. The answer arrives in its channel; give up with drop.
func (d *demux) ask(k kind, query byte) *question {
	q := &question{kind: k, query: query, answer: make(chan reply, 1)}
	if len(d.asked) == mostAsked {
		d.asked = slices.Delete(d.asked, 0, 1)
	}
	d.asked = append(d.asked, q)
	return q
}

func (d *demux) drop(q *question) {
	if i := slices.Index(d.asked, q); i >= 0 {
		d.asked = slices.Delete(d.asked, i, i+1)
	}
}

// feed takes what arrived, in pieces of any size.
func (d *demux) feed(b []byte) {
	for _, c := range b {
		d.take(c)
	}
}

func (d *demux) take(c byte) {
	if len(d.held) == 0 && len(d.asked) > 0 && d.asked[0].kind == isPresenter { // asked at rest: nothing else is awaited
		d.answer(reply{kind: isPresenter, data: []byte{c}}, d.asked[0])
		return
	}
	inFull := len(d.held) > 1 && d.want == 6
	if (c == 0x11 || c == 0x13) && (d.flow || !inFull) {
		d.emit(reply{kind: map[byte]kind{0x11: isXON, 0x13: isXOFF}[c], data: []byte{c}})
		return
	}
	if len(d.held) > 0 {
		d.goOn(c)
		return
	}
	switch {
	case c == 0x37 || c == 0x35 || c == 0x3B || c == 0x3D || c == 0x5F: // before all else: under other masks they pass for flow control
		d.held, d.want = []byte{c}, 0
	case c == 0x10 && d.full:
		d.held, d.want = []byte{c}, 6
	case d.answers(c, isStatus):
	case c&0x93 == 0x10 && !d.loose:
		d.held, d.want = []byte{c}, 4
	case c&0x90 == 0 && d.answers(c, isPaper):
	default:
		d.emit(reply{kind: isStray, data: []byte{c}})
	}
}

// answers gives a byte to the oldest question of this kind that it can answer.
func (d *demux) answers(c byte, k kind) bool {
	for _, q := range d.asked {
		if q.kind != k {
			if d.loose && k == isStatus && q.kind == isPaper {
				return false // it came first, and is answered in order
			}
			continue
		}
		if f, known := d.fixed[q.query]; k == isStatus && !d.loose {
			if !known {
				f = standard
			}
			if c&f.mask != f.equals {
				return false
			}
		}
		d.answer(reply{kind: k, query: q.query, data: []byte{c}}, q)
		return true
	}
	return false
}

func (d *demux) answer(r reply, q *question) {
	if q != nil {
		d.drop(q)
		q.answer <- r
	}
	d.emit(r)
}

// goOn adds a byte to the reply that is being received.
func (d *demux) goOn(c byte) {
	switch {
	case d.want == 6 && len(d.held) == 1 && c != 0x0F: // no full status after all
		first := d.held[0]
		d.held = nil
		if !d.answers(first, isStatus) && !d.loose {
			d.held, d.want = []byte{first}, 4
		} else if d.loose {
			d.emit(reply{kind: isStray, data: []byte{first}})
		}
		d.take(c)
		return
	case d.want == 4 && c&0x90 != 0:
		if d.answers(c, isStatus) {
			return // a status answer that overtook the rest
		}
		d.abandon()
		d.take(c)
		return
	}
	d.held = append(d.held, c)
	switch {
	case d.want == 0 && c == 0:
		d.block()
	case d.want == 0 && len(d.held) >= mostBlock:
		d.abandon()
	case d.want == 4 && len(d.held) == 4:
		data := d.held
		d.held = nil
		d.emit(reply{kind: isASB, data: data})
	case d.want == 6 && len(d.held) == 6:
		data := d.held
		d.held = nil
		r := reply{kind: isFull, query: 20, data: data}
		i := slices.IndexFunc(d.asked, func(q *question) bool { return q.kind == isFull })
		if i < 0 {
			d.emit(r)
		} else {
			d.answer(r, d.asked[i])
		}
	}
}

func (d *demux) block() {
	r := reply{kind: isBlock, data: d.held}
	d.held = nil
	switch {
	case bytes.HasPrefix(r.data, []byte{0x37, 0x22}):
		r.kind = isID
	case bytes.HasPrefix(r.data, []byte{0x37, 0x23}):
		r.kind = isReason
	case bytes.HasPrefix(r.data, []byte{0x37, 0x25}):
		r.kind = isClear
	}
	for _, q := range d.asked {
		if q.kind == r.kind {
			d.answer(r, q)
			return
		}
	}
	d.emit(r)
}

// abandon gives up a reply whose rest did not come. What came of it answers nothing.
func (d *demux) abandon() {
	data := d.held
	d.held = nil
	if len(data) > 0 {
		d.emit(reply{kind: isStray, data: data})
	}
}
