package floor

import (
	"fmt"
	"strings"
	"time"

	"halld/queue"
)

// noticeWords says what the hall said when it gave the number: how many cases it stands for, that nobody was at a window, that it may come to nothing today.
func noticeWords(t *queue.Ticket, zone *time.Location) (zh, en string) {
	var zhs, ens []string
	say := func(zh, en string) { zhs, ens = append(zhs, zh), append(ens, en) }
	if t.Quantity > 1 {
		say(fmt.Sprintf("本号办理 %d 件。", t.Quantity), fmt.Sprintf("This number stands for %d cases.", t.Quantity))
	}
	if t.Unserved {
		say("取号时没有窗口办理这项业务，请留意叫号或到导办台询问。", "No window served this when the number was given: watch for it, or ask at the desk.")
	}
	switch {
	case t.Past.IsZero():
	case t.Resumes.IsZero():
		say(fmt.Sprintf("前面的人较多，预计 %s 下班前办不到。", t.Past.In(zone).Format("15:04")), fmt.Sprintf("Not expected to be served before closing time at %s.", t.Past.In(zone).Format("15:04")))
	default:
		say(fmt.Sprintf("预计 %s 休息前办不到，%s 起继续叫号。", t.Past.In(zone).Format("15:04"), t.Resumes.In(zone).Format("15:04")),
			fmt.Sprintf("Not expected to be called before the break at %s: calls go on at %s.", t.Past.In(zone).Format("15:04"), t.Resumes.In(zone).Format("15:04")))
	}
	return strings.Join(zhs, ""), strings.Join(ens, " ")
}
