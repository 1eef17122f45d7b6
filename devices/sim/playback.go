package sim

import (
	"time"

	"halld/devices/profile"
)

// Said is what a device said, and when after the beginning.
type Said struct {
	At    time.Duration
	Bytes []byte
}

// Playback says again what was recorded, in its own time, however it is asked.
type Playback struct {
	*cable
	said []Said
}

// NewPlayback makes a device of a record. It starts to speak when it is plugged in.
func NewPlayback(o Options, said []Said) *Playback {
	line := &profile.Profile{Line: profile.Line{Baud: 921600, Format: "8N1"}} // the record has the time of every piece
	p := &Playback{cable: newCable(line, o), said: said}
	p.receive = func([]byte) {}
	return p
}

// Start plugs it in and lets it speak.
func (p *Playback) Start() (string, error) {
	name, err := p.cable.Start()
	if err != nil {
		return "", err
	}
	start := time.Now()
	for _, s := range p.said {
		p.wg.Go(func() {
			time.Sleep(time.Until(start.Add(s.At)))
			p.send(s.Bytes)
		})
	}
	return name, nil
}
