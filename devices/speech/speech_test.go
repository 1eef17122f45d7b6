package speech_test

import (
	"slices"
	"strings"
	"testing"

	"halld/devices/speech"
)

// The rules are those of a hall: digits of a ticket one by one, 2 never 两 there; windows as cardinals.
//
// Hard case: every_window_number_spoken_right.
func TestNumbers(t *testing.T) {
	for _, c := range []struct{ n, zh, yue, en string }{
		{"0", "零", "零", "zero"},
		{"2", "二", "二", "two"},
		{"10", "十", "十", "ten"},
		{"11", "十一", "十一", "eleven"},
		{"12", "十二", "十二", "twelve"},
		{"20", "二十", "二十", "twenty"},
		{"21", "二十一", "二十一", "twenty one"},
		{"100", "一百", "一百", "one hundred"},
		{"101", "一百零一", "一百零一", "one hundred and one"},
		{"105", "一百零五", "一百零五", "one hundred and five"},
		{"110", "一百一十", "一百一十", "one hundred and ten"},
		{"111", "一百一十一", "一百一十一", "one hundred and eleven"},
		{"200", "二百", "二百", "two hundred"},
		{"1000", "一千", "一千", "one thousand"},
		{"1001", "一千零一", "一千零一", "one thousand and one"},
		{"1010", "一千零一十", "一千零一十", "one thousand and ten"},
		{"1100", "一千一百", "一千一百", "one thousand one hundred"},
		{"2002", "两千零二", "二千零二", "two thousand and two"},
		{"10000", "一万", "一万", "ten thousand"},
		{"10010", "一万零一十", "一万零一十", "ten thousand and ten"},
		{"12000", "一万二千", "一万二千", "twelve thousand"},
		{"20000", "两万", "二万", "twenty thousand"},
		{"100000", "十万", "十万", "one hundred thousand"},
		{"1000001", "一百万零一", "一百万零一", "one million and one"},
		{"100000000", "一亿", "一亿", "one hundred million"},
		{"100010000", "一亿零一万", "一亿零一万", "one hundred million ten thousand"},
		{"1000000000000", "一万亿", "一万亿", "1 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"007", "七", "七", "seven"},
	} {
		for lang, want := range map[string]string{"zh": "请A号到" + c.zh + "号窗口", "yue": "请A号去" + c.yue + "号窗口", "en": "number A, please go to window " + c.en} {
			if strings.HasPrefix(c.en, "1 0") && lang == "en" {
				want = "number A, please go to window one" + strings.Repeat(" zero", 12)
			}
			s, err := speech.Make(lang, speech.Announcement{Kind: speech.Call, Number: "A", Window: c.n})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Text(); got != want {
				t.Errorf("%s %s: %s, want %s", lang, c.n, got, want)
			}
		}
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		lang string
		a    speech.Announcement
		want string
	}{
		{"zh", speech.Announcement{Kind: speech.Call, Number: "A012", Window: "3"}, "请A零一二号到三号窗口"},
		{"zh", speech.Announcement{Kind: speech.Call, Number: "A112", Window: "11", Yao: true}, "请A幺幺二号到十一号窗口"},
		{"zh", speech.Announcement{Kind: speech.Again, Number: "VB300", Window: "12"}, "请VB三零零号到十二号窗口\uff0c再次呼叫"},
		{"zh", speech.Announcement{Kind: speech.Onward, Number: "B2222", Window: "5"}, "请B二二二二号继续到五号窗口"},
		{"zh", speech.Announcement{Kind: speech.Call, Number: "A001", Window: "导办台"}, "请A零零一号到导办台"},
		{"zh", speech.Announcement{Kind: speech.Call, Number: "A001", Window: "B12"}, "请A零零一号到B十二号窗口"},
		{"zh", speech.Announcement{Kind: speech.Call, Number: "A001", Window: "3A"}, "请A零零一号到三A号窗口"},
		{"yue", speech.Announcement{Kind: speech.Again, Number: "A012", Window: "3"}, "再叫一次\uff0c请A零一二号去三号窗口"},
		{"en", speech.Announcement{Kind: speech.Call, Number: "A012", Window: "3"}, "number A zero one two, please go to window three"},
		{"en", speech.Announcement{Kind: speech.Again, Number: "A012", Window: "3"}, "calling again, number A zero one two, please go to window three"},
	} {
		s, err := speech.Make(c.lang, c.a)
		if err != nil || s.Text() != c.want {
			t.Errorf("%s %+v: %q, %v, want %q", c.lang, c.a, s.Text(), err, c.want)
		}
	}
	if _, err := speech.Make("fr", speech.Announcement{Kind: speech.Call}); err == nil || !strings.Contains(err.Error(), "en, yue, zh") {
		t.Errorf("an unknown language: %v", err)
	}
}

// Whatever is said of numbered windows can be recorded: it stands in the list.
func TestEveryPieceIsListed(t *testing.T) {
	for _, lang := range speech.Languages() {
		all, err := speech.Pieces(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []speech.Kind{speech.Call, speech.Again, speech.Onward, speech.Evacuate} {
			for _, w := range []string{"0", "12", "220", "2222", "999", "20000", "1234567890", "3A"} {
				s, err := speech.Make(lang, speech.Announcement{Kind: kind, Number: "QZ0123456789", Window: w, Yao: true})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range s.Pieces {
					if !p.Pause && !slices.Contains(all, p) {
						t.Errorf("%s: piece %+v of window %s is not listed", lang, p, w)
					}
				}
			}
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want []string
	}{
		{"请A零一二号", 200, []string{"请A零一二号"}},
		{"请到三号\uff0c再次呼叫", 12, []string{"请到三号\uff0c", "再次呼叫"}},
		{"一二三四五六", 5, []string{"一二", "三四", "五六"}},
		{"一二。三四\uff0c五", 10, []string{"一二。", "三四\uff0c五"}},
		{"abc", 0, []string{"abc"}},
	} {
		got := speech.Split(c.text, c.most)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: %q, want %q", c.text, c.most, got, c.want)
		}
		for _, p := range got {
			if c.most > 1 && speech.Size(p) > c.most {
				t.Errorf("%q is longer than %d", p, c.most)
			}
		}
	}
}
