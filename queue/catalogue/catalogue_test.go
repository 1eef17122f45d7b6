package catalogue_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"halld/queue/catalogue"
)

// full is an item with every field set.
func full() catalogue.Item {
	paper := catalogue.Paper{Name: "关于集中办理行政审批事项的通知", Number: "府发〔2026〕1号", Date: "2026-01-15"}
	return catalogue.Item{
		ID: "food", Code: "000131002000", Name: "食品经营许可", NameEn: "Food business permit", Aliases: []string{"餐馆执照",
			"小吃店"}, Department: "market", Section: "行政许可股", Queue: "B",
		From: "2026-03-01", Until: "2026-12-31", Bring: []string{"身份证", "营业执照"}, BringEn: []string{"ID card", "business licence"}, Minutes: 20,
		Kind: catalogue.Permit, Handling: catalogue.Promised, LegalDays: 20, PromiseDays: 14, For: []catalogue.Audience{catalogue.Enterprises,
			catalogue.Citizens},
		NeedsSiteCheck: true, NeedsHearing: true, NeedsTest: true, NotDelegable: true, Authority: catalogue.Authority{Level: catalogue.AtWindow,
			Paper: paper}, Listed: true, ListPaper: paper,
		OffHall: true, Absence: catalogue.Absence{Reason: catalogue.ByMeeting, Note: "场地", Paper: paper}, Source: paper,
		Disclosure: catalogue.Disclosure{LegalBasis: "食品安全法第三十五条", LegalBasisEn: "Food Safety Law, art. 35", Procedure: "申请、受理、查验、决定",
			ProcedureEn: "apply, accept, check, decide",
			Conditions:  "有固定场所", ConditionsEn: "fixed premises", Complaints: "12345", ComplaintsEn: "call 12345"},
		Fee: &catalogue.Fee{Lower: 1000, Upper: 5000, Basis: "价费〔2026〕1号", BasisEn: "price order 1/2026", Per: "证", PerEn: "permit", Paper: paper},
		Materials: []catalogue.Material{{Name: "营业执照", NameEn: "business licence", Form: "复印件", FormEn: "copy", Copies: 2, Issuer: "市场监管局",
			When: "法人申请时", WhenEn: "for companies"}},
		NoMaterials: true,
	}
}

// hall has everything that can be written in a file.
type hall struct {
	catalogue.Catalogue
	Calendar catalogue.Calendar `json:"calendar" toml:"calendar"`
}

func everything(t *testing.T) hall {
	cal := office(t, catalogue.Special{Date: "2026-03-10", Until: "2026-03-12", Closed: true, Working: true, Name: "检修", NameEn: "repair", Source: "通知"},
		catalogue.Special{Date: "2026-03-14", Spans: spans(t, "09:00-12:00")}, catalogue.Special{Date: "2026-03-15", Like: catalogue.Monday})
	cal.WorkingWeek, cal.KnownUntil = []catalogue.Weekday{"mon", "tue"}, 2026
	for _, w := range catalogue.Weekdays() {
		cal.Hours.Set(w, spans(t, "09:00-24:00"))
	}
	return hall{catalogue.Catalogue{Items: []catalogue.Item{full()}, Departments: []catalogue.Department{{ID: "market", Name: "市场监管局",
		NameEn: "Market regulation", Required: true,
		Unit: catalogue.UnitAdded, UnitPaper: catalogue.Paper{Number: "编办〔2026〕1号"}, Liaison: "综合科",
		LiaisonPhone: "8001", From: "2026-01-01", Until: "2026-12-31"}}}, cal}
}

// unset lists the fields that are zero, to any depth: a new field must get a value in full or everything, or its way through a file is not tried.
func unset(v reflect.Value, path string) []string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return []string{path}
		}
		return unset(v.Elem(), path)
	case reflect.Struct:
		var out []string
		for i := range v.NumField() {
			out = append(out, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
		return out
	default:
		if v.IsZero() {
			return []string{path}
		}
		return nil
	}
}

