package display

import (
	"bytes"
	"cmp"
	"context"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"halld/queue"
)

//go:embed handsheet.html
var handSheetHTML string

var handSheetPage = template.Must(template.New("handsheet").Parse(handSheetHTML))

// freeRows are left for numbers that are given by hand.
const freeRows = 4

// The words of the sheet for what stands in its tickets and windows.
var (
	asideWords  = map[queue.State]word{queue.Held: {"搁置", "laid aside"}, queue.Missed: {"过号", "missed"}}
	windowWords = map[queue.WindowState]word{queue.WindowOpen: {"开放", "open"}, queue.WindowPaused: {"暂停", "paused"}, queue.WindowClosed: {"关闭", "closed"}}
)

type handView struct {
	Lang, Title, Hall, At, How, Nothing string
	W                                   map[string]string
	Windows                             []handWindow
	Queues                              []handLine
	Aside                               []handRow
}

type handWindow struct{ Window, Clerk, State, Number string }

type handLine struct {
	ID                          queue.QueueID
	Name, Waiting, Served, Next string
	Rows                        []handRow
}

type handRow struct{ Number, Business, Class, Since string }

// WriteHandSheet writes a sheet as a page to print, in Chinese or English.
func WriteHandSheet(w io.Writer, h queue.HandSheet, en bool) error {
	words := wordsIn(en)
	say := func(w word) string { return words(w.zh, w.en) }
	at := func(t time.Time, form string) string {
		if t.IsZero() {
			return ""
		}
		if h.Zone != nil {
			t = t.In(h.Zone)
		}
		return t.Format(form)
	}
	row := func(t *queue.Ticket, class, since string) handRow {
		return handRow{Number: t.Number, Business: words(t.ItemName, cmp.Or(t.ItemNameEn, t.ItemName)), Class: class, Since: since}
	}
	p := handView{
		Lang: words("zh", "en"), Title: words("手工叫号单", "Hand-calling sheet"), Hall: words(h.Hall, cmp.Or(h.HallEn, h.Hall)), At: at(h.At, "2006-01-02 15:04:05"),
		How: words("系统停用时按此单叫号：每个队列从上往下，写明窗口、时间和结果；恢复后把单子交给值班长。", "While the system is away, call from the top of each queue; write window, time and result, and give the sheet to the manager afterwards."),
		W: map[string]string{
			"Now": words("各窗口", "Windows"), "Window": words("窗口", "Window"), "Clerk": words("工作人员", "Clerk"), "State": words("状态", "State"), "Number": words("号码", "Number"),
			"Result": words("结果", "Result"), "Business": words("业务", "Business"), "Class": words("类别", "Class"), "Since": words("取号时间", "Number given"),
			"CalledAt": words("叫号时间", "Called at"), "Aside": words("搁置和过号，可能回来", "Laid aside or missed: may come back"),
		},
	}
	if h.Day == "" {
		p.Nothing = words("现在没有开放的营业日，没有人在等候。", "No service day is open: nobody waits.")
		return handSheetPage.Execute(w, p)
	}
	for i := range h.Windows {
		v := &h.Windows[i]
		one := handWindow{Window: strings.TrimSpace(string(v.ID) + " " + v.Name), Clerk: v.Clerk, State: say(windowWords[v.State])}
		if v.Ticket != nil {
			one.Number = v.Ticket.Number
		}
		p.Windows = append(p.Windows, one)
	}
	for i := range h.Queues {
		q := &h.Queues[i]
		var windows []string
		for _, id := range q.Windows {
			windows = append(windows, string(id))
		}
		line := handLine{
			ID: q.ID, Name: words(q.Name, cmp.Or(q.NameEn, q.Name)), Waiting: fmt.Sprintf(words("%d 人等候", "%d waiting"), len(q.Tickets)),
			Served: words("窗口：", "Windows: ") + strings.Join(windows, words("、", ", ")),
		}
		if q.Next != "" {
			line.Next = words("手工发号从 "+q.Next+" 起", "numbers by hand from "+q.Next)
		}
		for j := range q.Tickets {
			t := &q.Tickets[j]
			class := className(h.Classes, t.Class, words)
			if t.State == queue.Issued {
				class = words("正在打印", "being printed")
			}
			line.Rows = append(line.Rows, row(t, class, at(t.Issued, "15:04")))
		}
		for range freeRows {
			line.Rows = append(line.Rows, handRow{})
		}
		p.Queues = append(p.Queues, line)
	}
	for i := range h.Aside {
		t := &h.Aside[i]
		p.Aside = append(p.Aside, row(t, say(asideWords[t.State]), string(t.Window)))
	}
	return handSheetPage.Execute(w, p)
}

// className is what a class is called; an ordinary ticket needs no word.
func className(all []queue.ClassSetup, class queue.Class, words func(zh, en string) string) string {
	if class == queue.Ordinary {
		return ""
	}
	for i := range all {
		if all[i].ID == class {
			return words(all[i].Name, cmp.Or(all[i].NameEn, all[i].Name))
		}
	}
	return string(class)
}

type handSheetIn struct {
	Lang string `query:"lang" enum:"zh,en" default:"zh" doc:"the language of the page"`
}

// handSheetRoute registers the one operation that answers with a page.
func (s *Server) handSheetRoute() {
	op := s.operation("getHandSheet", "GET /api/handsheet", managing, "The hand-calling sheet: what the hall goes on with on paper")
	op.Responses["200"] = &huma.Response{Description: "A page to print", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	huma.Register(s.api, op, func(ctx context.Context, in *handSheetIn) (*huma.StreamResponse, error) {
		out, err := s.getHandSheet(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}

func (s *Server) getHandSheet(ctx context.Context, in *handSheetIn) (*huma.StreamResponse, error) {
	h, err := s.engine.HandSheet(ctx)
	if err != nil {
		return nil, notRead("make the hand-calling sheet", err)
	}
	var b bytes.Buffer
	if err := WriteHandSheet(&b, h, in.Lang == "en"); err != nil {
		return nil, &fault{code: Internal, doing: "make the hand-calling sheet", err: err}
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "text/html; charset=utf-8")
		if _, err := c.BodyWriter().Write(b.Bytes()); err != nil {
			s.log.Debug("write answer", "err", err)
		}
	}}, nil
}
