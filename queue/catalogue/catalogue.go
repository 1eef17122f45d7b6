package catalogue

import (
	"cmp"
	"maps"
	"slices"
)

// Catalogue holds the departments and items of a hall in all their versions: one id may stand several times with dates that do not overlap.
type Catalogue struct {
	Departments []Department `json:"departments,omitempty" toml:"department,omitempty"`
	Items       []Item       `json:"items,omitempty" toml:"item,omitempty"`
}

// On returns what holds on a date: at most one version of each id, in the order of the catalogue.
func (c Catalogue) On(d Date) Catalogue {
	var on Catalogue
	seen := map[string]bool{}
	for _, dep := range c.Departments {
		if dep.On(d) && !seen[dep.ID] {
			seen[dep.ID], on.Departments = true, append(on.Departments, dep)
		}
	}
	clear(seen)
	for _, it := range c.Items {
		if it.On(d) && !seen[it.ID] {
			seen[it.ID], on.Items = true, append(on.Items, it)
		}
	}
	return on
}

// Item returns the version of an item that holds on a date.
func (c Catalogue) Item(id string, d Date) (Item, bool) {
	i := slices.IndexFunc(c.Items, func(it Item) bool { return it.ID == id && it.On(d) })
	if i < 0 {
		return Item{}, false
	}
	return c.Items[i], true
}

// Department returns the version of a department that holds on a date.
func (c Catalogue) Department(id string, d Date) (Department, bool) {
	i := slices.IndexFunc(c.Departments, func(dep Department) bool { return dep.ID == id && dep.On(d) })
	if i < 0 {
		return Department{}, false
	}
	return c.Departments[i], true
}

// Versions returns all versions of an item, the earliest first.
func (c Catalogue) Versions(id string) []Item {
	var all []Item
	for _, it := range c.Items {
		if it.ID == id {
			all = append(all, it)
		}
	}
	slices.SortStableFunc(all, func(a, b Item) int { return cmp.Compare(a.From, b.From) })
	return all
}

// NextChange returns the first date after d on which something begins to hold or no longer holds; false: nothing changes any more.
func (c Catalogue) NextChange(d Date) (Date, bool) {
	var first Date
	consider := func(from, until Date) {
		for _, change := range []Date{from, until.AddDays(1)} {
			if change > d && (first == "" || change < first) {
				first = change
			}
		}
	}
	for _, dep := range c.Departments {
		consider(dep.From, dep.Until)
	}
	for _, it := range c.Items {
		consider(it.From, it.Until)
	}
	return first, first != ""
}

// Ticketable says whether a ticket may be issued for an item on a date. If not, the finding says why: it does not hold then, it is handled outside the hall,
// or it is an 审批 or 许可 that does not stand on the published list.
func Ticketable(it Item, d Date) (bool, Finding) {
	no := func(code Code, field string, args ...string) (bool, Finding) {
		return false, Finding{Code: code, Place: Place{List: "items", ID: it.ID, Field: field}, Args: args}
	}
	switch {
	case it.From != "" && d < it.From:
		return no(NotYet, "from", it.Name, string(it.From))
	case it.Until != "" && d > it.Until:
		return no(NoLonger, "until", it.Name, string(it.Until))
	case it.OffHall:
		return no(IsOffHall, "off_hall", it.Name)
	case it.Kind.NeedsListing() && !it.Listed:
		return no(NotListed, "listed", it.Name)
	default:
		return true, Finding{}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
