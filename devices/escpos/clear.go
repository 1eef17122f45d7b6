package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"halld/devices"
)

// errGivenUp ends a print whose rest is thrown away.
var errGivenUp = errors.New("the printer is being emptied: the rest of the ticket is given up")

// recoverNow lets a printer that stands in an error it can leave throw away what it holds and go on (DLE ENQ 2). It gives no answer.
var recoverNow = []byte{0x10, 0x05, 0x02}

// clearTime is how long a printer may take to say that it is empty.
const clearTime = 3 * time.Second

// Clear gives up what the printer received and did not print, so that it does not come out when paper is loaded. A print under way ends at once, and is
// unknown: part of it may be on paper. It is for a person to decide; afterwards an unproved ticket can be printed again without coming out twice, and what
// hangs half printed in the printer is cut off before the next ticket. An error means that the printer did not say that it is empty; then switch its power.
func (p *Printer) Clear(ctx context.Context) error {
	if !p.set.Profile.Printer.Status {
		return p.saysNothing()
	}
	p.state.Lock()
	if p.giveUp != nil {
		p.giveUp(errGivenUp)
	}
	p.state.Unlock()
	p.busy.Lock()
	defer p.busy.Unlock()
	defer p.rest()
	if !p.m.status { // as it turned out
		return p.saysNothing()
	}
	if _, err := p.question(ctx, isClear, 0, p.m.clear, clearTime); err != nil {
		if p.Lost() == nil {
			err = errors.Join(err, p.write(recoverNow)) // it may know this one, but does not say so
		}
		return fmt.Errorf("clear the buffer of %s: it does not say that it is empty; switch its power off and on: %w", p.set.ID, err)
	}
	p.log.Info("the printer is emptied", "device", p.set.ID)
	p.state.Lock()
	clear(p.owed) // thrown away: their IDs never come
	p.state.Unlock()
	p.torn, p.begun = p.torn || p.doubt, false // what answers from now on is asked anew
	p.doubt = false
	_, err := p.look(ctx)
	return err
}

func (p *Printer) saysNothing() error {
	return fmt.Errorf("clear the buffer of %s: it answers nothing, so nobody would know; switch its power off and on: %w", p.set.ID, errors.ErrUnsupported)
}

// underWay makes the context of a print that Clear can end.
func (p *Printer) underWay(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	p.state.Lock()
	p.giveUp = cancel
	p.state.Unlock()
	return ctx, func() {
		p.state.Lock()
		p.giveUp = nil
		p.state.Unlock()
		cancel(nil)
	}
}

// feedToTear is how many lines bring what is printed out of a printer without a knife.
const feedToTear = 6

// cutOff lets what hangs in the printer go before a ticket that would else stand on the same paper. Where nobody could ask whether it waits for the rest of
// a picture, as many zeros as a picture can want come first: they print nothing.
func (p *Printer) cutOff() []byte {
	if !p.torn {
		return nil
	}
	var out []byte
	if p.proof != devices.ByProcessID && p.proof != devices.ByStatus {
		out = make([]byte, p.m.dots/8*p.m.bandRows+mostHead)
	}
	feed := p.m.feed
	if len(p.m.cut) == 0 {
		feed = max(feed, feedToTear)
	}
	return append(append(out, 0x1B, 0x40, 0x0A, 0x1B, 0x64, byte(min(feed, 20))), p.m.cut...)
}
