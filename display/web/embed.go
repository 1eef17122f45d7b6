// Package web holds the built screens. It knows nothing of the hall: it is the dist folder, as make web left it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built screens, with dist as its root. Without a build it holds only the file .keep.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded folder is called dist: only a misspelt name above leads here
	}
	return files
}
