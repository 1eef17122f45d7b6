package display

import (
	"context"

	"halld/devices"
)

// Devices is what stands in the hall and how it is.
type Devices struct {
	Devices []devices.Health `json:"devices" nullable:"false"`
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
	return &devicesOut{Devices{s.healths()}}, nil
}
