package order

import (
	"fmt"
	"time"
)

// Ratio mixes two sides: as long as both wait, Ordinary calls of those without an advantage are followed by Favoured calls of those with one,
// and again. Inside a side the longest wait is first. While the side whose turn it is has nobody, the other is called, and the turn stays.
//
// All its memory is one number for each queue, the turn: below Ordinary it is the ordinary side's, from there on the favoured one's. Whoever
// counts calls keeps it, see Rules.Turns and Pick.Turn.
type Ratio struct {
	Ordinary, Favoured int // both at least 1
	turn               int
}

// Name implements Discipline.
func (Ratio) Name() string { return "ratio" }

// String is the ratio as people write it: 2:1.
func (r Ratio) String() string { return fmt.Sprintf("%d:%d", r.Ordinary, r.Favoured) }

// Compare implements Discipline.
func (r Ratio) Compare(_ time.Time, a, b Claim) int {
	x, y := r.wanted(a.Class), r.wanted(b.Class)
	switch {
	case x == y:
		return a.Arrived.Compare(b.Arrived)
	case x:
		return -1
	default:
		return 1
	}
}

func (c Class) favoured() bool { return c.Tier > 0 }

// wanted reports whether it is the turn of a class.
func (r Ratio) wanted(c Class) bool { return (r.place() >= r.Ordinary) == c.favoured() }

// place is the turn inside the cycle: the ratio may have been another when it was counted.
func (r Ratio) place() int { return r.turn % max(1, r.Ordinary+r.Favoured) }

// after is the turn after a call.
func (r Ratio) after(c Class) int {
	if !r.wanted(c) {
		return r.place()
	}
	return (r.place() + 1) % max(1, r.Ordinary+r.Favoured)
}

// atTurn is a discipline at a turn, if it has turns.
func atTurn(by Discipline, turn int) Discipline {
	switch d := by.(type) {
	case Ratio:
		d.turn = turn
		return d
	case Cap:
		d.Discipline = atTurn(d.Discipline, turn)
		return d
	default:
		return by
	}
}

// turned is the turn after a call; 0 for a discipline without turns.
func turned(by Discipline, turn int, c Class) int {
	switch d := atTurn(by, turn).(type) {
	case Ratio:
		return d.after(c)
	case Cap:
		return turned(d.Discipline, turn, c)
	default:
		return 0
	}
}

func hasTurns(by Discipline) bool {
	switch d := by.(type) {
	case Ratio:
		return true
	case Cap:
		return hasTurns(d.Discipline)
	default:
		return false
	}
}
