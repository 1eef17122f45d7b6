package escpos

import "halld/devices/receipt"

// native lets the printer draw a QR code, where its profile says that it can, the other rows are text too, and the code stands in the middle of the paper: at
// an edge it needs white at its side. It is false where the code must be sent as a picture. The bytes are those of GS ( k, model 2 (Epson ESC/POS command reference, functions 165, 167, 169, 180, 181; the
// manual of the KP-628E has the same):
//
//	1D 28 6B 04 00 31 41 32 00       model 2
//	1D 28 6B 03 00 31 43 s           s dots per module
//	1D 28 6B 03 00 31 45 e           30 to 33: L, M, Q, H
//	1D 28 6B pL pH 31 50 30 d1..dk   the data, p = k + 3
//	1D 28 6B 03 00 31 51 30          print
func (s *sheet) native(r receipt.Row) bool {
	if !s.m.nativeQR || s.drawn || !r.Code.QR || !r.Whole || r.Align != receipt.Centre {
		return false
	}
	_, cell, err := modules(r.Code, s.m.dots)
	long := len(r.Code.Data) + 3
	if lo, hi := byte(long), byte(long>>8); err != nil || cell > 16 || lo == 0x10 && (hi == 0x04 || hi == 0x05 || hi == 0x14) {
		return false // the last would read as a real-time command
	}
	s.blank()        // the quiet zone is not the printer's work
	s.chinese(false) // some print an empty code in Chinese mode
	s.set(plainRun)
	s.align(r.Align)
	level := map[string]byte{"L": 0x30, "M": 0x31, "Q": 0x32, "H": 0x33}[r.Code.Level]
	for _, p := range [][]byte{{0x31, 0x41, 0x32, 0x00}, {0x31, 0x43, byte(cell)}, {0x31, 0x45, level}, append([]byte{0x31, 0x50, 0x30}, r.Code.Data...), {0x31, 0x51, 0x30}} {
		s.out = append(append(s.out, 0x1D, 0x28, 0x6B, byte(len(p)), byte(len(p)>>8)), p...)
	}
	s.blank()
	return true
}
