package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
	"halld/queue/hallfile"
)

// badHall is why a hall file cannot be used: every mistake with its place.
type badHall struct {
	name     string
	lang     string
	mistakes []hallfile.Mistake
}

func (b *badHall) Error() string {
	lines := make([]string, len(b.mistakes))
	for i, m := range b.mistakes {
		lines[i] = m.In(b.name, b.lang)
	}
	return strings.Join(lines, "\n")
}

// readHallFile reads a hall file with everything that it names. The error is a *badHall if the file can be read at all.
func readHallFile(name string) (queue.Config, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return queue.Config{}, fmt.Errorf("read the hall file: %w", err)
	}
	return parseHall(name, data)
}

func parseHall(name string, data []byte) (queue.Config, error) {
	cfg, all, err := lookAtHall(name, data)
	if err == nil && !hallfile.Sound(all) {
		all = slices.DeleteFunc(all, func(m hallfile.Mistake) bool { return m.Warning }) // halld check has the warnings
		err = &badHall{name, language(""), all}
	}
	return cfg, err
}

// lookAtHall reads a hall file as far as it goes, and says everything about it.
func lookAtHall(name string, data []byte) (queue.Config, []hallfile.Mistake, error) {
	set, err := profiles()
	if err != nil {
		return queue.Config{}, nil, err
	}
	cfg, all := hallfile.Read(data, hallfile.Options{Devices: checkDevices(set), Template: ticketText(name), Today: catalogue.DayOf(time.Now(), time.Local)})
	return cfg, all, nil
}

// language is that of the reader: what is asked for, or what the locale says; English otherwise.
func language(asked string) string {
	for _, l := range []string{asked, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		if l != "" {
			if strings.HasPrefix(l, hallfile.Chinese) {
				return hallfile.Chinese
			}
			return hallfile.English
		}
	}
	return hallfile.English
}
