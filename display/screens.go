package display

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// screenNames are the screens a hall can have, in the order of the index.
var screenNames = []struct{ name, zh, en string }{
	{"kiosk", "取号机", "Kiosk"},
	{"clerk", "窗口工作台", "Clerk"},
	{"window", "窗口屏", "Window"},
	{"board", "综合屏", "Hall board"},
	{"pad", "评价器", "Rating pad"},
	{"manager", "大厅管理", "Manager"},
	{"technician", "设备维护", "Technician"},
	{"phone", "手机页面", "Phone"},
}

// notBuilt is what is shown where the binary was built without its screens.
const notBuilt = "screens not built: run make web"

// pageFiles are the places where a build may have put the page of a screen.
func pageFiles(name string) []string {
	return []string{name + ".html", name + "/index.html", "src/screens/" + name + "/index.html"}
}

// screen serves everything that is not the API: the index, the screens by name, and the files they load.
func (s *Server) screen(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, fail(BadMethod, "screens are only read"))
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		s.index(w, r)
		return
	}
	isScreen := slices.ContainsFunc(screenNames, func(n struct{ name, zh, en string }) bool { return n.name == name })
	if isScreen {
		for _, f := range pageFiles(name) {
			if s.file(w, r, f) {
				return
			}
		}
		http.Error(w, notBuilt, http.StatusNotFound)
		return
	}
	if fs.ValidPath(name) && !strings.HasPrefix(path.Base(name), ".") && s.file(w, r, name) {
		return
	}
	s.refuse(w, r, fail(NotFound, "there is no %s", r.URL.Path))
}

// file serves one built file and reports whether there is such a file. Names below assets/ hold a hash, so they may be kept for ever;
// all others are asked for again each time, by a tag of their contents: embedded files have no date.
func (s *Server) file(w http.ResponseWriter, r *http.Request, name string) bool {
	b, err := fs.ReadFile(s.screens, name)
	if err != nil {
		if info, statErr := fs.Stat(s.screens, name); statErr == nil && info.IsDir() || errors.Is(err, fs.ErrNotExist) {
			return false
		}
		s.refuse(w, r, &fault{code: Unavailable, doing: "read screen " + name, err: err})
		return true
	}
	h := w.Header()
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d, immutable", int(assetAge.Seconds())))
	} else {
		sum := sha256.Sum256(b)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	return true
}

var indexPage = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Name}}</title>
<style>body{font:18px/1.6 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:40em;margin:2em auto;padding:0 1em;color:#1c2526}
a{display:block;padding:12px 0;color:#0b5d5e;border-bottom:1px solid #dde3e3;text-decoration:none}a:focus,a:hover{text-decoration:underline}small{color:#56666a}</style></head>
<body><h1>{{.Name}}{{with .NameEn}} <small lang="en">{{.}}</small>{{end}}</h1>
{{range .Screens}}<a href="/{{.Name}}">{{.Zh}} <small lang="en">{{.En}}</small></a>
{{else}}<p>{{$.NotBuilt}}</p>
{{end}}</body></html>
`))

type indexScreen struct{ Name, Zh, En string }

// index lists the screens that were built.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	c := configOf(s.view())
	data := struct {
		Name, NameEn, NotBuilt string
		Screens                []indexScreen
	}{Name: c.Name, NameEn: c.NameEn, NotBuilt: notBuilt}
	if data.Name == "" {
		data.Name = "halld"
	}
	for _, n := range screenNames {
		for _, f := range pageFiles(n.name) {
			if _, err := fs.Stat(s.screens, f); err == nil {
				data.Screens = append(data.Screens, indexScreen{n.name, n.zh, n.en})
				break
			}
		}
	}
	var b bytes.Buffer
	if err := indexPage.Execute(&b, data); err != nil {
		s.refuse(w, r, &fault{code: Internal, doing: "make the index", err: err})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	s.write(w, b.Bytes())
}

// buildOf names the built screens by their files: their names hold a hash of what is in them.
func buildOf(screens fs.FS) string {
	sum := sha256.New()
	err := fs.WalkDir(screens, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(name, "assets/") {
			fmt.Fprintln(sum, name)
		}
		return err
	})
	if err != nil {
		return "" // screens that are not built have no build
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
