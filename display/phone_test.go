package display

import (
	"strings"
	"testing"

	"halld/queue"
	"halld/queue/wait"
)

// page is what a citizen's phone shows of a ticket.
func (v *visit) page(path, language string) reply {
	return ask(v.t, v.Handler(), "", "GET", path, "", "Accept-Language", language)
}

func (v *visit) reads(path string, want ...string) {
	v.t.Helper()
	got := v.page(path, "zh-CN")
	for _, w := range want {
		if got.status != 200 || !strings.Contains(string(got.body), w) {
			v.t.Errorf("%s: %d, not %q:\n%s", path, got.status, w, got.body)
		}
	}
}

// One visit as the citizen's phone tells it, from the number to the end of the service.
func TestPhoneFollowsAVisit(t *testing.T) {
	v := newCardVisit(t)
	var first, second Ticket
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &first)
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &second)
	mine := "/t/" + string(second.ID)
	v.reads(mine, second.Number, "前面 1 人", "data-live", "现在没有窗口办理")
	v.post(RoleClerk, "/api/windows/1/open", `{"clerk":"王芳"}`, nil)
	v.post(RoleClerk, "/api/windows/1/call", `{}`, nil)
	v.reads("/t/"+string(first.ID), "请到 1 号窗口", `class="called"`)
	v.reads(mine, "下一位就是您", "请留意 1 号窗口")
	v.post(RoleClerk, "/api/windows/1/serve", `{}`, nil)
	v.reads("/t/"+string(first.ID), "正在 1 号窗口办理")
	v.post(RoleClerk, "/api/windows/1/finish", `{"outcome":"done"}`, nil)
	v.reads("/t/"+string(first.ID), "已办结")
	if got := v.page("/t/"+string(first.ID), "zh"); strings.Contains(string(got.body), "data-live") || strings.Contains(string(got.body), "<script") {
		t.Error("the page of a finished visit still asks")
	}
	v.reads("/t/"+second.Number, "下一位就是您") // the number typed by hand
}

func TestPhoneGoesOnWithTheNextBusiness(t *testing.T) {
	v := newCardVisit(t)
	var ticket Ticket
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &ticket)
	v.post(RoleClerk, "/api/windows/1/open", `{"clerk":"王芳"}`, nil)
	v.post(RoleClerk, "/api/windows/1/call", `{}`, nil)
	v.post(RoleClerk, "/api/windows/1/serve", `{}`, nil)
	v.post(RoleClerk, "/api/windows/1/transfer", `{"queue":"B"}`, nil)
	v.reads("/t/"+string(ticket.ID), ticket.Number, "下一位就是您")
}

