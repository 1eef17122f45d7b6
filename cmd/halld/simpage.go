package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/png"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"halld/devices"
	"halld/devices/sim"
	"halld/queue"
)

//go:embed simpage.html
var simPageHTML []byte

// simPage is the demo's page of simulated devices: what each shows, its keys, its faults. The page itself says nothing; what it asks for is given to this
// machine and to whoever has the admin token.
type simPage struct {
	sims *simulators
	cfg  queue.Config
	sys  atomic.Pointer[system] // nil until the hall is open
	mux  *http.ServeMux
}

func newSimPage(sims *simulators, cfg queue.Config) *simPage {
	p := &simPage{sims: sims, cfg: cfg, mux: http.NewServeMux()}
	p.mux.HandleFunc("GET /sim", p.page)
	p.mux.HandleFunc("GET /sim/state", p.guarded(p.state))
	p.mux.HandleFunc("GET /sim/picture/{id}", p.guarded(p.picture))
	p.mux.HandleFunc("POST /sim/act", p.guarded(p.act))
	return p
}

// around serves the page before the hall's own pages.
func (p *simPage) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sim" || strings.HasPrefix(r.URL.Path, "/sim/") {
			p.mux.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (p *simPage) page(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(simPageHTML) // who has gone does not need it
}

// guarded lets a request through to what shows or changes devices.
func (p *simPage) guarded(next func(*system, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	foreign := http.NewCrossOriginProtection()
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		sys := p.sys.Load()
		switch {
		case sys == nil:
			refuseSim(w, http.StatusServiceUnavailable, "大厅正在启动", "The hall is starting.")
		case !allowedSim(sys, r):
			refuseSim(w, http.StatusForbidden, "只能在本机打开，或在网址后加 #token=管理员令牌", "Open it on this machine, or put #token=ADMIN-TOKEN behind the address.")
		case foreign.Check(r) != nil:
			refuseSim(w, http.StatusForbidden, "另一个网站发来的请求被拒绝", "A request from another site is refused.")
		default:
			next(sys, w, r)
		}
	}
}

// allowedSim says who may: a bearer of the admin token, or a browser on this machine that asked for this machine. A name that some other site made lead
// here, and what a proxy hands on, do not count as this machine.
func allowedSim(sys *system, r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		role, _, known := sys.sessions.Lookup(strings.TrimSpace(token))
		return known && role == "admin"
	}
	if r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" {
		return false
	}
	return loopback(r.RemoteAddr) && (loopback(r.Host) || strings.EqualFold(hostOf(r.Host), "localhost"))
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

func loopback(address string) bool {
	ip := net.ParseIP(hostOf(address))
	return ip != nil && ip.IsLoopback()
}

// simWord is a word in both languages.
type simWord struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func refuseSim(w http.ResponseWriter, status int, zh, en string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(simWord{zh, en}) // who has gone does not need it
}

type simState struct {
	Hall    simWord          `json:"hall"`
	Windows []simWindow      `json:"windows"`
	Devices []simDeviceState `json:"devices"` // in the order of the hall file
}

type simWindow struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	State  queue.WindowState `json:"state"`
	Number string            `json:"number,omitempty"`
	Ticket queue.State       `json:"ticket,omitempty"`
}

type simDeviceState struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Profile  string            `json:"profile"`
	Window   string            `json:"window,omitempty"`
	Port     string            `json:"port"`
	Text     string            `json:"text"`              // what it shows, or said last
	Said     []string          `json:"said,omitempty"`    // by a voice, the last first
	Picture  string            `json:"picture,omitempty"` // changes when the picture does; empty: there is none
	Printed  int               `json:"printed"`           // tickets that came out
	Keys     []string          `json:"keys"`
	Levels   []int             `json:"levels"`
	Scans    bool              `json:"scans"`          // it reads codes
	Code     string            `json:"code,omitempty"` // one to hold before it: that of the ticket given last
	Faults   []simFault        `json:"faults"`
	State    string            `json:"state"`    // as the hall sees it
	Problems []devices.Problem `json:"problems"` // that the hall knows of
}

type simFault struct {
	Code string `json:"code"`
	simWord
	On bool `json:"on"`
}

// simFaultWords are short words for faults of the line; the others are called as the hall calls them.
var simFaultWords = map[string]simWord{
	"unplugged": {"拔掉", "Unplugged"}, "silent": {"不应答", "Silent"}, "garbage": {"乱码", "Garbage"}, "slow": {"应答慢", "Slow"}, "bad-checksum": {"校验错", "Bad checksum"},
	"weak-proof": {"不确认打印", "No proof of print"},
}

