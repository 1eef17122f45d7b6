package port

// Telnet as RFC 2217 uses it (RFC 854, 855, 856, 858): everything of ours is binary, and an FF of the data goes twice.
const (
	tnIAC  = 0xFF
	tnDONT = 0xFE
	tnDO   = 0xFD
	tnWONT = 0xFC
	tnWILL = 0xFB
	tnSB   = 0xFA
	tnSE   = 0xF0

	optBinary = 0
	optGA     = 3  // suppress go-ahead
	optCom    = 44 // the serial line behind the server
)

// telnet takes a stream apart. The zero value is ready. It is fed from one goroutine.
type telnet struct {
	state byte // what the next byte is: 0 data, IAC a command, WILL … DONT an option, SB inside a subnegotiation, SE an FF inside one
	sub   []byte

	us, him [256]bool // options that are on at our end and at the other
	refused [256]bool // that the other end will not have from us
	offered bool      // the server spoke telnet at all
}

// longestSub is how much of a subnegotiation is kept: the answers to ours have at most 12 bytes, the server's name some more.
const longestSub = 128

// feed returns the data in b, what is to be answered at once, and the subnegotiations of the serial line that are complete, command first.
func (t *telnet) feed(b []byte) (data, reply []byte, subs [][]byte) {
	for _, c := range b {
		switch t.state {
		case 0:
			if c == tnIAC {
				t.state = tnIAC
			} else {
				data = append(data, c)
			}
		case tnIAC:
			switch c {
			case tnIAC:
				data = append(data, c)
				t.state = 0
			case tnWILL, tnWONT, tnDO, tnDONT:
				t.state = c
			case tnSB:
				t.state, t.sub = tnSB, t.sub[:0]
			default:
				t.state = 0 // no-operation, go-ahead and others without meaning here
			}
		case tnSB:
			if c == tnIAC {
				t.state = tnSE
			} else {
				t.keep(c)
			}
		case tnSE:
			switch c {
			case tnIAC:
				t.keep(c)
				t.state = tnSB
			case tnSE:
				if len(t.sub) > 1 && t.sub[0] == optCom {
					subs = append(subs, append([]byte(nil), t.sub[1:]...))
				}
				t.state = 0
			default: // a server that does not double FF, or lost bytes: it goes on as data
				t.state = 0
			}
		default:
			reply = t.option(reply, t.state, c)
			t.state = 0
		}
	}
	return data, reply, subs
}

func (t *telnet) keep(c byte) {
	if len(t.sub) < longestSub {
		t.sub = append(t.sub, c)
	}
}

// option answers an offer or a wish. What is so already is not answered, or two ends would answer each other for ever.
func (t *telnet) option(reply []byte, what, opt byte) []byte {
	t.offered = true
	wanted := opt == optBinary || opt == optGA
	switch what {
	case tnWILL:
		if t.him[opt] {
			return reply
		}
		if !wanted && opt != optCom {
			return append(reply, tnIAC, tnDONT, opt)
		}
		t.him[opt] = true
		return append(reply, tnIAC, tnDO, opt)
	case tnDO:
		if t.us[opt] {
			return reply
		}
		if !wanted && opt != optCom {
			return append(reply, tnIAC, tnWONT, opt)
		}
		t.us[opt] = true
		return append(reply, tnIAC, tnWILL, opt)
	case tnWONT:
		if t.him[opt] {
			t.him[opt] = false
			return append(reply, tnIAC, tnDONT, opt)
		}
	case tnDONT:
		t.refused[opt] = true
		if t.us[opt] {
			t.us[opt] = false
			return append(reply, tnIAC, tnWONT, opt)
		}
	}
	return reply
}

// doubled is data as it goes over telnet.
func doubled(b []byte) []byte {
	out := make([]byte, 0, len(b)+4)
	for _, c := range b {
		out = append(out, c)
		if c == tnIAC {
			out = append(out, c)
		}
	}
	return out
}

// subnegotiation is a command for the serial line.
func subnegotiation(cmd byte, value ...byte) []byte {
	out := append([]byte{tnIAC, tnSB, optCom}, doubled(append([]byte{cmd}, value...))...)
	return append(out, tnIAC, tnSE)
}