// A page behind no token says nothing but what stands on the hall's boards, in the language of the phone.
func TestPhoneSaysLittle(t *testing.T) {
	v := newCardVisit(t)
	var ticket Ticket
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A","class":"priority"}`, &ticket)
	en := v.page("/t/"+string(ticket.ID), "en-GB,en;q=0.9")
	if en.status != 200 || !strings.Contains(string(en.body), "You are next") || !strings.Contains(string(en.body), `lang="en"`) {
		t.Errorf("%d %s", en.status, en.body)
	}
	if zh := v.page("/t/"+string(ticket.ID)+"?lang=zh", "en"); !strings.Contains(string(zh.body), "下一位就是您") {
		t.Errorf("the other language: %s", zh.body)
	}
	for _, secret := range []string{string(queue.Priority), string(ticket.Visit)} {
		if secret != string(ticket.ID) && strings.Contains(strings.ReplaceAll(string(en.body), string(ticket.ID), ""), secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	for _, wrong := range []string{"/t/20200101-A001", "/t/Z999", "/t/%3Cscript%3E"} {
		if got := v.page(wrong, "zh"); got.status != 404 || !strings.Contains(string(got.body), "没有这个号") || strings.Contains(string(got.body), "<script>") {
			t.Errorf("%s: %d %s", wrong, got.status, got.body)
		}
	}
	if got := v.page("/ticket.js", "zh"); got.status != 200 || !strings.Contains(got.header.Get("Content-Type"), "javascript") {
		t.Errorf("%d %v", got.status, got.header)
	}
}

// What the page says at the end is what the clerk said: done only where it was done at the window.
func TestPhoneSaysTheOutcome(t *testing.T) {
	done := map[queue.Outcome]bool{queue.DoneAtOnce: true, queue.Collected: true, queue.Paid: true}
	for _, o := range queue.Outcomes() {
		t.Run(string(o), func(t *testing.T) {
			end, ok := endings[o]
			if !ok {
				t.Fatalf("outcome %s has no words for the citizen", o)
			}
			v := newCardVisit(t)
			var ticket Ticket
			v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &ticket)
			v.post(RoleClerk, "/api/windows/1/open", `{"clerk":"王芳"}`, nil)
			v.post(RoleClerk, "/api/windows/1/call", `{}`, nil)
			v.post(RoleClerk, "/api/windows/1/serve", `{}`, nil)
			v.post(RoleClerk, "/api/windows/1/finish", `{"outcome":"`+string(o)+`","note":"缺材料"}`, nil)
			v.reads("/t/"+string(ticket.ID), end.big.zh, end.say.zh)
			english := v.page("/t/"+string(ticket.ID)+"?lang=en", "zh")
			if !strings.Contains(string(english.body), end.big.en) {
				t.Errorf("no %q in\n%s", end.big.en, english.body)
			}
			for _, page := range []string{string(v.page("/t/"+string(ticket.ID), "zh").body), string(english.body)} {
				if says := strings.Contains(page, "已办结") || strings.Contains(page, ">Done<"); says != done[o] {
					t.Errorf("says done: %v", says)
				}
				if strings.Contains(page, "缺材料") {
					t.Error("the clerk's note is on the page")
				}
			}
		})
	}
}

// A hall that was closed meanwhile says so, and when it opens.
func TestPhoneOfAnEndedDay(t *testing.T) {
	next := noon.AddDate(0, 0, 1)
	for _, c := range []struct {
		view queue.View
		skip string
		want string
	}{
		{queue.View{NextOpening: next}, "", "大厅现在没有开门，3月3日 12:00 开门"},
		{queue.View{}, "停电检修", "今天不开门：停电检修"},
		{queue.View{Day: "2026-03-03"}, "", ""},
	} {
		var p phoneView
		p.standing(queue.Ticket{State: queue.Expired, Issued: noon}, &c.view, Day{Date: "2026-03-02", Skipped: c.skip}, func(zh, _ string) string { return zh })
		if p.Windows != c.want || (c.want != "") != strings.Contains(p.Say, "今天已经结束办理") {
			t.Errorf("%q %q, want %q", p.Windows, p.Say, c.want)
		}
	}
	// Whoever waits in a hall whose day or time is not right is told that.
	for _, c := range []struct {
		day  Day
		want string
	}{{Day{Stale: true, Clock: queue.Trusted}, "营业日不是今天"}, {Day{Clock: queue.Suspect}, "时间可能不准"}, {Day{Clock: queue.Trusted}, ""}} {
		p := phoneView{Live: true}
		p.standing(queue.Ticket{State: queue.Serving}, &queue.View{Day: "2026-03-02"}, c.day, func(zh, _ string) string { return zh })
		if !strings.Contains(p.Warn, c.want) || c.want == "" && p.Warn != "" {
			t.Errorf("%+v: %q", c.day, p.Warn)
		}
	}
}

func TestWaitWords(t *testing.T) {
	for want, ticket := range map[string]Ticket{
		"大约还要 1 分钟以内，请留意叫号": {WaitLow: 0, WaitHigh: 1}, "大约还要 4 分钟以内（按经验值），请留意叫号": {WaitLow: 0, WaitHigh: 4, WaitBasis: wait.Constant},
		"大约还要 5 到 20 分钟，请留意叫号": {WaitLow: 5, WaitHigh: 20, WaitBasis: wait.Rate}} {
		if got := waitWords(ticket, func(zh, _ string) string { return zh }); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Who is next is told where to look.
func TestEither(t *testing.T) {
	zh, en := func(zh, _ string) string { return zh }, func(_, en string) string { return en }
	for _, c := range []struct {
		windows []string
		zh, en  string
	}{{nil, "", ""}, {[]string{"1"}, "1", "1"}, {[]string{"1", "3"}, "1、3", "1 or 3"}, {[]string{"1", "2", "3"}, "1、2、3", "1, 2 or 3"}} {
		if gotZh, gotEn := either(c.windows, zh), either(c.windows, en); gotZh != c.zh || gotEn != c.en {
			t.Errorf("%v: %q and %q", c.windows, gotZh, gotEn)
		}
	}
}

// evacuation_freezes_and_resumes, as screens and phones tell it.
func TestEvacuationOnScreens(t *testing.T) {
	v := newCardVisit(t)
	var ticket Ticket
	v.post(RoleKiosk, "/api/tickets", `{"queue":"A"}`, &ticket)
	var day DayAnswer
	v.post(RoleClerk, "/api/hall/evacuate", `{"reason":"火警"}`, &day)
	if day.Day.Evacuated != "火警" || day.Day.EvacuatedAt.IsZero() {
		t.Errorf("screens are told %+v", day.Day)
	}
	v.reads("/t/"+string(ticket.ID), "请立即离开大厅", "火警", "位置都保留")
	ask(t, v.Handler(), RoleClerk, "POST", "/api/windows/1/open", `{"clerk":"王芳"}`)
	ask(t, v.Handler(), RoleClerk, "POST", "/api/windows/1/call", `{}`).refusal(t, queue.Evacuated)
	ask(t, v.Handler(), RoleClerk, "POST", "/api/hall/resume", `{}`).refusal(t, NotAllowed)
	day = DayAnswer{}
	v.post(RoleManager, "/api/hall/resume", `{}`, &day)
	if day.Day.Evacuated != "" {
		t.Errorf("afterwards screens are told %+v", day.Day)
	}
	v.reads("/t/"+string(ticket.ID), "下一位就是您")
}
