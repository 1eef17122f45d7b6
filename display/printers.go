package display

import (
	"context"
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"

	"halld/devices"
	"halld/queue"
)

// Printer is what a kiosk has to know of its printer before anybody chooses.
type Printer struct {
	ID     string `json:"id"`
	Ready  bool   `json:"ready" doc:"nothing is known that keeps a ticket from coming out"`
	Code   string `json:"code,omitempty" doc:"of what keeps it: paper-out, cover-open …"`
	Text   string `json:"text,omitempty" doc:"that in words, in Chinese"`
	TextEn string `json:"text_en,omitempty"`
	Codes  bool   `json:"codes" doc:"this hall's tickets can be followed on a phone: GET /api/tickets/{id}/code"`
}

type printerIn struct {
	ID string `path:"printer" maxLength:"64"`
}

type printerOut struct{ Body Printer }

// getPrinter tells a kiosk whether its printer prints now. What is wrong with it is the same word that the technician reads.
func (s *Server) getPrinter(_ context.Context, in *printerIn) (*printerOut, error) {
	out := Printer{ID: in.ID, Ready: true, Codes: configOf(s.view()).Address != ""}
	all := s.healths()
	if len(all) == 0 {
		return &printerOut{out}, nil
	}
	for i := range all {
		if all[i].ID != in.ID {
			continue
		}
		for _, p := range all[i].Problems {
			if p.Severity == devices.Failing {
				out.Ready, out.Code, out.Text, out.TextEn = false, p.Code, p.Text, p.TextEn
				break
			}
		}
		return &printerOut{out}, nil
	}
	no := titles[queue.UnknownPrinter]
	out.Ready, out.Code, out.Text, out.TextEn = false, string(queue.UnknownPrinter), no.zh, no.en
	return &printerOut{out}, nil
}

// TicketCode is the QR code of a ticket for a screen to draw, where there is no paper to print it on.
type TicketCode struct {
	Address string `json:"address" doc:"where it leads"`
	Size    int    `json:"size" doc:"modules on a side"`
	Path    string `json:"path" doc:"of its dark modules, for the d of an SVG path; a module is 1 by 1"`
}

type ticketCodeIn struct {
	ID string `path:"id" maxLength:"64" doc:"id or number"`
}

type ticketCodeOut struct{ Body TicketCode }

func (s *Server) getTicketCode(ctx context.Context, in *ticketCodeIn) (*ticketCodeOut, error) {
	t, _, err := s.findTicket(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	base := configOf(s.view()).Address
	if base == "" {
		return nil, fail(NotFound, "this hall's tickets have no code: set address in the hall file")
	}
	address := base + "/t/" + string(t.ID)
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return nil, &fault{code: Internal, doing: "make the code of a ticket", err: err}
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return &ticketCodeOut{TicketCode{Address: address, Size: size, Path: path.String()}}, nil
}