func TestFilesKeepEverything(t *testing.T) {
	t.Parallel()
	in := everything(t)
	for _, v := range []any{in.Items[0], in.Items[0].Materials[0], in.Departments[0], in.Calendar} {
		for _, path := range unset(reflect.ValueOf(v), reflect.TypeOf(v).Name()) {
			if !strings.HasSuffix(path, ".UnitPaper.Name") && !strings.HasSuffix(path, ".UnitPaper.Date") {
				t.Errorf("%s is not tried", path)
			}
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var fromJSON hall
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&fromJSON); err != nil || !reflect.DeepEqual(in, fromJSON) {
		t.Errorf("JSON lost something: %v\n%s", err, text)
	}
	file, err := toml.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var fromTOML hall
	if err := toml.NewDecoder(bytes.NewReader(file)).DisallowUnknownFields().Decode(&fromTOML); err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	filled, ok := fromTOML.Calendar.Fill() // public holidays are named in a file, not written
	if !ok || bytes.Contains(file, []byte("国庆节")) {
		t.Errorf("public holidays stand in the file:\n%s", file)
	}
	fromTOML.Calendar = filled
	if !reflect.DeepEqual(in, fromTOML) {
		t.Errorf("TOML lost something:\n%s\nbecame %+v", file, fromTOML)
	}
	var empty hall
	small, err := toml.Marshal(hall{Catalogue: catalogue.Catalogue{Items: []catalogue.Item{{ID: "a", Name: "a"}}}})
	if err != nil || toml.Unmarshal(small, &empty) != nil || bytes.Contains(small, []byte("paper")) || bytes.Contains(small, []byte("fee")) {
		t.Errorf("what is not said is written: %v\n%s", err, small)
	}
}

func TestFileOfAHand(t *testing.T) {
	t.Parallel()
	var h hall
	err := toml.Unmarshal([]byte(`
[calendar]
zone = "Asia/Shanghai"
holidays = "cn"
hours = { mon = ["9:00-12:00", "13：00-17：00"] }
[[calendar.special]]
date = "2026-10-02"
spans = ["10:00-12:00"]
[[item]]
id = "a"
name = "登记"
from = "2026-03-01"
until = "31.12.2026"
fee = { lower = 0 }
[[item.material]]
name = "身份证"
`), &h)
	if err != nil {
		t.Fatal(err)
	}
	it := h.Items[0]
	if it.From != "2026-03-01" || h.Calendar.Specials[0].Date != "2026-10-02" || written(h.Calendar.Hours.Mon) != "09:00-12:00 13:00-17:00" ||
		it.Fee == nil || len(it.Materials) != 1 {
		t.Errorf("read %+v, %+v", it, h.Calendar)
	}
	found := h.Check()
	if len(found) != 2 || found[0].Code != catalogue.BadDate || found[0].Place.String() != "items[0].until" || found[1].Code != catalogue.NoQueue {
		t.Errorf("a bad date must be found, and not hide what is behind it: %v", found)
	}
	err = toml.Unmarshal([]byte("[calendar.hours]\nmon = [\"12:00-9:00\"]\n"), &h)
	if err == nil || !strings.Contains(err.Error(), "does not end after it begins") {
		t.Errorf("a backward span: %v", err)
	}
}

// Items and departments that were stored before there was more to say about them.
func TestOldItemsStayAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, old := range []string{
		`{"id":"hukou","name":"户口登记","name_en":"Residence","department":"police","queue":"A","bring":["户口簿","身份证"]}`,
		`{"id":"x","name":"x","department":"","queue":"A"}`,
	} {
		var it catalogue.Item
		if err := json.Unmarshal([]byte(old), &it); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		var a, b map[string]any
		if json.Unmarshal([]byte(old), &a) != nil || json.Unmarshal(again, &b) != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s became %s", old, again)
		}
		if ok, why := catalogue.Ticketable(it, "2026-03-02"); !ok {
			t.Errorf("%s gets no ticket any more: %v", it.ID, why)
		}
		if found := (catalogue.Catalogue{Items: []catalogue.Item{it}, Departments: []catalogue.Department{{ID: "police",
			Name: "公安局"}}}); len(found.Check()) > 0 ||
			len(found.Review("2026-03-02", map[string]bool{"A": true})) > 0 {
			t.Errorf("%s breaks a rule: %v, %v", it.ID, found.Check(), found.Review("2026-03-02", nil))
		}
	}
	old := `{"id":"police","name":"公安局","name_en":"Police"}`
	var d catalogue.Department
	if err := json.Unmarshal([]byte(old), &d); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(d); err != nil || string(again) != old {
		t.Errorf("%s became %s, %v", old, again, err)
	}
}

