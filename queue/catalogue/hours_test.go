package catalogue_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"halld/queue/catalogue"
)

func spans(t interface{ Fatal(...any) }, texts ...string) []catalogue.Span {
	s, bad := catalogue.ParseSpans(texts)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return s
}

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"09:00-12:00": "09:00-12:00", "9:00-12:00": "09:00-12:00", "00:00-24:00": "00:00-24:00",
		" 13:30 - 17:00 ": "13:30-17:00",
		"09：00—12：00":     "09:00-12:00", "９:００～１２:００": "09:00-12:00", "9:00至17:00": "09:00-17:00"} {
		s, err := catalogue.ParseSpan(in)
		if err != nil || s.String() != want {
			t.Errorf("ParseSpan(%q) = %s, %v; want %s", in, s, err, want)
		}
	}
	for in, code := range map[string]catalogue.Code{"": catalogue.BadSpan, "09:00": catalogue.BadSpan, "09:00-10:00-11:00": catalogue.BadSpan,
		"9-12": catalogue.BadTime, "09:60-12:00": catalogue.BadTime, "09:00-24:01": catalogue.BadTime,
		"09:00-25:00": catalogue.BadTime, "+9:00-12:00": catalogue.BadTime,
		"09:0-12:00": catalogue.BadTime, "009:00-12:00": catalogue.BadTime, "09:00-12:000": catalogue.BadTime,
		"09:00:00-12:00": catalogue.BadTime, "朝-夕": catalogue.BadTime,
		"12:00-09:00": catalogue.SpanBackward, "22:00-02:00": catalogue.SpanBackward, "09:00-09:00": catalogue.SpanBackward} {
		_, err := catalogue.ParseSpan(in)
		var f catalogue.Finding
		if !errors.As(err, &f) || f.Code != code {
			t.Errorf("ParseSpan(%q): %v; want %s", in, err, code)
		}
	}
}

func TestParseHoursFindsEverything(t *testing.T) {
	t.Parallel()
	h, found := catalogue.ParseHours(map[string][]string{
		"mon": {"09:00-12:00", "13:00-17:00"}, "tue": {"13:00-17:00", "09:00-12:00"}, "wed": {"09:00-12:00", "11:59-17:00"},
		"thu": {"09:00-12:00", "x"}, "fri": {"09:00-12:00", "12:00-17:00"}, "Montag": {"09:00-12:00"}})
	got := map[string]catalogue.Code{}
	for _, f := range found {
		got[f.Place.String()] = f.Code
	}
	want := map[string]catalogue.Code{"hours.tue[1]": catalogue.SpanOverlap, "hours.wed[1]": catalogue.SpanOverlap, "hours.thu[1]": catalogue.BadSpan,
		"hours.Montag": catalogue.BadWeekday}
	if len(got) != len(want) || len(found) != len(want) {
		t.Errorf("found %v", found)
	}
	for place, code := range want {
		if got[place] != code {
			t.Errorf("%s: %s; want %s", place, got[place], code)
		}
	}
	if len(h.Mon) != 2 || len(h.Fri) != 2 || h.IsZero() {
		t.Errorf("the good days came out as %v", h)
	}
}

func anySpans(t *rapid.T, label string) []catalogue.Span {
	cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, 48), 0, 6, rapid.ID[int]).Draw(t, label)
	at := make([]bool, 49)
	for _, c := range cuts {
		at[c] = true
	}
	var out []catalogue.Span
	from := -1
	for i, on := range at {
		switch {
		case !on:
		case from < 0:
			from = i
		default:
			out, from = append(out, catalogue.Span{From: catalogue.Minutes(from * 30), To: catalogue.Minutes(i * 30)}), -1
		}
	}
	return out
}

func TestSpansComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := anySpans(t, "cuts")
		var texts []string
		for _, s := range in {
			texts = append(texts, s.String())
		}
		out, bad := catalogue.ParseSpans(texts)
		if len(bad) > 0 || len(out) != len(in) {
			t.Fatalf("%v became %v: %v", texts, out, bad)
		}
		for i := range in {
			if in[i] != out[i] {
				t.Fatalf("%v became %v", in, out)
			}
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"09:00-12:00", "00:00-24:00", "12:00-9:00", "-", "--", "9:00", "09：00～１2:00", "a:bc-d:ef", "1:00-+2:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := catalogue.ParseSpan(in)
		if err != nil {
			if s != (catalogue.Span{}) || err.Error() == "" {
				t.Fatalf("refused %q with %v and %q", in, s, err)
			}
			return
		}
		if s.From < 0 || s.From >= s.To || s.To > 24*60 {
			t.Fatalf("%q became %v", in, s)
		}
		if back, err := catalogue.ParseSpan(s.String()); err != nil || back != s {
			t.Fatalf("%q is written %q, which is %v, %v", in, s, back, err)
		}
	})
}
