package display

import (
	"fmt"
	"strings"

	"halld/queue"
)

// toldWords says why a ticket was called, as one would tell it: "head start 20 min; waited 41 min; overtook 2". Empty: the log of that call says nothing of it.
func toldWords(t *queue.Told, overtook int) word {
	if t == nil {
		return word{}
	}
	var zh, en []string
	say := func(c, e string) { zh, en = append(zh, c), append(en, e) }
	if t.Head > 0 {
		c, e := span(t.Head)
		say("提前"+c, "head start "+e)
	}
	if t.Slope > 0 {
		say(fmt.Sprintf("等候按 %d%% 计", t.Slope), fmt.Sprintf("its wait counts %d %%", t.Slope))
	}
	if t.Tier > 0 {
		say(fmt.Sprintf("第 %d 档在先", t.Tier), fmt.Sprintf("tier %d goes first", t.Tier))
	}
	if t.Ratio != "" {
		say("按 "+t.Ratio+" 轮叫", "its turn by "+t.Ratio)
	}
	if t.Cap > 0 {
		c, e := span(t.Cap)
		say("已超过上限"+c+"，按先后", "over the cap of "+e+", so by arrival")
	}
	c, e := span(t.Waited)
	say("等了"+c, "waited "+e)
	if overtook > 0 {
		say(fmt.Sprintf("越过 %d 人", overtook), fmt.Sprintf("overtook %d", overtook))
	}
	return word{strings.Join(zh, "；"), strings.Join(en, "; ")}
}

// span is a time in words, in whole minutes from one on.
func span(seconds int) (zh, en string) {
	if seconds < 60 {
		return fmt.Sprintf(" %d 秒", seconds), fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf(" %d 分钟", seconds/60), fmt.Sprintf("%d min", seconds/60)
}

// CatalogueClass is a class of tickets as set up.
type CatalogueClass struct {
	ID       queue.Class `json:"id"`
	Name     string      `json:"name"`
	NameEn   string      `json:"name_en,omitempty"`
	Evidence string      `json:"evidence,omitempty" doc:"what staff look at before it counts"`
	AtKiosk  bool        `json:"at_kiosk" doc:"citizens may ask for it at a kiosk; where there is evidence to be seen it is pending until staff have answered the claim"`
}

// classesOf lists the classes of a hall. Only those that a hall has set up for it are asked for at a kiosk.
func classesOf(c *queue.Config) []CatalogueClass {
	out := []CatalogueClass{}
	for _, s := range c.ClassList() {
		out = append(out, CatalogueClass{ID: s.ID, Name: s.Name, NameEn: s.NameEn, Evidence: s.Evidence, AtKiosk: s.AtKiosk()})
	}
	return out
}
