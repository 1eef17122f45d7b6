package hallfile

import (
	"slices"
	"strings"

	"halld/queue"
)

// references says in which list a problem of this code missed something.
var references = map[queue.ProblemCode]string{queue.UnknownQueueID: "queue", queue.UnknownWindowID: "window", queue.UnknownOffice: "department",
	queue.UnknownZone: "zone"}

// unread are the codes of lines that could not be read: what they said is missing elsewhere.
var unread = []queue.ProblemCode{Syntax, FullWidth, StrayMark, TextOpen, QuotesMissing, EqualsMissing, NoValue, CommaMissing, ListOpen, DuplicateTable}

// wholeList stands for entries that nobody can count.
const wholeList = 1 << 20

// causes leaves out what is only the consequence of another mistake: a key that is missing because its line could not be read, a window that is
// not there because its number was mistyped. One cause is told once; what may have its own cause stays.
func (d *decoder) causes(found []queue.ConfigProblem) []queue.ConfigProblem {
	var spoilt []string        // tables with a line that could not be read
	meant := map[string]bool{} // keys that another, mistyped one was meant to be
	var paths []string         // keys whose value could not be read
	lost := map[string]int{}   // by list: entries whose id could not be read
	everywhere := 0            // headers that could not be read
	for _, n := range d.notes.list {
		path := n.Path
		if !strings.ContainsAny(path, ".[") {
			path = d.tableAt(n.at.line) + "." + path
		}
		paths = append(paths, path)
		table, key, _ := strings.Cut(path, ".")
		list, _, listed := strings.Cut(table, "[")
		switch near := nearest(n.Args["got"], n.Known); {
		case n.Code == UnknownTable:
			lost[near] += wholeList
		case n.Code == OneOfMany:
			lost[n.Path] += wholeList
		case n.Code == UnknownKey:
			meant[table+"."+near] = true
		case slices.Contains(unread, n.Code):
			spoilt = append(spoilt, table)
			if listed {
				lost[list]++
			} else {
				everywhere++
			}
		case listed && key == "id":
			lost[list]++
		}
		if list == "window" && key == "queues" { // which queues it serves is not known
			lost[list]++
		}
	}
	unknown, missed := map[string]map[string]bool{}, 0
	unserved := 0
	for _, p := range found {
		table, key, _ := strings.Cut(p.Path, ".")
		list, _, _ := strings.Cut(table, "[")
		switch {
		case key == "id" && p.Code != queue.QueueUnserved:
			lost[list]++
		case p.Code == queue.QueueUnserved:
			unserved++
		case references[p.Code] != "":
			to := references[p.Code]
			if unknown[to] == nil {
				unknown[to] = map[string]bool{}
			}
			unknown[to][p.Args["got"]] = true
			if to == "queue" && list == "window" {
				missed++
			}
		}
	}
	return slices.DeleteFunc(found, func(p queue.ConfigProblem) bool {
		table, _, _ := strings.Cut(p.Path, ".")
		to := references[p.Code]
		switch {
		case slices.Contains(paths, p.Path):
			return true
		case p.Code == queue.Missing || p.Code == queue.WindowUseless:
			return slices.Contains(spoilt, table) || meant[p.Path]
		case p.Code == queue.QueueUnserved:
			return unserved <= missed+lost["window"]+everywhere
		case p.Code == queue.NoQueue:
			return everywhere > 0
		case to != "":
			return len(unknown[to]) <= lost[to]+everywhere
		}
		return false
	})
}

// tableAt is the table that a line belongs to: the last one whose header stands above.
func (d *decoder) tableAt(line int) string {
	best, at := "", 0
	for path, p := range d.at {
		if !strings.Contains(path, ".") && p.line <= line && (p.line > at || p.line == at && len(path) > len(best)) {
			best, at = path, p.line
		}
	}
	return best
}
