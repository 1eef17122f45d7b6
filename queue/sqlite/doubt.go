package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// doubt is a look at the whole log, because somebody else wrote to hall.db or its log: a copy laid over it may have the same length and the same header, and a
// program that only put the file's time back has done no harm.
type doubt struct {
	times [2]syscall.Timespec // when the files were last written to, as it began
	stop  context.CancelFunc
	done  chan struct{}
	err   error // after done: why the files are not the hall's; nil: they are
}

// doubted says what is known of files that somebody else wrote to, and has them looked at beside the hall. Nothing is stored until they are found to be whole.
func (s *Store) doubted(path string, times [2]syscall.Timespec) error {
	if d := s.doubt; d != nil {
		select {
		case <-d.done:
		default:
			return fmt.Errorf("%w: another program wrote to %s; the log is being checked, and nothing is stored meanwhile", ErrGone, path)
		}
		switch {
		case d.times != times: // it went on writing
		case d.err != nil:
			return fmt.Errorf("%w: another program wrote to %s, and it is not the hall's any more (%w); nothing is stored any more. Stop halld, put the right file back, "+
				"or restore a backup, and start it again", ErrGone, path, d.err)
		default:
			s.log.Warn("another program wrote to the hall's file; the whole log was checked, and it is as it was", "file", path)
			s.doubt = nil
			return errors.Join(s.note(), s.anchorNow())
		}
	}
	s.disown()
	ctx, stop := context.WithCancel(background)
	d := &doubt{times: times, stop: stop, done: make(chan struct{})}
	s.doubt = d
	want := anchor{hall: s.meta.hall, end: mark{seq: s.seq, hash: s.hash}}
	go func() {
		defer close(d.done)
		defer stop()
		d.err = whole(ctx, s.dir, &want)
	}()
	return fmt.Errorf("%w: another program wrote to %s; the log is being checked, and nothing is stored meanwhile", ErrGone, path)
}

// end waits until nobody looks any more.
func (d *doubt) end() {
	if d != nil {
		d.stop()
		<-d.done
	}
}

// whole reads the files of a running hall as they are now, by connections of its own that remember nothing, and says why they are not the hall's.
func whole(ctx context.Context, dir string, want *anchor) error {
	r, err := openReader(dir)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	rep, err := r.verify(ctx, checks{derived: true})
	if err != nil {
		return err
	}
	if !rep.OK() {
		return fmt.Errorf("%s; %d faults in all", rep.Faults[0], rep.FaultCount)
	}
	return fits(ctx, r.db, want, r.meta.hall, rep.Events)
}

// disown notes in the anchor that hall.db is not as halld left it, so that the next start checks the whole log, however this one ends.
func (s *Store) disown() {
	m := s.anchor.end
	if m.file = [8]byte{}; s.keeper == nil || m == s.anchor.end {
		return
	}
	if err := s.anchor.set(s.keeper.f, &m); err != nil {
		s.log.Warn("it could not be noted that another program wrote to hall.db", "err", err)
		return
	}
	s.keeper.wake()
}

// leave closes the writing connection while a reading one is open: the last to close would move the write-ahead log, if it can write, into a file that is not
// the hall's, and remove it.
func (s *Store) leave() error {
	last, err := s.Reader.db.Conn(background)
	if err != nil {
		return err
	}
	s.st.close()
	err = errors.Join(s.conn.Close(), s.db.Close(), last.Close())
	s.conn, s.db = nil, nil
	return err
}

// Places in a write-ahead log: https://www.sqlite.org/fileformat.html, section 4.1.
const (
	walHeader   = 32
	walFrame    = 24 // before each page
	offSalts    = 16 // in the header
	offSaltsOf  = 8  // in a frame
	lengthSalts = 8
)

// longLog reports whether the write-ahead log has the pages after which it is moved into hall.db. SQLite would do that by itself inside a commit, and then
// nobody could tell its writing from another program's: so its own rule is off, and hall.db is written to in checkpointWAL alone.
func (s *Store) longLog() bool {
	page := int64(binary.BigEndian.Uint16(s.shape[offPageSize:]))
	if page == 1 {
		page = biggestPage
	}
	at := walHeader + int64(s.pages-1)*(walFrame+page)
	if s.wal.size < at+walFrame+page {
		return false
	}
	var now, there [lengthSalts]byte // what an earlier round left behind has others
	_, err1 := s.wal.f.ReadAt(now[:], offSalts)
	_, err2 := s.wal.f.ReadAt(there[:], at+offSaltsOf)
	return err1 == nil && err2 == nil && now == there
}
