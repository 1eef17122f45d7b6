// Package devicetest exercises devices by their role: the same steps for a simulator in a test and for the real thing on a bench.
package devicetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"halld/devices"
)

// Way is how an exercise is done.
type Way struct {
	Window int           // that is shown; 0: window 1
	Rest   time.Duration // how long each face of a board stands, so that a person can look at it
}

// Seen is what an exercise saw of its device.
type Seen struct {
	Answered bool // it answered during the exercise. Without that nobody knows whether anything is there
}

// Words say what is known after an exercise without an error, Chinese and English.
func (s Seen) Words() (zh, en string) {
	if s.Answered {
		return "设备有应答，全部动作已完成", "the device answered, and did all of it"
	}
	return "已全部发出，设备没有应答：请看它是否照做", "all of it was sent and nothing answered: look whether the device did it"
}

// Exercise runs the exercise of every role that the device plays.
func Exercise(ctx context.Context, dev devices.Device, way Way) error {
	_, err := Watch(ctx, dev, way)
	return err
}

// Watch is Exercise, and tells what it saw.
func Watch(ctx context.Context, dev devices.Device, way Way) (Seen, error) {
	before := devices.AnsweredBy(dev)
	err := exercise(ctx, dev, way)
	return Seen{Answered: devices.AnsweredBy(dev).After(before)}, err
}

func exercise(ctx context.Context, dev devices.Device, way Way) error {
	way.Window = max(1, way.Window)
	if err := dev.Probe(ctx); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	var errs []error
	if p, ok := dev.(devices.Printer); ok {
		errs = append(errs, Printer(ctx, p))
	}
	if b, ok := dev.(devices.Board); ok {
		errs = append(errs, Board(ctx, b, way))
	}
	if c, ok := dev.(devices.Caller); ok {
		errs = append(errs, c.ShowFace(ctx, devices.Face{Window: way.Window, Number: "A123", Mode: devices.Calling}))
	}
	if p, ok := dev.(devices.Pad); ok {
		errs = append(errs, p.Ask(ctx))
	}
	if l, ok := dev.(devices.Lamp); ok {
		errs = append(errs, Lamp(ctx, l))
	}
	if v, ok := dev.(devices.Voice); ok {
		if err := v.Say(ctx, "测试 A123"); !errors.Is(err, errors.ErrUnsupported) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Board shows every mode of a window and leaves the board blank.
func Board(ctx context.Context, b devices.Board, way Way) error {
	for _, f := range []devices.Face{
		{Mode: devices.Idle, Waiting: 3}, {Number: "A123", Mode: devices.Calling}, {Number: "A123", Mode: devices.AtWindow}, {Mode: devices.Paused, Pause: "午休"}, {Mode: devices.Closed},
	} {
		f.Window = way.Window
		if err := b.Show(ctx, f); err != nil {
			return fmt.Errorf("show a window that is %s: %w", f.Mode, err)
		}
		if err := rest(ctx, way.Rest); err != nil {
			return err
		}
	}
	return b.Halt(ctx)
}

// Lamp lights a lamp for a second and leaves it dark.
func Lamp(ctx context.Context, l devices.Lamp) error {
	if err := l.Light(ctx, true); err != nil {
		return fmt.Errorf("light the lamp: %w", err)
	}
	if err := rest(ctx, time.Second); err != nil {
		return err
	}
	return l.Halt(ctx)
}

func rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Printer prints one sample ticket.
func Printer(ctx context.Context, p devices.Printer) error {
	slip := devices.Slip{Job: "exercise#1", Hall: "测试 TEST", Number: "A000", Business: "打印测试", BusinessEn: "print test", Windows: []string{"1"}, Issued: time.Now(), Copy: 1}
	_, err := p.Print(ctx, slip, func() error { return nil })
	if err != nil {
		return fmt.Errorf("print a sample: %w", err)
	}
	return nil
}
