package queue

// Source is where a rating came from.
type Source string

// The sources of a rating.
const (
	FromPad    Source = "pad"    // the rating pad at a window
	FromScreen Source = "screen" // a screen or phone page
)

// The levels of a rating: 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意 (国办发〔2019〕51号). No rating is 未评价, stored as 0 and never
// made up.
const (
	LowestLevel  = 1
	HighestLevel = 5
)
