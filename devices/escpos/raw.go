package escpos

import (
	"context"
	"fmt"

	"halld/devices"
)

// SendRaw writes bytes between two dialogues: never into a ticket. What the printer answers is heard like everything else.
func (p *Printer) SendRaw(_ context.Context, b []byte) error {
	p.busy.Lock()
	defer p.busy.Unlock()
	_, err := p.port.Write(b)
	if code := devices.ProblemOf(err); code != "" {
		p.portMarks(code)
	}
	if err != nil {
		return fmt.Errorf("send %d bytes: %w", len(b), err)
	}
	return nil
}
