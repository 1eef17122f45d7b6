package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"halld/devices/sim"
	"halld/devices/speech"
	"halld/devices/wav"
	"halld/display"
	"halld/queue"
)

const voiceHall = `
[hall]
name = "清溪县政务服务中心"
[[queue]]
id = "A"
name = "户籍"
[[window]]
id = "1"
queues = ["A"]
[[window]]
id = "2"
queues = ["A"]
[[zone]]
id = "east"
windows = ["1"]
repeat = 1
[[zone]]
id = "west"
windows = ["2"]
repeat = 1
languages = ["zh"]
[[device]]
id = "voice-1"
kind = "voice"
profile = "wav-pieces"
port = "sound:file:OUT"
zone = "east"
[[device]]
id = "voice-2"
kind = "voice"
profile = "wav-pieces"
port = "sound:hw:CARD=NoSuchCard"
zone = "west"
`

// A call goes through the whole daemon: the loudspeaker of its zone plays it from recordings, the page of the other zone plays its own, and both are counted.
func TestCallIsSpoken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.wav")
	cfg, err := parseHall("voice.toml", []byte(strings.Replace(voiceHall, "OUT", out, 1)))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := speech.Pieces("zh")
	if err != nil {
		t.Fatal(err)
	}
	tone := wav.Clip{Rate: 22050, Samples: make([]int16, 2205)} // 100 ms
	for i := range tone.Samples {
		tone.Samples[i] = int16(8000 * math.Sin(float64(i)/8))
	}
	if err := os.MkdirAll(filepath.Join(voiceFolder(dir), "zh"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if err := os.WriteFile(filepath.Join(voiceFolder(dir), "zh", p.Name+".wav"), tone.Encode(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sys.close)
	token, err := sys.sessions.CreateToken("board", "board west")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) ([]byte, error) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", sys.url()+path, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != 200 {
			err = fmt.Errorf("%s: %d %s", path, res.StatusCode, b)
		}
		return b, err
	}

	// the page of the west: it asks before there is anything, so that it is known
	var text atomic.Value
	text.Store("")
	ended := make(chan error, 1)
	go func() {
		after := uint64(0)
		for {
			b, err := get(fmt.Sprintf("/api/voice/next?zone=west&page=p1&after=%d", after))
			var s display.Spoken
			if err == nil {
				err = json.Unmarshal(b, &s)
			}
			if err == nil && s.ID != 0 {
				var sound []byte
				if sound, err = get(fmt.Sprintf("/api/voice/sound?zone=west&id=%d", s.ID)); err == nil {
					var clip wav.Clip
					if clip, err = wav.Decode(sound); err == nil && math.Abs(clip.Duration().Seconds()-s.Seconds) > 0.01 {
						err = fmt.Errorf("a sound of %v is said to last %v s", clip.Duration(), s.Seconds)
					}
					text.Store(s.Text)
				}
			}
			if err != nil {
				ended <- err
				return
			}
			after = s.ID
		}
	}()
	within(t, 5*time.Second, "the loudspeaker is not there", func() bool { _, ok := sys.rack.Get("voice-1"); return ok })
	within(t, 10*time.Second, "nobody says that there is no sound card", func() bool {
		for _, h := range sys.rack.Health() {
			if h.ID == "voice-2" && len(h.Problems) == 1 && h.Problems[0].Code == "no-sound" && h.Problems[0].Hint != "" {
				return true
			}
		}
		return false
	})
	do := func(cmd queue.Command) {
		t.Helper()
		if _, err := sys.engine.Do(t.Context(), "", byScript, cmd); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	for _, w := range []queue.WindowID{"1", "2"} {
		do(queue.OpenWindow{Seat: queue.Seat{Window: w}, Clerk: "clerk"})
		do(queue.Issue{Queue: "A"})
		do(queue.CallNext{Seat: queue.Seat{Window: w}})
	}
	stats := func(zone string) (n uint64) {
		for _, z := range sys.floor.VoiceStats() {
			if z.Zone == zone {
				n = z.Spoken
			}
		}
		return n
	}
	within(t, 20*time.Second, "not both zones have spoken", func() bool { return stats("east") == 1 && stats("west") == 1 })
	if got := text.Load(); got != "请A零零二号到二号窗口" {
		t.Errorf("the page spoke %q", got)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := wav.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	// a chime of 1.2 s and nine pieces of 100 ms; as it comes from a file, not from espeak-ng, its length is known
	if d := clip.Duration(); d < 2500*time.Millisecond || d > 3500*time.Millisecond {
		t.Errorf("the loudspeaker played %v", d)
	}
	res, err := http.Get(sys.url() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	metrics, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(metrics), `halld_announcements_spoken_total{zone="east"} 1`) {
		t.Errorf("metrics: %v, %s", err, metrics)
	}
	select {
	case err := <-ended:
		t.Error(err)
	default:
	}
}

const moduleHall = `
[hall]
name = "清溪县政务服务中心"
[[queue]]
id = "A"
name = "户籍"
[[window]]
id = "1"
queues = ["A"]
[[zone]]
id = "hall"
repeat = 1
[[device]]
id = "voice-1"
kind = "voice"
profile = "syn6288"
port = "sim:voice-1"
zone = "hall"
set = { volume = "12" }
[[device]]
id = "voice-2"
kind = "voice"
profile = "xfs5152"
port = "sim:voice-2"
zone = "hall"
set = { volume = "10" }
`

// A speech module speaks a call at the volume of the hall file, behind its own chime; a volume that it does not have is named instead of being sent.
func TestSpeechModuleSpeaksAtItsVolume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := parseHall("module.toml", []byte(strings.Replace(moduleHall, `"10"`, `"11"`, 1))); err == nil || !strings.Contains(err.Error(), "module.toml:26:9: model xfs5152 cannot be set so: ") {
		t.Errorf("a volume that the model does not have: %v", err)
	}
	cfg, err := parseHall("module.toml", []byte(moduleHall))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Devices[1].Set["volume"] = "11" // as a hall that was set up before still has it
	sims, err := startSims(cfg, filepath.Join(dir, "ports"))
	if err != nil {
		t.Fatal(err)
	}
	defer sims.close()
	var log strings.Builder
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Ports: sims.ports, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the module is not there, or the other is", func() bool {
		_, ok := sys.rack.Get("voice-1")
		return ok && sys.rack.Missing("voice-2") == "bad-profile"
	})
	for _, cmd := range []queue.Command{queue.OpenWindow{Seat: queue.Seat{Window: "1"}, Clerk: "clerk"}, queue.Issue{Queue: "A"}, queue.CallNext{Seat: queue.Seat{Window: "1"}}} {
		if _, err := sys.engine.Do(t.Context(), "", byScript, cmd); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	voice := sims.devices["voice-1"].(*sim.Described)
	within(t, 20*time.Second, "nothing is spoken", func() bool {
		s := sys.floor.VoiceStats()
		return len(s) == 1 && s[0].Spoken == 1
	})
	sys.close()
	if said := voice.Said(); len(said) != 1 || said[0] != "♪ 请A零零一号，到一号窗口办理" && said[0] != "♪ 请A零零一号到一号窗口" {
		t.Errorf("it said %q", said)
	}
	for _, op := range voice.Ops() {
		if op.Fields["text"] != nil && (op.Name != "announce" || op.Fields["volume"] != "12") {
			t.Errorf("it was told %s %v", op.Name, op.Fields)
		}
	}
	if n := len(sims.devices["voice-2"].(*sim.Described).Ops()); n != 0 {
		t.Errorf("the module with the wrong volume was told %d things", n)
	}
	if !strings.Contains(log.String(), "is not one of 0, 1, 10, 2") {
		t.Errorf("the log does not say what is wrong with the volume:\n%s", &log)
	}
}

