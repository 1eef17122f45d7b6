package floor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"halld/queue"
)

// ticket gives a number for a press of a dispenser's key. Who presses again while the paper is still coming is no second citizen, and a printer that
// is away gives no number: nobody would hold it.
func (p *press) ticket(ctx context.Context) error {
	printer, err := p.printer()
	if err != nil {
		return err
	}
	if _, present := p.f.o.Devices.Get(string(printer)); !present {
		return fmt.Errorf("printer %s is away: no number is given without paper", printer)
	}
	last := p.box.given[p.in.Digits]
	for _, j := range p.view.Jobs {
		if last != "" && j.Ticket == last && (j.State == queue.PrintPending || j.State == queue.PrintPrinting) {
			return errors.New("the ticket of the last press is still being printed")
		}
	}
	a, err := p.f.do(ctx, p.f.key("press/"+p.in.Device+"/"+string(p.in.Key)), p.in.Device, queue.Issue{Queue: queue.QueueID(p.in.Digits), Printer: printer})
	p.seq = max(p.seq, a.Seq)
	if err != nil {
		return err
	}
	if p.box.given == nil {
		p.box.given = map[string]queue.TicketID{}
	}
	p.box.given[p.in.Digits] = a.Ticket.ID
	p.f.log.Info("number given", "device", p.in.Device, "ticket", a.Ticket.ID, "printer", printer)
	return nil
}

// printer is the one that the dispenser's set-up names, or the only one of the hall.
func (p *press) printer() (queue.DeviceID, error) {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if id := p.f.setup[p.in.Device].Set["printer"]; id != "" {
		if !isPrinter(p.f.setup[id]) {
			return "", fmt.Errorf("set.printer of %s is %q, which is no printer of this hall", p.in.Device, id)
		}
		return queue.DeviceID(id), nil
	}
	var found []queue.DeviceID
	for id, d := range p.f.setup {
		if isPrinter(d) {
			found = append(found, queue.DeviceID(id))
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s does not say where its tickets come out, and the hall has %d printers; write set.printer", p.in.Device, len(found))
	}
	return found[0], nil
}

func isPrinter(d queue.Device) bool { return slices.Contains(strings.Split(d.Kind, "+"), "printer") }
