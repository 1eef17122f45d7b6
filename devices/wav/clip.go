package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// Clip is sound: mono, 16 bits.
type Clip struct {
	Rate    int // samples per second
	Samples []int16
}

// Duration is how long it takes to play.
func (c Clip) Duration() time.Duration {
	if c.Rate == 0 {
		return 0
	}
	return time.Duration(len(c.Samples)) * time.Second / time.Duration(c.Rate)
}

// PCM is the samples as a sound card takes them: signed, 16 bits, little endian.
func (c Clip) PCM() []byte {
	b := make([]byte, 0, 2*len(c.Samples))
	for _, s := range c.Samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// Encode writes the clip as a WAV file.
func (c Clip) Encode() []byte {
	pcm := c.PCM()
	le := binary.LittleEndian
	b := append(make([]byte, 0, 44+len(pcm)), "RIFF"...)
	b = le.AppendUint32(b, uint32(36+len(pcm)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1) // mono
	b = le.AppendUint32(b, uint32(c.Rate))
	b = le.AppendUint32(b, uint32(2*c.Rate))
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(len(pcm)))
	return append(b, pcm...)
}

// The kinds of sample in a WAV file ("Multimedia Programming Interface and Data Specifications 1.0", 1991, and WAVE_FORMAT_EXTENSIBLE).
const (
	formatPCM        = 1
	formatExtensible = 0xFFFE
)

// Decode reads a WAV file: PCM of 8, 16 or 24 bits, any rate, mono or more channels, which are mixed. An error says what is wrong with the file.
func Decode(data []byte) (Clip, error) {
	le := binary.LittleEndian
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return Clip{}, errors.New("is no WAV file")
	}
	var kind, channels, bits, rate int
	for at := 12; ; {
		if at+8 > len(data) {
			return Clip{}, errors.New("has no samples: the file is cut short")
		}
		name, size := string(data[at:at+4]), int(le.Uint32(data[at+4:]))
		body := data[at+8:]
		if size > len(body) {
			return Clip{}, fmt.Errorf("is cut short: its part %q has %d of %d bytes", name, len(body), size)
		}
		body = body[:size]
		switch name {
		case "fmt ":
			if size < 16 {
				return Clip{}, errors.New("does not say its format")
			}
			kind, channels, rate, bits = int(le.Uint16(body)), int(le.Uint16(body[2:])), int(le.Uint32(body[4:])), int(le.Uint16(body[14:]))
			if kind == formatExtensible && size >= 26 {
				kind = int(le.Uint16(body[24:]))
			}
		case "data":
			switch {
			case channels == 0:
				return Clip{}, errors.New("does not say its format before the samples")
			case kind != formatPCM:
				return Clip{}, fmt.Errorf("is of format %d; save it as PCM without compression", kind)
			case bits != 8 && bits != 16 && bits != 24:
				return Clip{}, fmt.Errorf("has samples of %d bits; save it with 8, 16 or 24", bits)
			case channels > 8 || rate < 4000 || rate > 192000:
				return Clip{}, fmt.Errorf("has %d channels at %d Hz; save it mono at 8000 to 48000 Hz", channels, rate)
			}
			return Clip{Rate: rate, Samples: mix(body, channels, bits/8)}, nil
		}
		at += 8 + size + size%2
	}
}

func mix(b []byte, channels, width int) []int16 {
	frame := channels * width
	out := make([]int16, 0, len(b)/frame)
	for ; len(b) >= frame; b = b[frame:] {
		sum := 0
		for c := range channels {
			s := b[c*width:]
			switch width {
			case 1:
				sum += (int(s[0]) - 128) << 8 // 8 bits are unsigned
			case 2:
				sum += int(int16(binary.LittleEndian.Uint16(s)))
			default:
				sum += int(int16(binary.LittleEndian.Uint16(s[1:])))
			}
		}
		out = append(out, int16(sum/channels))
	}
	return out
}

// resample changes the rate. Going down it takes means, which keeps out most of what the lower rate cannot hold; speech needs no more.
func (c Clip) resample(rate int) Clip {
	if c.Rate == rate || len(c.Samples) == 0 {
		return Clip{Rate: rate, Samples: c.Samples}
	}
	step := float64(c.Rate) / float64(rate)
	n := int(float64(len(c.Samples)) / step)
	out := make([]int16, n)
	for i := range out {
		at := float64(i) * step
		k := int(at)
		if step > 1 {
			sum, last := 0, min(int(at+step), len(c.Samples))
			for _, s := range c.Samples[k:last] {
				sum += int(s)
			}
			out[i] = int16(sum / max(1, last-k))
			continue
		}
		next := c.Samples[min(k+1, len(c.Samples)-1)]
		out[i] = c.Samples[k] + int16((at-float64(k))*float64(int(next)-int(c.Samples[k])))
	}
	return Clip{Rate: rate, Samples: out}
}

// quiet is below what counts as sound, of 32767: noise of a bad microphone stays under it.
const quiet = 350

// trim takes silence off both ends, but for 10 ms.
func (c Clip) trim() Clip {
	loud := func(s int16) bool { return s > quiet || s < -quiet }
	from, to := 0, len(c.Samples)
	for from < to && !loud(c.Samples[from]) {
		from++
	}
	for to > from && !loud(c.Samples[to-1]) {
		to--
	}
	pad := c.Rate / 100
	return Clip{Rate: c.Rate, Samples: c.Samples[max(0, from-pad):min(len(c.Samples), to+pad)]}
}

// The level that all pieces are brought to, so that recordings of several days fit together.
const (
	levelRMS  = 4500.0
	levelPeak = 30000.0
)

func (c Clip) level() Clip {
	sum, peak := 0.0, 1.0
	for _, s := range c.Samples {
		f := float64(s)
		sum += f * f
		peak = max(peak, math.Abs(f))
	}
	if sum == 0 {
		return c
	}
	return c.scale(min(levelRMS/math.Sqrt(sum/float64(len(c.Samples))), levelPeak/peak))
}

func (c Clip) scale(gain float64) Clip {
	out := make([]int16, len(c.Samples))
	for i, s := range c.Samples {
		out[i] = int16(max(-32768, min(32767, gain*float64(s))))
	}
	return Clip{Rate: c.Rate, Samples: out}
}

// silent reports whether there is nothing to hear.
func (c Clip) silent() bool {
	for _, s := range c.Samples {
		if s > quiet || s < -quiet {
			return false
		}
	}
	return true
}

// chime is a bell of two tones, 1.2 s, for halls that have recorded none.
func chime(rate int) Clip {
	out := make([]int16, rate*12/10)
	for _, tone := range []struct{ at, hz float64 }{{0, 659.26}, {0.4, 523.25}} {
		for i := int(tone.at * float64(rate)); i < len(out); i++ {
			t := float64(i)/float64(rate) - tone.at
			v := math.Exp(-4*t) * min(1, t*200) * (math.Sin(2*math.Pi*tone.hz*t) + 0.3*math.Sin(4*math.Pi*tone.hz*t))
			out[i] += int16(9000 * v)
		}
	}
	return Clip{Rate: rate, Samples: out}
}