// The pieces of a hall's calls are made before anybody is called, those of a new window when the hall is changed, and a call finds all of its own.
func TestPiecesAreMadeAhead(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed")
	}
	dir := t.TempDir()
	cfg, err := parseHall("voice.toml", []byte(strings.Replace(voiceHall, "OUT", filepath.Join(dir, "out.wav"), 1)))
	if err != nil {
		t.Fatal(err)
	}
	sys, err := startSystem(t.Context(), systemOptions{Data: dir, Create: true, Listen: "127.0.0.1:0", Config: &cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sys.close)
	made := func() int {
		all, err := filepath.Glob(filepath.Join(madeFolder(dir), "*.wav"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	first := len(inUse(&cfg)["zh"])
	if first < 15 || len(inUse(&cfg)["en"]) != 0 {
		t.Fatalf("calls of the hall consist of %v", inUse(&cfg))
	}
	within(t, 60*time.Second, "the pieces are not made", func() bool { return made() >= first })
	do := func(cmd queue.Command) {
		t.Helper()
		if _, err := sys.engine.Do(t.Context(), "", byScript, cmd); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	do(queue.OpenWindow{Seat: queue.Seat{Window: "1"}, Clerk: "clerk"})
	do(queue.Issue{Queue: "A"})
	do(queue.CallNext{Seat: queue.Seat{Window: "1"}})
	within(t, 30*time.Second, "the call is not spoken", func() bool {
		for _, z := range sys.floor.VoiceStats() {
			if z.Zone == "east" && z.Spoken == 1 {
				return true
			}
		}
		return false
	})
	if n := made(); n != first {
		t.Errorf("the call needed %d pieces that were not made ahead", n-first)
	}
	more := cfg
	more.WindowSetup = append(slices.Clone(cfg.WindowSetup), queue.WindowSetup{ID: "105", Queues: cfg.WindowSetup[0].Queues})
	more.Zones = slices.Clone(cfg.Zones)
	more.Zones[0].Windows = append(slices.Clone(cfg.Zones[0].Windows), "105")
	do(queue.Configure{Config: more})
	want := len(inUse(&more)["zh"])
	if want <= first {
		t.Fatalf("window 105 needs no more than %d pieces", first)
	}
	within(t, 60*time.Second, "the pieces of the new window are not made", func() bool { return made() == want })
}
