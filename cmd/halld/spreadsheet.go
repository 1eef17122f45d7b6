package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"halld/queue/hallfile"
)

// The forms of a sheet.
const (
	formCSV  = "csv"
	formXLSX = "xlsx"
)

const (
	byteOrderMark = "\ufeff"
	zipMagic      = "PK\x03\x04" // an XLSX file is an archive
	// mostSheet bounds what an XLSX file may unpack to: a few kilobytes can hold gigabytes.
	mostSheet = 64 << 20
)

// writeSheet writes a sheet for a spreadsheet program. The CSV has a byte order mark, without which the common one takes Chinese for something else.
func writeSheet(s hallfile.Sheet, form string) ([]byte, error) {
	if form == formXLSX {
		return writeXLSX(s)
	}
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = guarded(c)
		}
		if err := w.Write(cells); err != nil {
			return nil, fmt.Errorf("write %s as CSV: %w", s.Name, err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// guarded keeps a spreadsheet from taking a text for a formula; unguarded is its inverse.
func guarded(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@'", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@'", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

func writeXLSX(s hallfile.Sheet) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // it holds nothing but memory
	failed := func(err error) ([]byte, error) { return nil, fmt.Errorf("write %s as XLSX: %w", s.Name, err) }
	if err := f.SetSheetName(f.GetSheetName(0), s.Name); err != nil {
		return failed(err)
	}
	w, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return failed(err)
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}) // 49: what is typed in stays a text, 0012 too
	if err != nil {
		return failed(err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49})
	if err != nil {
		return failed(err)
	}
	if err := w.SetColWidth(1, max(len(s.Rows[0]), 1), 18); err != nil {
		return failed(err)
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return failed(err)
	}
	for i, row := range s.Rows {
		style := text
		if i == 0 {
			style = bold
		}
		cells := make([]any, len(row))
		for k, c := range row {
			cells[k] = excelize.Cell{StyleID: style, Value: c}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return failed(err)
		}
	}
	if err := w.Flush(); err != nil {
		return failed(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return failed(err)
	}
	return b.Bytes(), nil
}

// readSheet reads what a spreadsheet program wrote: XLSX (its first sheet), or CSV in UTF-8 or GB 18030, with commas, semicolons or tabs between cells.
func readSheet(name string, data []byte) (hallfile.Sheet, error) {
	s := hallfile.Sheet{Name: name}
	if bytes.HasPrefix(data, []byte(zipMagic)) {
		f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: mostSheet, UnzipXMLSizeLimit: mostSheet})
		if err != nil {
			return s, fmt.Errorf("read the XLSX file: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		if s.Rows, err = f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true}); err != nil {
			return s, fmt.Errorf("read the XLSX file: %w", err)
		}
		return s, nil
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return s, errors.New("read the CSV file: it is neither UTF-8 nor GB 18030; save it as CSV UTF-8 or as XLSX")
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.Comma = -1, separatorOf(data)
	rows, err := r.ReadAll()
	if err != nil {
		return s, fmt.Errorf("read the CSV file: %w", err)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = unguarded(row[i])
		}
	}
	s.Rows = rows
	return s, nil
}

// separatorOf is the separator that the first line has most of.
func separatorOf(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, sep := range ";\t" {
		if n := bytes.Count(first, []byte(string(sep))); n > most {
			best, most = sep, n
		}
	}
	return best
}
