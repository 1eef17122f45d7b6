package escpos

import "halld/devices"

// trouble is the problem that the port itself knows of; empty: it knows of none.
func (p *Printer) trouble() string {
	if t, ok := p.port.(devices.Teller); ok {
		return devices.ProblemOf(t.Trouble())
	}
	return ""
}

// portTells reports what the port knows now: of a printer that answers nothing it is all that anybody knows.
func (p *Printer) portTells() string {
	code := p.trouble()
	p.portMarks(code)
	return code
}

// portMarks reports the problem that the port told, and that the one it told before is over. Empty: none.
func (p *Printer) portMarks(code string) {
	p.state.Lock()
	was := p.portSaid
	p.portSaid = code
	p.state.Unlock()
	if was != "" && was != code {
		p.mark(was, false)
	}
	if code != "" {
		p.mark(code, true)
	}
}
