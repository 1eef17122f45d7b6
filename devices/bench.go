package devices

import "context"

// RawSender takes bytes as a technician typed them, between two dialogues of its own.
type RawSender interface {
	SendRaw(ctx context.Context, b []byte) error
}

// Clearer gives up what a device received and has not done yet. What is under way ends first, as not known.
type Clearer interface {
	Clear(ctx context.Context) error
}

// Identifier shows which window a device believes to stand at. It returns false where there is nothing to show it on.
type Identifier interface {
	Identify(ctx context.Context) (shown bool, err error)
}

// Converser carries out an operation that is a dialogue of several steps, holding the line for all of it. Told is called after each step.
type Converser interface {
	Converse(ctx context.Context, op string, args map[string]any, told func(err error)) error
}
