package described

import (
	"context"
	"errors"
	"fmt"

	"halld/devices/speech"
)

// Languages lists what the module reads.
func (d *Device) Languages() []string {
	if l := d.p.Roles.Voice.Languages; len(l) > 0 {
		return l
	}
	return []string{"zh"}
}

// Speak speaks a sentence behind the module's own chime, if it has one, and returns when it is spoken.
func (d *Device) Speak(ctx context.Context, s speech.Sentence, chime bool) error {
	text := s.Text()
	if chime {
		text = d.p.Roles.Voice.Chime + text
	}
	return d.Say(ctx, text)
}

// Say speaks a text and returns when it is spoken. What is longer than the module takes goes to it part by part: a new text would cut the one being spoken.
func (d *Device) Say(ctx context.Context, text string) error {
	v := d.p.Roles.Voice
	if v.Say == "" {
		return fmt.Errorf("profile %s says nothing of speaking: %w", d.p.ID, errors.ErrUnsupported)
	}
	for _, part := range speech.Split(text, v.Max) {
		if err := d.send(ctx, v.Say, map[string]any{"text": part}); err != nil {
			return err
		}
	}
	return nil
}