// anyCatalogue draws versions of few ids with dates of one month, overlapping or not.
func anyCatalogue(t *rapid.T) catalogue.Catalogue {
	day := func(label string) date {
		n := rapid.IntRange(-1, 20).Draw(t, label)
		if n < 0 {
			return ""
		}
		return date("2026-03-01").AddDays(n)
	}
	var c catalogue.Catalogue
	for i := range rapid.IntRange(0, 6).Draw(t, "items") {
		c.Items = append(c.Items, catalogue.Item{ID: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id"), Name: string(rune('0' + i)), Queue: "A",
			Department: "d", From: day("from"), Until: day("until")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "departments") {
		c.Departments = append(c.Departments, catalogue.Department{ID: "d", Name: "d", From: day("from"), Until: day("until")})
	}
	return c
}

func TestAsOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCatalogue(t)
		twice, backward := map[string]bool{}, false
		var before catalogue.Catalogue
		change, more := c.NextChange("2026-02-20")
		for d := date("2026-02-20"); d < "2026-04-10"; d = d.AddDays(1) {
			holding := map[string][]catalogue.Item{}
			for _, it := range c.Items {
				if (it.From == "" || d >= it.From) && (it.Until == "" || d <= it.Until) {
					holding[it.ID] = append(holding[it.ID], it)
				}
			}
			on := c.On(d)
			if len(on.Items) != len(holding) {
				t.Fatalf("%s: %v hold, of %v", d, on.Items, holding)
			}
			for _, it := range on.Items {
				if one, ok := c.Item(it.ID, d); !ok || !reflect.DeepEqual(one, it) || !reflect.DeepEqual(holding[it.ID][0], it) {
					t.Fatalf("%s: %v, %v and %v", d, it, one, holding[it.ID])
				}
				twice[it.ID] = twice[it.ID] || len(holding[it.ID]) > 1
			}
			for _, id := range []string{"a", "b"} {
				if _, ok := c.Item(id, d); ok != (len(holding[id]) > 0) {
					t.Fatalf("%s: %s holds %v", d, id, ok)
				}
			}
			if !reflect.DeepEqual(on, before) && d != "2026-02-20" && (!more || d != change) {
				t.Fatalf("%s: the catalogue changed, announced for %s, %v", d, change, more)
			}
			if more && d == change {
				change, more = c.NextChange(d)
			}
			before = on
		}
		for _, it := range c.Items {
			backward = backward || it.From != "" && it.Until != "" && it.Until < it.From
		}
		said := map[string]bool{}
		for _, f := range c.Check() {
			if f.Place.List != "items" {
				continue
			}
			switch f.Code {
			case catalogue.TakenTwice:
				said[f.Place.ID] = true
				n := 0
				for _, it := range c.Items {
					if it.ID == f.Place.ID && it.On(date(f.Args[1])) {
						n++
					}
				}
				if n < 2 {
					t.Fatalf("%v: only %d hold then", f, n)
				}
			case catalogue.DatesBackward:
				backward = false
			case catalogue.UnknownDepartment:
			default:
				t.Fatalf("found %v", f)
			}
		}
		if backward {
			t.Fatal("a version that ends before it begins is not found")
		}
		for _, id := range []string{"a", "b"} {
			if twice[id] != said[id] {
				t.Fatalf("%s holds twice on some date: %v; said: %v", id, twice[id], said[id])
			}
		}
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	c := catalogue.Catalogue{Items: []catalogue.Item{{ID: "a", Name: "新", From: "2026-06-01"}, {ID: "b", Name: "他"}, {ID: "a", Name: "旧", Until: "2026-05-31"}},
		Departments: []catalogue.Department{{ID: "d", Name: "旧局", Until: "2026-05-31"}, {ID: "d", Name: "新局", From: "2026-06-01"}}}
	if v := c.Versions("a"); len(v) != 2 || v[0].Name != "旧" || v[1].Name != "新" {
		t.Errorf("the versions of a are %v", v)
	}
	for d, want := range map[date]string{"2026-05-31": "旧 旧局", "2026-06-01": "新 新局"} {
		it, _ := c.Item("a", d)
		dep, ok := c.Department("d", d)
		if it.Name+" "+dep.Name != want || !ok {
			t.Errorf("%s: %s %s", d, it.Name, dep.Name)
		}
	}
	if _, ok := c.Department("e", "2026-06-01"); ok {
		t.Error("a department that is none")
	}
	if d, ok := c.NextChange("2026-06-01"); ok {
		t.Errorf("something changes on %s", d)
	}
}
