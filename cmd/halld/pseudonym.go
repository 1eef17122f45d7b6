package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// newPseudonyms makes the function that turns a personal number into a word. Its key is made anew for every service day and is in memory alone: when the
// day ends, or the daemon, nobody can find out any more whose word it was.
func newPseudonyms(day func() string) func(number []byte) string {
	var mu sync.Mutex
	var of string
	var key []byte // nil until the first card
	return func(number []byte) string {
		mu.Lock()
		defer mu.Unlock()
		if today := day(); key == nil || today != of {
			of, key = today, make([]byte, 32)
			_, _ = rand.Read(key) // it never fails: crypto/rand ends the program instead
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(number)
		return hex.EncodeToString(mac.Sum(nil)[:16])
	}
}
