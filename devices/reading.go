package devices

import "time"

// Reading is what a reader at a kiosk learnt: of an identity card never more than stands here, or the text of a code. The number of a card does not leave
// the driver.
type Reading struct {
	Device string
	At     time.Time

	Code string // contents of a QR or bar code; empty for a card

	Class  string // "priority" for who is old enough, else "ordinary"; empty for a code
	Person string // keyed pseudonym: the same card gives the same word until the key changes; empty for children under 14, of whom nothing is kept
	Name   string // masked: 张*
	Failed bool   // a card was there and could not be read
}
