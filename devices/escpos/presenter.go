package escpos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"halld/devices/profile"
)

// handOut is what a presenter is told behind the cut, in hex: to hold the ticket out so many millimetres where the device sets present_mm, else to hand it
// out as the model does.
func handOut(pr profile.Presenter, mm string) (string, error) {
	stepped := strings.Contains(pr.Present, profile.Steps)
	switch {
	case mm != "" && !stepped:
		return "", errors.New("setting present_mm: the profile of this model has no steps in printer.presenter.present: leave it out")
	case mm != "":
		n, err := strconv.Atoi(mm)
		steps := 0
		if err == nil && pr.StepUM > 0 {
			steps = (n*1000 + pr.StepUM/2) / pr.StepUM
		}
		if steps < 1 || steps > 255 {
			return "", fmt.Errorf("setting present_mm = %q: write %d to %d", mm, (pr.StepUM+999)/1000, 255*pr.StepUM/1000)
		}
		return strings.ReplaceAll(pr.Present, profile.Steps, fmt.Sprintf("%02X", steps)), nil
	case stepped || pr.Present == "":
		return pr.Eject, nil
	}
	return pr.Present, nil
}

// mouth is what is known of the ticket in the printer's mouth.
type mouth struct {
	since time.Time // it hangs there; zero: none does
	told  bool      // to take it back
}

// waits notes whether a ticket hangs in the mouth. That is as it should be for a while: only one that stays is a problem.
func (p *Printer) waits(is bool) {
	if !is {
		p.mouth = mouth{}
		p.mark("ticket-not-taken", false)
		return
	}
	if p.mouth.since.IsZero() {
		p.mouth.since = time.Now()
	}
	if time.Since(p.mouth.since) >= p.m.takeIn {
		p.mark("ticket-not-taken", true)
	}
}

// atRest asks a presenter of which the status bits tell nothing, and takes back a ticket that nobody wants, if the device is set so. The paper is gone then,
// not the number: the citizen is in line and can have it printed again.
func (p *Printer) atRest(ctx context.Context) error {
	if len(p.m.query) > 0 {
		r, err := p.question(ctx, isPresenter, 0, p.m.query, p.m.replyIn)
		if err != nil {
			return nil // an older one that does not know the question; whether the printer lives is asked otherwise
		}
		p.waits(r.data[0]&p.m.bit != 0)
	}
	if p.m.retractIn == 0 || p.mouth.told || p.mouth.since.IsZero() || time.Since(p.mouth.since) < p.m.retractIn {
		return nil
	}
	p.mouth.told = true
	p.log.Info("a ticket that nobody took is taken back", "device", p.set.ID, "after", time.Since(p.mouth.since).Round(time.Second))
	return p.write(p.m.retract)
}
