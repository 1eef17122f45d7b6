package hallfile

import "strings"

// nearest finds the word that somebody meant: at most a third of its letters are otherwise, or only their case. Empty: none is near.
func nearest(got string, known []string) string {
	if got == "" {
		return ""
	}
	best, least := "", 1+max(1, min(3, len([]rune(got))/3))
	for _, k := range known {
		if k == got {
			continue
		}
		d := distance(strings.ToLower(got), strings.ToLower(k))
		if d < least && d < len([]rune(k)) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to add, leave out, change or swap with their neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64 // nobody meant that
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
