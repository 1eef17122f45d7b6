package escpos

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"halld/devices/receipt"
)

// errNoFont says that text must be drawn and nothing can draw it.
var errNoFont = errors.New("no font with Chinese characters is installed (for example the package fonts-noto-cjk)")

// fontDirs are searched in order for the fonts of fontNames.
var fontDirs = []string{"/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/halld/fonts"}

// fontNames are fonts with the characters of personal and place names, best first. In the collections of Noto the simplified Chinese face
// is the one of index 2.
var fontNames = []struct {
	name  string
	index int
}{
	{"NotoSansCJK-Regular.ttc", 2}, {"NotoSansCJK-Medium.ttc", 2}, {"NotoSansCJKsc-Regular.otf", 0}, {"NotoSansSC-Regular.otf", 0}, {"NotoSansSC-Regular.ttf", 0},
	{"SourceHanSansSC-Regular.otf", 0}, {"SourceHanSansCN-Regular.otf", 0}, {"NotoSansCJK-Bold.ttc", 2}, {"NotoSerifCJK-Regular.ttc", 2}, {"NotoSerifCJK-Bold.ttc", 2},
	{"unifont.otf", 0}, {"unifont.ttf", 0}, {"unifont_upper.otf", 0}, {"gbsn00lp.ttf", 0},
}

// pen draws text into dots. Its methods may be called from several goroutines.
type pen struct {
	mu    sync.Mutex
	fonts []*opentype.Font
	faces map[faceKey]font.Face
}

type faceKey struct{ font, px int }

var (
	pensMu sync.Mutex
	pens   = map[string]*pen{}
)

// findPen opens the system's Chinese fonts, or the one at path. What was not found is looked for again the next time.
func findPen(path string) (*pen, error) {
	pensMu.Lock()
	defer pensMu.Unlock()
	if p := pens[path]; p != nil {
		return p, nil
	}
	p := &pen{faces: map[faceKey]font.Face{}}
	if path != "" {
		f, err := openFont(path, 2)
		if err != nil {
			return nil, err
		}
		p.fonts = append(p.fonts, f)
	} else {
		files := fontFiles(fontDirs)
		for _, want := range fontNames {
			file := files[strings.ToLower(want.name)]
			if file == "" {
				continue
			}
			if f, err := openFont(file, want.index); err == nil { // a font that cannot be read is as good as none
				p.fonts = append(p.fonts, f)
			}
		}
	}
	if len(p.fonts) == 0 {
		return nil, errNoFont
	}
	pens[path] = p
	return p, nil
}

func fontFiles(dirs []string) map[string]string {
	files := map[string]string{}
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if name := strings.ToLower(d.Name()); files[name] == "" {
					files[name] = file
				}
			}
			return nil // a folder that cannot be read has no fonts for us
		})
	}
	return files
}

// openFont opens a font or a collection. The file stays open: glyphs are read from it when they are needed, not 19 MB at once.
func openFont(path string, index int) (*opentype.Font, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open font: %w", err)
	}
	c, err := opentype.ParseCollectionReaderAt(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read font %s: %w", path, err), file.Close())
	}
	f, err := c.Font(min(index, c.NumFonts()-1))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read font %s: %w", path, err), file.Close())
	}
	return f, nil
}

// face finds a face that has the character.
func (p *pen) face(r rune, px int) (font.Face, error) {
	for i, f := range p.fonts {
		if g, err := f.GlyphIndex(nil, r); err != nil || g == 0 {
			continue
		}
		key := faceKey{i, px}
		if face := p.faces[key]; face != nil {
			return face, nil
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(px), DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return nil, fmt.Errorf("size font to %d dots: %w", px, err)
		}
		p.faces[key] = face
		return face, nil
	}
	return nil, fmt.Errorf("no installed font has %q (U+%04X): %w", string(r), r, errNoFont)
}

// has says whether a character can be drawn.
func (p *pen) has(r rune) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.face(r, cellH)
	return err == nil
}

// draw puts text into cells of the printer's own font grid, so that a drawn line stands like a printed one. x and y are the top left corner.
func (p *pen) draw(dst *image.Gray, x, y int, text string, st receipt.Style) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := min(st.W, st.H) // wide or high characters are stretched, as printers do it
	from := x
	for _, r := range text {
		w := receipt.Cells(r) * cellW * size
		glyph := white(w, cellH*size)
		if r != ' ' {
			if err := p.glyph(glyph, r, size, st.Bold); err != nil {
				return err
			}
		}
		fx, fy := st.W/size, st.H/size
		for gy := range cellH * st.H {
			for gx := range w * fx {
				if v := glyph.GrayAt(gx/fx, gy/fy); v.Y < 128 {
					dst.SetGray(x+gx, y+gy, color.Gray{})
				}
			}
		}
		x += w * fx
	}
	if st.Underline {
		draw.Draw(dst, image.Rect(from, y+cellH*st.H-2, x, y+cellH*st.H), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	if st.Reverse {
		for gy := y; gy < y+cellH*st.H; gy++ {
			for gx := from; gx < x; gx++ {
				if (image.Point{X: gx, Y: gy}).In(dst.Rect) {
					dst.SetGray(gx, gy, color.Gray{Y: 0xFF - dst.GrayAt(gx, gy).Y})
				}
			}
		}
	}
	return nil
}

// glyph draws one character into its cells.
func (p *pen) glyph(dst *image.Gray, r rune, size int, bold bool) error {
	px, base := cellH*size, cellH*size*88/100
	if receipt.Cells(r) == 1 {
		px, base = px*4/5, cellH*size*82/100 // Latin letters of a Chinese font hang lower and are wider than half a square
	}
	face, err := p.face(r, px)
	if err != nil {
		return err
	}
	adv, _ := face.GlyphAdvance(r)
	to, wide := dst, max(dst.Rect.Dx(), adv.Ceil())
	if wide > dst.Rect.Dx() {
		to = white(wide, dst.Rect.Dy())
	}
	d := font.Drawer{Dst: to, Src: image.NewUniform(color.Black), Face: face, Dot: fixed.P((wide-adv.Round())/2, base)}
	at := d.Dot
	d.DrawString(string(r))
	if bold {
		d.Dot = at.Add(fixed.P(size, 0)) // printers bolden by a second strike one dot aside
		d.DrawString(string(r))
	}
	if to != dst {
		xdraw.ApproxBiLinear.Scale(dst, dst.Rect, to, to.Rect, xdraw.Src, nil) // W and m are pressed into their cell
	}
	return nil
}

// white makes blank paper.
func white(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
	return g
}
