// Package testmain is what packages run their tests through that wait for lines, paper and disks more than they compute.
package testmain

import (
	"flag"
	"os"
	"strconv"
	"syscall"
)

// Tests are what a TestMain is given.
type Tests interface{ Run() int }

// SideBySide lets n tests that say t.Parallel run at the same time, and puts their folders into memory where there is room: what waits for a slow line or
// for fsync needs no processor. -parallel and TMPDIR say otherwise: with TMPDIR=/tmp the stores are on the disk, as in `make race`.
func SideBySide(t Tests, n int) Tests { return sideBySide{t, n} }

type sideBySide struct {
	Tests
	n int
}

const (
	memory = "/dev/shm" // what kill -9 leaves there is what it leaves on a disk
	room   = 1 << 30    // a container may have 64 MB of it
	noExec = 8          // ST_NOEXEC of statfs(2); scripts start the test as `halld` from there
)

func (s sideBySide) Run() int {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", strconv.Itoa(s.n)); err != nil {
			panic(err)
		}
	}
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &fs) == nil && int64(fs.Bavail)*int64(fs.Bsize) >= room && fs.Flags&noExec == 0 {
		if err := os.Setenv("TMPDIR", memory); err != nil {
			panic(err)
		}
	}
	return s.Tests.Run()
}
