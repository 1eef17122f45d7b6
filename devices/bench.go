package devices

import "context"

// RawSender takes bytes as a technician typed them, between two dialogues of its own.
type RawSender interface {
	SendRaw(ctx context.Context, b []byte) error
}

// Identifier shows which window a device believes to stand at. It returns false where there is nothing to show it on.
type Identifier interface {
	Identify(ctx context.Context) (shown bool, err error)
}
