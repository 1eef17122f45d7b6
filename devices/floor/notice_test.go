package floor

import (
	"testing"
	"time"

	"halld/queue"
)

func TestNoticeOfATicket(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+8", 8*3600)
	at := func(h int) time.Time { return time.Date(2026, 3, 2, h, 0, 0, 0, zone).UTC() }
	for _, c := range []struct {
		ticket queue.Ticket
		zh, en string
	}{
		{queue.Ticket{Quantity: 1}, "", ""},
		{queue.Ticket{Quantity: 3}, "本号办理 3 件。", "This number stands for 3 cases."},
		{queue.Ticket{Past: at(17)}, "前面的人较多，预计 17:00 下班前办不到。", "Not expected to be served before closing time at 17:00."},
		{queue.Ticket{Past: at(12), Resumes: at(14)}, "预计 12:00 休息前办不到，14:00 起继续叫号。", "Not expected to be called before the break at 12:00: calls go on at 14:00."},
		{queue.Ticket{Quantity: 2, Unserved: true}, "本号办理 2 件。取号时没有窗口办理这项业务，请留意叫号或到导办台询问。",
			"This number stands for 2 cases. No window served this when the number was given: watch for it, or ask at the desk."},
	} {
		if zh, en := noticeWords(&c.ticket, zone); zh != c.zh || en != c.en {
			t.Errorf("%+v says %q, %q", c.ticket, zh, en)
		}
	}
}
