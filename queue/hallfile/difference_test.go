package hallfile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// Changes are said as people in the hall say them, each with what it touches.
func TestDifferenceWords(t *testing.T) {
	t.Parallel()
	read := func(old, new string) queue.Config {
		c, all := Read([]byte(strings.Replace(good, old, new, 1)), Options{})
		if len(all) > 0 {
			t.Fatalf("%s: %s", new, all[0].In("", English))
		}
		return c
	}
	was := read("queues = [\"B\"]", "queues = [\"B\", \"A\"]")
	span := catalogue.Span{From: 9 * 60, To: 12 * 60}
	for _, c := range []struct {
		change func(*queue.Config)
		zh, en []string // each with its parts
	}{
		{func(c *queue.Config) { c.WindowSetup[1].Queues = []queue.QueueID{"B"} }, []string{"2 号窗口不再办 A 业务 规则、屏幕"},
			[]string{"window 2 no longer serves queue A rules, screens"}},
		{func(c *queue.Config) { c.WindowSetup[0].Queues = []queue.QueueID{"A", "B"} }, []string{"1 号窗口开始办 B 业务 规则、屏幕"},
			[]string{"window 1 now serves queue B rules, screens"}},
		{func(c *queue.Config) { c.WindowSetup[1].Queues = []queue.QueueID{"A", "B"} }, []string{"2 号窗口的业务先后：B, A → A, B 规则、屏幕"},
			[]string{"window 2 prefers its queues otherwise: B, A → A, B rules, screens"}},
		{func(c *queue.Config) { c.Queues = append(c.Queues, queue.Queue{ID: "E", Name: "社保"}) }, []string{"新增队列 E（社保） 规则、屏幕"},
			[]string{"new queue E 社保 rules, screens"}},
		{func(c *queue.Config) { c.Queues = c.Queues[:1] }, []string{"撤销队列 B（税务） 规则、屏幕"}, []string{"queue B 税务 is gone rules, screens"}},
		{func(c *queue.Config) { c.Queues[0], c.Queues[1] = c.Queues[1], c.Queues[0] }, []string{"队列的次序变了 规则、屏幕"},
			[]string{"the queues stand in another order rules, screens"}},
		{func(c *queue.Config) { c.Devices[0].Port = "tcp:192.0.2.7:5005" }, []string{"窗口屏 board-1 的端口：/dev/ttyUSB0 → tcp:192.0.2.7:5005 设备"},
			[]string{"board board-1, port: /dev/ttyUSB0 → tcp:192.0.2.7:5005 devices"}},
		{func(c *queue.Config) { c.Devices[0].Line.Baud = 19200; c.Devices[0].Line.Flow = "none" },
			[]string{"窗口屏 board-1 的线路参数 baud：9600 → 19200 设备", "窗口屏 board-1 的线路参数 flow：无 → none 设备"},
			[]string{"board board-1, line setting baud: 9600 → 19200 devices", "board board-1, line setting flow: nothing → none devices"}},
		{func(c *queue.Config) { c.Devices[0].Kind = "caller+pad" }, []string{"呼叫器+评价器 board-1 的种类：board → caller+pad 设备"},
			[]string{"caller+pad board-1, kind: board → caller+pad devices"}},
		{func(c *queue.Config) { c.Devices = nil }, []string{"撤销窗口屏 board-1，端口 /dev/ttyUSB0 设备"}, []string{"board board-1 at /dev/ttyUSB0 is gone devices"}},
		{func(c *queue.Config) { c.Policy.PriorityHead = 10 * time.Minute }, []string{"优先提前量：15m → 10m 规则"}, []string{"head start of priority: 15m → 10m rules"}},
		{func(c *queue.Config) { c.Policy.WarnAt = 0 }, []string{"号段用尽的提醒：90% → 0% 规则、屏幕"}, []string{"warning before the last number: 90% → 0% rules, screens"}},
		{func(c *queue.Config) { c.Queues[0].Target = queue.Target{Wait: 20 * time.Minute, Share: 90} }, []string{"队列 A 的等候承诺：无 → 20m 90% 屏幕"},
			[]string{"queue A, target: nothing → 20m 90% screens"}},
		{func(c *queue.Config) { c.People[0].Role = queue.Chief }, []string{"人员 1001 的岗位角色：handler → chief 规则、屏幕"},
			[]string{"person 1001, role: handler → chief rules, screens"}},
		{func(c *queue.Config) { c.Calendar.Hours.Mon = []catalogue.Span{span} }, []string{"星期一：无 → 09:00-12:00 规则、屏幕、设备"},
			[]string{"Monday: nothing → 09:00-12:00 rules, screens, devices"}},
		{func(c *queue.Config) {
			c.Calendar.Specials = []catalogue.Special{{Date: "2026-10-01", Closed: true, Name: "国庆节"}}
		}, []string{"新增特别日 2026-10-01（国庆节） 规则、屏幕、设备"}, []string{"new special day 2026-10-01 国庆节 rules, screens, devices"}},
		{func(c *queue.Config) { c.Calendar.PublicUntil = 2027 }, []string{"已知的公众假日变了：到 0 年 → 到 2027 年 规则、屏幕、设备"},
			[]string{"the public holidays are known otherwise: up to 0 → up to 2027 rules, screens, devices"}},
		{func(c *queue.Config) { c.Items[0].Fee = &catalogue.Fee{} }, []string{"事项 idcard 的收费（分）换了内容 屏幕"},
			[]string{"item idcard, fee in fen: another content screens"}},
		{func(c *queue.Config) {
			next := c.Items[0]
			next.From = "2027-01-01"
			c.Items = append(c.Items, next)
		}, []string{"新增事项 idcard 2027-01-01（居民身份证申领） 规则、屏幕"}, []string{"new item idcard 2027-01-01 居民身份证申领 rules, screens"}},
		{func(c *queue.Config) { c.Ticket = "a\nb\n" }, []string{"号票模板换了内容 设备"}, []string{"ticket template: another text devices"}},
		{func(*queue.Config) {}, nil, nil},
	} {
		next := read("queues = [\"B\"]", "queues = [\"B\", \"A\"]")
		c.change(&next)
		var zh, en []string
		for _, d := range Difference(was, next) {
			zh, en = append(zh, d.Text(Chinese)+" "+d.Parts(Chinese)), append(en, d.Text(English)+" "+d.Parts(English))
		}
		if !slices.Equal(zh, c.zh) || !slices.Equal(en, c.en) {
			t.Errorf("%q\n%q", zh, en)
		}
	}
}
