package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// Backup writes a copy of the hall as it is at one moment to a new file, while the hall runs. The file appears under its name only
// when it is complete, checked and on the disk.
func (r *Reader) Backup(ctx context.Context, path string) error {
	if err := r.backup(ctx, path); err != nil {
		return fmt.Errorf("back up the hall to %s: %w", path, err)
	}
	return nil
}

func (r *Reader) backup(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return errors.New("the file is there already; choose another name")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) { // left by a backup that was cut off
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(part))
		}
	}()
	if err := r.copyTo(ctx, part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// copyTo copies in one step: a copy in small steps starts again with every commit of the hall and never ends.
func (r *Reader) copyTo(ctx context.Context, path string) error {
	if err := newFile(path); err != nil { // SQLite would let others read it
		return err
	}
	dsn, err := settings{keys: map[string]string{"mode": "rwc", "_synchronous": "FULL"}}.dsn(path)
	if err != nil {
		return err
	}
	dest, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return err
	}
	src, err := r.db.Conn(ctx)
	if err != nil {
		return joinClose(err, dest)
	}
	defer src.Close() //nolint:errcheck // reading only
	err = src.Raw(func(conn any) error {
		b, err := dest.(*sqlite3.SQLiteConn).Backup("main", conn.(*sqlite3.SQLiteConn), "main")
		if err != nil {
			return err
		}
		_, err = b.Step(-1)
		return errors.Join(err, b.Finish())
	})
	if err == nil {
		err = quickCheck(dest)
	}
	return errors.Join(err, dest.Close())
}

func quickCheck(conn driver.Conn) error {
	got, err := readPragma(conn, "quick_check(1)")
	if err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	if got != "ok" {
		return fmt.Errorf("the copy is damaged: %s", got)
	}
	return nil
}
