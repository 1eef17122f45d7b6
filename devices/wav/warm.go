package wav

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"syscall"

	"halld/devices/speech"
)

// lowest is the priority of what is made ahead: everything else goes before it.
const lowest = 19

// Warm makes the pieces that are neither recorded nor made yet, one after the other at the lowest priority, so that a call need not wait for them. A sentence
// that is joined meanwhile waits for none of it. It returns how many were made; without espeak-ng that is none, and no error.
func (l *Library) Warm(ctx context.Context, lang string, pieces []speech.Piece) (made int, err error) {
	var errs []error
	for _, p := range pieces {
		if ctx.Err() != nil {
			return made, ctx.Err()
		}
		if p.Pause || l.has(lang, p) {
			continue
		}
		c, err := l.make(ctx, p, nicely)
		if errors.Is(err, exec.ErrNotFound) {
			return made, nil // what is missing then is said when it is needed, and by halld voice pieces
		}
		if err != nil {
			errs = append(errs, &MissingPiece{lang, p.Name, err})
			continue
		}
		l.mu.Lock()
		l.keep(lang, p, c)
		l.mu.Unlock()
		made++
	}
	return made, errors.Join(errs...)
}

// has says whether a piece is recorded or made already.
func (l *Library) has(lang string, p speech.Piece) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.recording(l.file(lang, p.Name)); !errors.Is(err, fs.ErrNotExist) {
		var bad *BadRecording
		return !errors.As(err, &bad) // in place of one that cannot be used it is made
	}
	_, ok := l.kept(lang, p)
	return ok
}

// nicely lets a program that was started give way to all others.
func nicely(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, cmd.Process.Pid, lowest) // at its own priority it works as well
	return cmd.Wait()
}
