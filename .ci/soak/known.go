package main

// Known is a fault of the program that this driver has met, that is not mended yet, and that must not hide others. Every entry says what the
// documents promise. The list must be empty once they are kept; the run names the entries that it did not meet.
type Known struct {
	ID     string
	Paths  []string // the places of a difference
	Reason string
}

// known is the list.
var known = []Known{
	{ID: "repeat-present", Paths: []string{"repeat.answer.windows", "repeat.answer.ticket.windows",
		"repeat.answer.wait_basis", "repeat.answer.wait_low", "repeat.answer.wait_high", "repeat.answer.wait_median", "repeat.answer.wait_n",
		"repeat.answer.ticket.wait_basis", "repeat.answer.ticket.wait_low", "repeat.answer.ticket.wait_high", "repeat.answer.ticket.wait_median", "repeat.answer.ticket.wait_n",
		"repeat.answer.day.id", "repeat.answer.day.opened_at", "repeat.answer.day.closes_at"},
		Reason: "the same key does not answer the same thing: the windows of a ticket, its estimate and the day are those of the present in a repeated answer"},
}

// knownAt returns the entry for a place where an answer differs.
func knownAt(path string) (string, bool) {
	for _, k := range known {
		if contains(k.Paths, path) {
			return k.ID, true
		}
	}
	return "", false
}
