package speech

import "strings"

// hanDigits are the digits as Chinese reads them; the index is the digit and the name of its piece.
var hanDigits = []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

func chinese(words map[string]string) map[string]string {
	for i, d := range hanDigits {
		words[string(rune('0'+i))] = d
	}
	words["10"], words["100"], words["1000"], words["10000"], words["100000000"] = "十", "百", "千", "万", "亿"
	return words
}

var englishSmall = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
var englishTens = strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")

func english(words map[string]string) map[string]string {
	for i, w := range englishSmall {
		words[itoa(i)] = w
	}
	for i, w := range englishTens {
		words[itoa(10*(i+2))] = w
	}
	return words
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// longest is how many digits are read as a number; more are read one by one, which everybody understands.
const longest = 16

// hanCardinal reads digits as a number, by pieces: 105 is 1 100 0 5, 12 is 10 2. Every four digits are a section, read with 万, 亿 and 万亿; inside the
// number a run of zeros is one 零. With liang a leading 2 before 千, 万 and 亿 is 两, as Mandarin has it; before 百 halls say 二.
func hanCardinal(digits string, liang bool) []string {
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return []string{"0"}
	case len(digits) > longest:
		return strings.Split(digits, "")
	}
	digits = strings.Repeat("0", (4-len(digits)%4)%4) + digits
	var out []string
	zero := false // zeros were passed over since the last word
	sections := len(digits) / 4
	for i := range sections {
		some := false
		for k, c := range digits[4*i : 4*i+4] {
			if c == '0' {
				zero = len(out) > 0
				continue
			}
			if zero {
				out = append(out, "0")
				zero = false
			}
			some = true
			out = append(out, string(c))
			if k < 3 {
				out = append(out, []string{"1000", "100", "10"}[k])
			}
		}
		// sections from the right: none, 万, 亿, 万(亿)
		switch left := sections - 1 - i; {
		case left%2 == 1 && some:
			out = append(out, "10000")
			if left == 3 && strings.Trim(digits[4*i+4:4*i+8], "0") == "" {
				out = append(out, "100000000") // 万亿: the 亿 section itself is empty
			}
		case left == 2 && some:
			out = append(out, "100000000")
		}
	}
	if len(out) > 1 && out[0] == "1" && out[1] == "10" {
		out = out[1:] // 十二, not 一十二
	}
	if liang && len(out) > 1 && out[0] == "2" && (out[1] == "1000" || out[1] == "10000" || out[1] == "100000000") {
		out[0] = "liang"
	}
	return out
}

// englishCardinal reads digits as a number: 105 is 100-word, and, 5.
func englishCardinal(digits string) []string {
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return []string{"0"}
	case len(digits) > 12:
		return strings.Split(digits, "")
	}
	digits = strings.Repeat("0", (3-len(digits)%3)%3) + digits
	scales := []string{"", "thousand", "million", "billion"}
	var out []string
	for i := 0; i < len(digits); i += 3 {
		h, rest := int(digits[i]-'0'), 10*int(digits[i+1]-'0')+int(digits[i+2]-'0')
		scale := scales[(len(digits)-i)/3-1]
		if h > 0 {
			out = append(out, itoa(h), "hundred")
		}
		if rest > 0 && (h > 0 || len(out) > 0 && scale == "") {
			out = append(out, "and")
		}
		switch {
		case rest == 0:
		case rest < 20:
			out = append(out, itoa(rest))
		default:
			out = append(out, itoa(rest/10*10))
			if rest%10 > 0 {
				out = append(out, itoa(rest%10))
			}
		}
		if scale != "" && (h > 0 || rest > 0) {
			out = append(out, scale)
		}
	}
	return out
}
