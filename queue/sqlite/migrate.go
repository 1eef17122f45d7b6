package sqlite

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations sessions
var migrations embed.FS

// migrate brings a database to the newest form. A migration that fails is rolled back whole.
func migrate(db *sql.DB, folder string) error {
	p, err := provider(db, folder)
	if err != nil {
		return err
	}
	version, err := p.GetDBVersion(background)
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fmt.Errorf("%w: the database is of version %d and this halld knows %d; install the newer halld", ErrNewer, version, newest)
	}
	if _, err := p.Up(background); err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) && partial.Failed != nil {
			return fmt.Errorf("bring the database to this version: %s: %w; it is as before; keep it and ask for help",
				partial.Failed.Source.Path, partial.Err)
		}
		return fmt.Errorf("bring the database to this version: %w", err)
	}
	return nil
}

func provider(db *sql.DB, folder string) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithVerbose(false), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}
