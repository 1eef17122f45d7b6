package described

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"halld/devices"
	"halld/devices/profile"
)

// SendRaw writes pieces in a turn of their own, with the gap of the line before them, and keeps the line until the model would have answered.
func (d *Device) SendRaw(ctx context.Context, b []byte) error {
	if err := d.turn.Take(ctx); err != nil {
		return fmt.Errorf("wait for the line: %w", err)
	}
	defer d.turn.Give(ctx)
	d.begin()
	defer d.asking.Store(false)
	if err := d.put(ctx, []profile.Piece{{Bytes: b}}, d.p.Line.Gap()); err != nil {
		return fmt.Errorf("send %d bytes: %w", len(b), err)
	}
	return d.sleep(ctx, time.Until(d.turn.End())+time.Duration(d.p.Line.ReplyMS)*time.Millisecond)
}

// Identify shows the board's own window number in the form in which it shows a call, without asking anybody to come. A device that shows nothing
// returns false.
func (d *Device) Identify(ctx context.Context) (bool, error) {
	show, ok := d.p.Roles.Board[string(devices.Calling)]
	if !ok || d.set.Window == 0 {
		return false, nil
	}
	window := strconv.Itoa(d.set.Window)
	args := filled(show.Args, devices.Face{Window: d.set.Window, Number: window, Mode: devices.Calling})
	switch {
	case show.Text == "" && reflect.DeepEqual(args, filled(show.Args, devices.Face{})):
		return false, nil // nothing of it depends on the window
	case show.Text == "":
	case strings.ContainsFunc(show.Text, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		args["text"] = window + "号窗口"
	default: // figures and letters only
		args["text"] = window
	}
	return true, d.send(ctx, show.Op, args)
}
