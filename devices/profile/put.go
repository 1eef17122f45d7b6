package profile

import (
	"fmt"
	"maps"
	"slices"
)

// Put adds the profiles of one file, or puts them in the place of what the same file brought before. An ID that another file has is refused, and
// nothing is changed. From names the file: the same file may be put again and again.
func (s *Set) Put(from string, all []*Profile) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range all {
		if old := s.byID[p.ID]; old != nil && old.from != from {
			return fmt.Errorf("%s: id %q is taken by another profile; choose another id", from, p.ID)
		}
	}
	for id, old := range s.byID {
		if old.from == from {
			delete(s.byID, id)
		}
	}
	for _, p := range all {
		p.from = from
		s.byID[p.ID] = p
	}
	return nil
}

// Clone is a set of its own of the same profiles: what is put into one is not in the other.
func (s *Set) Clone() *Set {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Set{byID: maps.Clone(s.byID)}
}

// From is the file that Put brought the profile from; empty for those that are built in.
func (p *Profile) From() string { return p.from }

// SendOnly says that the model never answers: nothing that arrives can show that it lives.
func (p *Profile) SendOnly() bool {
	if p.Printer != nil {
		return !p.Printer.Status && p.Printer.Confirm == "none"
	}
	if p.Matrix != nil || p.Driver == "wav" {
		return true // SPI modules and sound cards only take
	}
	if p.GPIO != nil {
		return !slices.ContainsFunc(p.GPIO.Lines, func(l GPIOLine) bool { return l.Dir == "in" })
	}
	return p.Protocol != nil && p.Line.ReplyMS == 0 && len(p.Protocol.events) == 0
}
