package main

// Figures are what a run did.
type Figures struct {
	Commands, Refusals, Repeats, Bursts, Kills, InDoubt, Stops, Verified, Compared, Events int
	Known                                                                                  map[string]int
	Strange                                                                                map[string]int
}

func (f *Figures) add(o Figures) {
	f.Commands += o.Commands
	f.Refusals += o.Refusals
	f.Repeats += o.Repeats
	f.Bursts += o.Bursts
	f.Kills += o.Kills
	f.InDoubt += o.InDoubt
	f.Stops += o.Stops
	f.Verified += o.Verified
	f.Compared += o.Compared
	f.Events += o.Events
	for k, n := range o.Known {
		f.Known[k] += n
	}
	for k, n := range o.Strange {
		f.Strange[k] += n
	}
}

func newFigures() Figures { return Figures{Known: map[string]int{}, Strange: map[string]int{}} }
