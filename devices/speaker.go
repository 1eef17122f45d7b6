package devices

import (
	"context"

	"halld/devices/speech"
)

// Speaker is a Voice that knows languages: what cannot speak one is not asked to.
type Speaker interface {
	Voice
	// Languages lists what it speaks, by the codes of package speech.
	Languages() []string
	// Speak speaks a sentence, behind a chime if one is wanted and it has one, and returns when it is spoken.
	Speak(ctx context.Context, s speech.Sentence, chime bool) error
}
