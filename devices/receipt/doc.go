// Package receipt reads the language that tickets are written in, and lays a ticket out on paper of any width. It knows no printer, no hall
// and no font: what comes out are rows of styled text, codes, pictures and cuts in cells of the printer's font.
//
// The language is the part of ReceiptLine (OFSC specification; the names of its properties are theirs) that a ticket needs. One line of the
// template is one row of the ticket:
//
//	政务服务中心                   text, centred
//	|业务                          text at the left; 业务| stands at the right
//	前面等候 | 12 人               columns: a blank behind the text pulls it left, one before it right
//	^^^A0123                       size: ^ wide, ^^ high, ^^^ 2×2, ^^^^ 3×3 … ^^^^^^^ 6×6; the same again ends it
//	"bold" _underlined_ `reverse`  until the same mark again or the end of the column
//	---                            a rule
//	===                            a cut
//	{width:*,10}                   columns from here on: one takes what is left, one has 10 cells; auto: all alike
//	{align:left}                   where columns that do not fill the paper stand: left, center, right
//	{border:space}                 between columns: space, line, none, or 0 to 2 cells
//	{text:nowrap}                  what is too long is cut off; {text:wrap} goes on in the next row
//	{code:…;option:qrcode,5,M}     a QR code: dots per module 3 to 8, level L, M, Q or H
//	{code:…;option:code128,2,72,hri}   a bar code: dots per module 2 to 4, height 24 to 240, with its text
//	{image:…}                      a PNG in base64, black where it is darker than half grey
//	{comment:…}                    nothing
//	~ \| \{ \\ \n \x41             a blank; a mark as it is; a new row; a character by its code
//
// Short keys: a align, b border, c code, i image, o option, t text, w width, _ comment. ReceiptLine's command (x) is refused: bytes for a
// printer belong in the printer's profile.
//
// {{name}} is a field (Fields lists them). Fields are put in before the line is read, with every mark in them taken away (see Fill), so a
// value is text and nothing else. A row whose fields are all empty is left out; {{?name}} prints nothing and leaves the row out when
// that field is empty. The entries of a list stand with 、 between them; those of {{bring}} get a row each where it is the only field of its
// row. There are no loops and no expressions.
//
// Where ReceiptLine guesses or is silent, this package says the line, the column and the right form: an unescaped brace, an unknown property
// or value, an escape that is none, a control character. Three things are made better for people who read the ticket: text is broken at
// blanks and between Chinese characters, never before a closing mark; what is centred and too long is broken into lines of like length; a
// word, such as a number, that does not fit its column in its size becomes smaller instead of being broken.
package receipt

import "fmt"

// Error is a mistake in a template.
type Error struct {
	Line, Column int // from 1; the column counts characters
	Text         string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}
