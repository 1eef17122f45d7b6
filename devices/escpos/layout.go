package escpos

import (
	"fmt"
	"strconv"

	"halld/devices"
	"halld/devices/receipt"
)

// Dots of the font in every ESC/POS printer for Chinese: 24 by 24 for a character, half as wide for ASCII. The line pitch is set to 30.
const (
	cellW = 12
	cellH = 24
	pitch = 30
)

// valuesOf are the fields of a slip as a template names them. What is not known is empty.
func valuesOf(s devices.Slip) receipt.Values {
	v := receipt.Values{"windows": s.Windows, "bring": s.Bring}
	for name, text := range map[string]string{"hall": s.Hall, "hall_en": s.HallEn, "number": s.Number, "business": s.Business, "business_en": s.BusinessEn,
		"department": s.Department, "department_en": s.DepartmentEn, "missed": s.Missed, "missed_en": s.MissedEn, "url": s.URL, "notice": s.Notice, "notice_en": s.NoticeEn} {
		v[name] = []string{text}
	}
	if s.Ahead >= 0 {
		v["ahead"] = []string{strconv.Itoa(s.Ahead)}
	}
	if s.WaitHigh > 0 && s.WaitLow <= s.WaitHigh {
		span := fmt.Sprintf("%d-%d", s.WaitLow, s.WaitHigh)
		if s.WaitLow == s.WaitHigh {
			span = strconv.Itoa(s.WaitHigh)
		}
		v["wait"], v["wait_en"] = []string{"约 " + span + " 分钟"}, []string{"about " + span + " min"}
	}
	v["time"] = []string{"--:--"} // the hall does not know the time
	if !s.Issued.IsZero() {
		v["date"], v["time"] = []string{s.Issued.Format("2006-01-02")}, []string{s.Issued.Format("15:04")}
	}
	if s.Copy > 1 {
		v["copy"] = []string{strconv.Itoa(s.Copy - 1)}
	}
	return v
}

// document reads the slip's template with its fields in it. A template that cannot be read must not cost a citizen the ticket: the usual one
// takes its place, and bad says why.
func document(s devices.Slip) (doc *receipt.Document, bad, err error) {
	v := valuesOf(s)
	if doc, bad = receipt.Make(receipt.Text(s.Template), v); bad == nil {
		return doc, nil, nil
	}
	doc, err = receipt.Make(receipt.Text(""), v)
	return doc, bad, err
}
