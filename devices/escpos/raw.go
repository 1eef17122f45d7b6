package escpos

import (
	"context"
	"fmt"
)

// SendRaw writes bytes between two dialogues: never into a ticket. What the printer answers is heard like everything else.
func (p *Printer) SendRaw(_ context.Context, b []byte) error {
	p.busy.Lock()
	defer p.busy.Unlock()
	if _, err := p.port.Write(b); err != nil {
		return fmt.Errorf("send %d bytes: %w", len(b), err)
	}
	return nil
}
