package main

import (
	"fmt"
	"sync"
	"time"

	"halld/devices"
	"halld/queue"
)

// hallFaults are the faults of the hall itself, beside those of its devices: its clock, its day, its store, its set-up. Each says since when.
type hallFaults struct {
	s       *system
	refused string // why the file given at the start was not applied; empty: it was

	mu    sync.Mutex
	since map[string]time.Time
}

// list looks at the hall as it is now.
func (f *hallFaults) list() []devices.Problem {
	now, v := f.s.engine.Now(), f.s.engine.View()
	var out []devices.Problem
	add := func(code string, severity devices.Severity, text, textEn, hint, hintEn string) {
		out = append(out, devices.Problem{Device: "hall", Code: code, Severity: severity, Text: text, TextEn: textEn, Hint: hint, HintEn: hintEn})
	}
	if c := f.s.engine.Clock(); c.Quality != queue.Trusted {
		add("clock", devices.Failing, "大厅时间不可信", c.String(), "请核对机器时间和时间服务器；时间正确后在管理页确认", "Check the machine's clock and the time server; when it is right, confirm it on the manager's page.")
	}
	if v.Stale(now) {
		add("stale-day", devices.Failing, fmt.Sprintf("营业日 %s 还没有结束", v.Day), fmt.Sprintf("Service day %s is still open.", v.Day),
			"请办完或转走现有的号，结束营业后再开始今天的营业", "Finish who is still here, close that day, and open today's.")
	}
	if f.refused != "" {
		add("setup-refused", devices.Failing, "设置文件没有生效，大厅按原设置运行", "The hall file was not applied; the hall runs as it was set up before: "+f.refused,
			"请按日志改正文件后再应用（halld apply）", "Correct the file and apply it again (halld apply).")
	}
	if v.Config != nil {
		if year, missing := v.Config.Calendar.MissingYear(v.Config.Calendar.DayOf(now)); missing {
			add("calendar", devices.Warning, fmt.Sprintf("还没有 %d 年的节假日安排", year), fmt.Sprintf("The public holidays of %d are not known yet.", year),
				"节假日通知公布后请更新程序或在设置文件中写明", "When they are announced, update the program or write them into the hall file.")
		}
	}
	st := f.s.store.State()
	switch {
	case st.Fault != nil:
		add("store", devices.Failing, "数据无法保存，大厅暂停受理", "Nothing can be stored, so nothing is taken: "+st.Fault.Error(), "请检查磁盘和数据目录", "Check the disk and the data folder.")
	case st.Full:
		add("disk-full", devices.Failing, "磁盘已满，暂停取号，叫号照常", "The disk is full: no numbers are given; calling goes on.", "请清理磁盘空间", "Free space on the disk.")
	case st.Problem != nil:
		add("store-problem", devices.Warning, "数据存储需要维护", st.Problem.Error(), "请查看日志并联系技术人员", "See the log and ask a technician.")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := map[string]time.Time{}
	for i := range out {
		since, ok := f.since[out[i].Code]
		if !ok {
			since = now
		}
		kept[out[i].Code], out[i].Since = since, since
	}
	f.since = kept
	return out
}
