package devices

import "errors"

// Teller is a port that knows how the device at its end is without sending it anything, such as a USB printer's. Its error says which problem it is
// (see ProblemOf); nil: nothing is wrong, or nothing is told.
type Teller interface {
	Trouble() error
}

// Rester is a port whose connection can be let go between two dialogues, for devices that serve one host at a time. The next Write makes it anew.
type Rester interface {
	Rest() error
}

// ProblemOf is the code of the problem that an error says it is: that of a port which was told why nothing is taken. Empty: it says nothing.
func ProblemOf(err error) string {
	var known interface{ ProblemCode() string }
	if errors.As(err, &known) {
		return known.ProblemCode()
	}
	return ""
}
