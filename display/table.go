package display

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"iter"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"
)

// table is an answer that is had as JSON, or row by row as CSV.
type table struct {
	json   any
	total  int // of a list: how many there are in all
	header []string
	rows   iter.Seq2[[]string, error]
}

const (
	jsonType = "application/json"
	csvType  = "text/csv"
)

type csvKey struct{}

// asCSV reports whether the caller of a table route asked for CSV.
func asCSV(ctx context.Context) bool {
	is, _ := ctx.Value(csvKey{}).(bool)
	return is
}

// tableRoute registers an operation that answers with a T, or with a CSV of the same: Accept says which.
func tableRoute[T, I any](s *Server, id, pattern string, allowed roles, summary string, handler func(context.Context, *I) (*table, error)) {
	op := s.operation(id, pattern, allowed, summary)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		is := negotiation.SelectQValue(ctx.Header("Accept"), []string{jsonType, csvType}) == csvType
		next(huma.WithValue(ctx, csvKey{}, is))
	})
	t := reflect.TypeFor[T]()
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		jsonType: {Schema: s.api.OpenAPI().Components.Schemas.Schema(t, true, t.Name())},
		csvType: {Schema: &huma.Schema{Type: huma.TypeString, Description: "UTF-8 without a mark, a row of names first, times in the hall's zone; a text that a " +
			"spreadsheet would take for a formula stands behind an apostrophe"}},
	}}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return &huma.StreamResponse{Body: func(h huma.Context) { s.writeTable(h, out, asCSV(ctx)) }}, nil
	})
}

func (s *Server) writeTable(h huma.Context, t *table, asCSV bool) {
	h.SetHeader("Vary", "Accept")
	if !asCSV {
		h.SetHeader("Content-Type", jsonType)
		enc := json.NewEncoder(h.BodyWriter())
		enc.SetEscapeHTML(false)
		if err := enc.Encode(t.json); err != nil {
			s.log.Debug("write answer", "err", err) // the caller has gone
		}
		return
	}
	h.SetHeader("Content-Type", csvType+"; charset=utf-8; header=present")
	if t.total > 0 {
		h.SetHeader("Halld-Total", itoa(t.total))
	}
	w := csv.NewWriter(h.BodyWriter())
	w.UseCRLF = true
	err := w.Write(t.header)
	for row, rowErr := range t.rows {
		if rowErr != nil { // nobody shall take half of it for the whole
			s.log.Error("request failed", "doing", "write rows", "err", rowErr)
			panic(http.ErrAbortHandler)
		}
		for i := range row {
			row[i] = cell(row[i])
		}
		if err = w.Write(row); err != nil {
			break
		}
	}
	if w.Flush(); err == nil {
		err = w.Error()
	}
	if err != nil {
		s.log.Debug("write answer", "err", err)
	}
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

// local is a moment in the hall's zone, as spreadsheets read it; empty for none.
func (s *Server) local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zoneOf(s.view())).Format(time.DateTime)
}
