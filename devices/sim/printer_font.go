package sim

import (
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// fontFiles are fonts with Chinese characters that a simulated head may draw with, and which face of a collection is the simplified Chinese one.
var fontFiles = map[string]int{"NotoSansCJK-Regular.ttc": 2, "NotoSansCJK-Bold.ttc": 2, "NotoSerifCJK-Regular.ttc": 2, "NotoSansSC-Regular.otf": 0, "SourceHanSansSC-Regular.otf": 0, "unifont.otf": 0, "gbsn00lp.ttf": 0}

type glyphKey struct {
	r     rune
	w     int
	small bool
}

// letters draws characters into cells of 24 dots and keeps them. Without an installed font a character is a shaded box.
var letters = struct {
	sync.Mutex
	looked bool
	faces  []font.Face // of fonts, large
	little []font.Face
	made   map[glyphKey]*bitmap
}{made: map[glyphKey]*bitmap{}}

// glyph draws a character into its cell.
func glyph(cell *bitmap, r rune, small bool) {
	letters.Lock()
	defer letters.Unlock()
	if !letters.looked {
		letters.looked = true
		for _, dir := range []string{"/usr/share/fonts", "/usr/local/share/fonts"} {
			_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // a folder that cannot be read has no fonts
				if index, wanted := fontFiles[filepath.Base(name)]; err == nil && wanted && !d.IsDir() {
					openFaces(name, index)
				}
				return nil
			})
		}
	}
	key := glyphKey{r, cell.w, small}
	d := letters.made[key]
	if d == nil {
		d = draw(r, cell.w, cell.h, small)
		if len(letters.made) < 20000 {
			letters.made[key] = d
		}
	}
	copy(cell.on, d.on)
}

func openFaces(name string, index int) {
	file, err := os.Open(name)
	if err != nil {
		return
	}
	c, err := opentype.ParseCollectionReaderAt(file) // read from for as long as the program runs
	if err != nil || index >= c.NumFonts() {
		_ = file.Close()
		return
	}
	f, err := c.Font(index)
	if err != nil {
		_ = file.Close()
		return
	}
	for size, to := range map[float64]*[]font.Face{23: &letters.faces, 17: &letters.little} {
		if face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull}); err == nil {
			*to = append(*to, face)
		}
	}
}

func draw(r rune, w, h int, small bool) *bitmap {
	d := newBitmap(w, h)
	if r == ' ' || r == 0x3000 {
		return d
	}
	faces := letters.faces
	if small {
		faces = letters.little
	}
	for _, face := range faces {
		advance, known := face.GlyphAdvance(r)
		if !known {
			continue
		}
		wide := max(w, advance.Ceil()+1) // W and m of a Chinese font are wider than half a square: they are pressed together, not cut off
		g := image.NewAlpha(image.Rect(0, 0, wide, h))
		left := (fixed.I(wide) - advance) / 2
		pen := font.Drawer{Dst: g, Src: image.Opaque, Face: face, Dot: fixed.Point26_6{X: left, Y: fixed.I(h - 4)}}
		pen.DrawString(string(r))
		for y := range h {
			for x := range w {
				d.on[y*w+x] = g.AlphaAt(x*wide/w, y).A >= 110
			}
		}
		return d
	}
	for y := 3; y < h-3; y++ {
		for x := 1; x < w-1; x++ {
			d.on[y*w+x] = (x+y)%3 == 0
		}
	}
	return d
}
