// Package catalogue says what a hall offers and when it is there: departments, items with what is made public about them, materials, working hours and
// working days. All of it is dated, so that a past day is read by what held on it:
//
//	catalogue.On(date)        the departments and items of that date
//	catalogue.Item(id, date)  the version of an item that held on it
//	calendar.Spans(date)      when the hall is open on it, and why
//
// Mistakes are values (Finding) with a code, a place and arguments; their words stand in one table per language.
// It knows no queue, no ticket and no window: a queue is a word here. It has no clock; a date or an instant is an argument.
package catalogue