func (p *simPage) state(sys *system, w http.ResponseWriter, _ *http.Request) {
	out := simState{Hall: simWord{p.cfg.Name, cmp.Or(p.cfg.NameEn, p.cfg.Name)}, Windows: []simWindow{}, Devices: []simDeviceState{}}
	for _, win := range sys.engine.View().Windows {
		s := simWindow{ID: string(win.ID), Name: win.Name, State: win.State}
		if win.Ticket != nil {
			s.Number, s.Ticket = win.Ticket.Number, win.Ticket.State
		}
		out.Windows = append(out.Windows, s)
	}
	health := map[string]devices.Health{}
	for _, h := range sys.rack.Health() {
		health[h.ID] = h
	}
	for _, d := range p.cfg.Devices {
		if dev := p.sims.devices[d.ID]; dev != nil {
			out.Devices = append(out.Devices, p.device(d, dev, health[string(d.ID)]))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who has gone does not need it
}

func (p *simPage) device(d queue.Device, dev sim.Device, h devices.Health) simDeviceState {
	s := simDeviceState{ID: string(d.ID), Kind: d.Kind, Profile: d.Profile, Window: string(d.Window), Port: p.sims.ports[d.Port], Text: simText(dev), State: h.State,
		Keys: append([]string{}, simKeys(dev)...), Levels: []int{}, Faults: []simFault{}, Problems: append([]devices.Problem{}, h.Problems...)}
	if img := pictureOf(dev); img != nil {
		s.Picture = pictureTag(img)
	}
	if v, ok := dev.(*sim.Described); ok && strings.Contains(d.Kind, "voice") {
		s.Said = v.Said()
	}
	if r, ok := dev.(sim.Rated); ok {
		s.Levels = append(s.Levels, r.Levels()...)
	}
	if scanner, ok := dev.(sim.Scanning); ok && scanner.Scans() {
		s.Scans, s.Code = true, p.lastTicket()
	}
	if printer, ok := dev.(*sim.Printer); ok {
		if all := printer.Receipts(); len(all) > 0 {
			s.Printed, s.Text = len(all), all[len(all)-1].Text
		}
	}
	for _, code := range dev.Faults() {
		word, ok := simFaultWords[code]
		if !ok {
			problem := devices.NewProblem(s.ID, code, time.Time{})
			word = simWord{problem.Text, strings.TrimSuffix(problem.TextEn, ".")}
		}
		s.Faults = append(s.Faults, simFault{code, word, dev.Has(code)})
	}
	return s
}

// numberOnPaper is a ticket's number as it stands on a line of its own.
var numberOnPaper = regexp.MustCompile(`(?m)^\s*([A-Z]{1,2}[0-9]{3,4})\s*$`)

// lastTicket is the number of the ticket that came out last; empty: none has.
func (p *simPage) lastTicket() string {
	var newest sim.Receipt
	for _, dev := range p.sims.devices {
		if printer, ok := dev.(*sim.Printer); ok {
			if all := printer.Receipts(); len(all) > 0 && all[len(all)-1].At.After(newest.At) {
				newest = all[len(all)-1]
			}
		}
	}
	if m := numberOnPaper.FindStringSubmatch(newest.Text); m != nil {
		return m[1]
	}
	return ""
}

func pictureOf(dev sim.Device) image.Image {
	if p, ok := dev.(sim.Pictured); ok {
		return p.Picture()
	}
	return nil
}

// pictureTag is a short name of what a picture shows.
func pictureTag(img image.Image) string {
	h := fnv.New64a()
	fmt.Fprint(h, img.Bounds())
	switch i := img.(type) {
	case *image.Gray:
		_, _ = h.Write(i.Pix) // a hash takes all
	case *image.Paletted:
		_, _ = fmt.Fprint(h, i.Palette)
		_, _ = h.Write(i.Pix)
	default:
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				fmt.Fprint(h, img.At(x, y))
			}
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

func (p *simPage) picture(_ *system, w http.ResponseWriter, r *http.Request) {
	dev := p.sims.devices[queue.DeviceID(r.PathValue("id"))]
	if dev == nil {
		refuseSim(w, http.StatusNotFound, "没有这个设备", "There is no such device.")
		return
	}
	img := pictureOf(dev)
	if printer, ok := dev.(*sim.Printer); ok && r.FormValue("back") != "" { // a ticket before the last one
		img = nil
		all := printer.Receipts()
		if back, err := strconv.Atoi(r.FormValue("back")); err == nil && back >= 0 && back < len(all) {
			img = all[len(all)-1-back].Image
		}
	}
	if img == nil {
		refuseSim(w, http.StatusNotFound, "还没有画面", "There is nothing to see yet.")
		return
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		refuseSim(w, http.StatusInternalServerError, "画面生成失败", "The picture could not be made.")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(b.Bytes()) // who has gone does not need it
}

// simAction is one thing done to a device.
type simAction struct {
	ID    string `json:"id"`
	Fault string `json:"fault"` // switched On or off
	On    bool   `json:"on"`
	Key   string `json:"key"`   // pressed
	Level int    `json:"level"` // of the pad, pressed
	Code  string `json:"code"`  // held before a scanner
}

func (p *simPage) act(_ *system, w http.ResponseWriter, r *http.Request) {
	var a simAction
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&a); err != nil {
		refuseSim(w, http.StatusBadRequest, "请求无法识别", "The request is not understood: "+err.Error())
		return
	}
	dev := p.sims.devices[queue.DeviceID(a.ID)]
	if dev == nil {
		refuseSim(w, http.StatusNotFound, "没有这个设备", "There is no such device.")
		return
	}
	if err := a.do(dev); err != nil {
		refuseSim(w, http.StatusConflict, "没有办成：主机没有应答，或设备没有这个功能", "Not done: "+err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a simAction) do(dev sim.Device) error {
	switch {
	case a.Fault != "":
		return dev.SetFault(a.Fault, a.On)
	case a.Key != "":
		if k, ok := dev.(sim.Keyed); ok {
			return k.Press(a.Key)
		}
	case a.Code != "":
		if s, ok := dev.(sim.Scanning); ok && s.Scans() {
			return s.Scan(a.Code)
		}
	case a.Level != 0:
		if l, ok := dev.(sim.Rated); ok {
			return l.Rate(a.Level)
		}
	}
	return errors.New("this device cannot do that")
}
