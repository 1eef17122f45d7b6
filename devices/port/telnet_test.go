package port

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// However a stream is cut into pieces, the same data, answers and subnegotiations come out.
func FuzzTelnetPieces(f *testing.F) {
	f.Add([]byte("\xFF\xFB\x03\xFF\xFD\x03\xFF\xFB\x01\xFF\xFE\x01\xFF\xFD\x00\xFF\xFB\x00\xFF\xFD\x2Cabc\xFF\xFFd"), uint64(1)) // what ser2net says first
	f.Add([]byte("\xFF\xFA\x2C\x65\x00\x00\x4B\x00\xFF\xF0A\xFF\xFFO\xFF\xFA\x2C\x64ser\xFF\xFFnet\xFF\xF0"), uint64(2))
	f.Add([]byte("\xFF\xFA\x2C\x65\xFF\x00\xFF\xF1\xFF"), uint64(3))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		var whole, cut telnet
		data, reply, subs := whole.feed(in)
		rng := rand.New(rand.NewPCG(seed, 0))
		var data2, reply2 []byte
		var subs2 [][]byte
		for rest := in; len(rest) > 0; {
			n := 1 + rng.IntN(len(rest))
			d, r, s := cut.feed(rest[:n])
			data2, reply2, subs2 = append(data2, d...), append(reply2, r...), append(subs2, s...)
			rest = rest[n:]
		}
		if !bytes.Equal(data, data2) || !bytes.Equal(reply, reply2) || !bytes.Equal(bytes.Join(subs, []byte("|")), bytes.Join(subs2, []byte("|"))) {
			t.Errorf("cut to pieces % X became % X, % X, % X instead of % X, % X, % X", in, data2, reply2, subs2, data, reply, subs)
		}
		if len(whole.sub) > longestSub || len(reply) > 3*len(in) {
			t.Errorf("% X makes a buffer of %d and answers of %d bytes", in, len(whole.sub), len(reply))
		}
	})
}

// Data goes through both ways whatever it is, and two ends of this kind do not answer each other for ever.
func TestTelnetBothWays(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	var end telnet
	for range 2000 {
		data := make([]byte, 1+rng.IntN(40))
		for i := range data {
			data[i] = byte(rng.IntN(8)) - 4 // FC to FF and 0 to 3 are half of them
		}
		got, reply, subs := end.feed(doubled(data))
		if !bytes.Equal(got, data) || reply != nil || subs != nil {
			t.Fatalf("% X became % X, % X, % X", data, got, reply, subs)
		}
	}
	var a, b telnet
	said := []byte{tnIAC, tnWILL, optBinary, tnIAC, tnDO, optBinary, tnIAC, tnDO, optCom, tnIAC, tnDO, 1, tnIAC, tnWILL, 31}
	for round := 0; len(said) > 0; round++ {
		if round > 6 {
			t.Fatalf("they still answer each other: % X", said)
		}
		_, said, _ = a.feed(said)
		a, b = b, a
	}
}

func TestSubnegotiationDoublesFF(t *testing.T) {
	t.Parallel()
	if got, want := subnegotiation(comBaud, 0, 0, 0xFF, 0), []byte("\xFF\xFA\x2C\x01\x00\x00\xFF\xFF\x00\xFF\xF0"); !bytes.Equal(got, want) {
		t.Errorf("% X", got)
	}
}
