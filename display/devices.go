package display

import (
	"context"

	"halld/devices"
)

// Devices is what stands in the hall and how it is.
type Devices struct {
	Devices []Device `json:"devices" nullable:"false"`
}

// Device is one device with what is known of it in words.
type Device struct {
	devices.Health
	Words   string `json:"words" doc:"how it is, in Chinese; what was only sent is never called well"`
	WordsEn string `json:"words_en"`
}

// HealthWords say how a device is. Who saw it working stands beside, in witness.
func HealthWords(h devices.Health) (zh, en string) {
	h.Witness = nil
	return h.Words()
}

type devicesOut struct{ Body Devices }

func (s *Server) healths() []devices.Health {
	out := []devices.Health{}
	if s.health == nil {
		return out
	}
	for _, h := range s.health.Health() {
		h.Problems = list(h.Problems)
		out = append(out, h)
	}
	return out
}

func (s *Server) getDevices(context.Context, *struct{}) (*devicesOut, error) {
	all := s.healths()
	out := Devices{Devices: make([]Device, len(all))}
	for i, h := range all {
		out.Devices[i].Health = h
		out.Devices[i].Words, out.Devices[i].WordsEn = HealthWords(h)
	}
	return &devicesOut{out}, nil
}
