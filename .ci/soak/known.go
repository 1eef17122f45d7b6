package main

// Known is a fault of the program that this driver has met, that is not mended yet, and that must not hide others. Every entry says what the
// documents promise. The list must be empty once they are kept; the run names the entries that it did not meet.
type Known struct {
	ID     string
	Paths  []string // the places of a difference
	Reason string
}

// known is the list.
var known []Known

// knownAt returns the entry for a place where an answer differs.
func knownAt(path string) (string, bool) {
	for _, k := range known {
		if contains(k.Paths, path) {
			return k.ID, true
		}
	}
	return "", false
}
