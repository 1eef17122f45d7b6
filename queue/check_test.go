package queue_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"halld/queue"
	"halld/queue/catalogue"
)

// right is a configuration without a mistake.
func right() queue.Config {
	return queue.Config{
		Name: "清溪县政务服务中心", Calendar: catalogue.Calendar{Zone: "Asia/Shanghai"}, Address: "http://hall.lan:8086",
		Departments: []queue.Department{{ID: "gongan", Name: "公安局"}},
		Items:       []queue.Item{{ID: "idcard", Name: "身份证", Department: "gongan", Queue: "A", Bring: []string{"户口簿"}}},
		Queues: []queue.Queue{
			{ID: "A", Name: "户籍", Prefix: "A", First: 1, Last: 999, Width: 3, BandEnd: queue.Widen},
			{ID: "B", Name: "税务", Prefix: "B", First: 0, Last: 9999, Width: 4, BandEnd: queue.Reserve, Reserve: "X", Target: queue.Target{Wait: time.Minute, Share: 90}},
		},
		WindowSetup: []queue.WindowSetup{{ID: "1", Queues: []queue.QueueID{"A", "B"}, Department: "gongan"}, {ID: "2", Queues: []queue.QueueID{"B"}}},
		People:      []queue.Person{{ID: "1001", Name: "张敏", Role: queue.Handler, Staff: queue.Established, Windows: []queue.WindowID{"1"}}},
		Zones: []queue.Zone{
			{ID: "east", Windows: []queue.WindowID{"1"}, Languages: []string{"zh", "en"}, Repeat: 2, MaxAge: time.Minute},
			{ID: "west", Windows: []queue.WindowID{"2"}, Repeat: 1, MaxAge: time.Minute},
		},
		Devices: []queue.Device{{ID: "board-1", Window: "1"}, {ID: "voice-1", Zone: "west"}},
		Policy:  queue.Policy{RecallLimit: 3, MissAfter: 3, LegLimit: 1},
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	good := right()
	if got := good.Problems(); len(got) > 0 || good.Check() != nil {
		t.Fatalf("a right configuration: %v", got)
	}
	seen := map[queue.ProblemCode]bool{}
	for _, c := range []struct {
		path, code string
		spoil      func(*queue.Config)
	}{
		{"name", "missing", func(c *queue.Config) { c.Name = "" }},
		{"name", "text-blank", func(c *queue.Config) { c.Name = " \u3000" }},
		{"name", "text-control", func(c *queue.Config) { c.Name = "清溪\x1b" }},
		{"items[0].bring[0]", "text-direction", func(c *queue.Config) { c.Items[0].Bring[0] = "户口\u202e簿" }},
		{"people[0].post", "text-long", func(c *queue.Config) { c.People[0].Post = strings.Repeat("长", 101) }},
		{"zone", "bad-time-zone", func(c *queue.Config) { c.Calendar.Zone = "Asia/Shanghaj" }},
		{"zone", "bad-time-zone", func(c *queue.Config) { c.Calendar.Zone = "Local" }},
		{"address", "bad-address", func(c *queue.Config) { c.Address = "hall.lan" }},
		{"departments[0].id", "bad-id", func(c *queue.Config) { c.Departments[0].ID = "公安"; c.Items, c.WindowSetup[0].Department = nil, "" }},
		{"queues[1].id", "missing", func(c *queue.Config) {
			c.Queues[1].ID, c.WindowSetup[0].Queues, c.WindowSetup[1].Queues[0] = "", []queue.QueueID{"A"}, "A"
		}},
		{"windows[1].id", "id-taken", func(c *queue.Config) { c.WindowSetup[1].ID, c.Zones = "1", nil; c.Devices[1].Zone = "" }},
		{"windows[1].id", "window-number", func(c *queue.Config) { c.WindowSetup[1].ID, c.Zones[1].Windows[0] = "02", "02" }},
		{"windows[1].queues", "window-useless", func(c *queue.Config) { c.WindowSetup[1].Queues = nil }},
		{"windows[1].queues[0]", "unknown-queue", func(c *queue.Config) { c.WindowSetup[1].Queues[0] = "Z" }},
		{"windows[0].queues[1]", "listed-twice", func(c *queue.Config) { c.WindowSetup[0].Queues[1] = "A" }},
		{"windows[0].department", "unknown-office", func(c *queue.Config) { c.WindowSetup[0].Department = "gongan2" }},
		{"items[0].queue", "missing", func(c *queue.Config) { c.Items[0].Queue = "" }},
		{"items[0].bring", "too-many-lines", func(c *queue.Config) { c.Items[0].Bring = []string{"1", "2", "3", "4"} }},
		{"classes", "no-ordinary", func(c *queue.Config) { c.Classes = []queue.ClassSetup{{ID: "p1", Name: "老年人", Slope: 100}} }},
		{"policy.ratio", "ratio-form", func(c *queue.Config) { c.Policy.Ratio = "2：1" }},
		{"queues[0].ratio", "ratio-form", func(c *queue.Config) { c.Queues[0].Ratio = "2:0" }},
		{"queues[0].ratio", "missing", func(c *queue.Config) { c.Queues[0].Discipline = queue.RatioOf }},
		{"policy.discipline", "not-a-choice", func(c *queue.Config) { c.Policy.Discipline = "lottery" }},
		{"people[0].windows[0]", "unknown-window", func(c *queue.Config) { c.People[0].Windows[0] = "3" }},
		{"people[0].role", "not-a-choice", func(c *queue.Config) { c.People[0].Role = "boss" }},
		{"people[0].staff", "not-a-choice", func(c *queue.Config) { c.People[0].Staff = "robot" }},
		{"queues", "no-queue", func(c *queue.Config) {
			c.Queues, c.Items, c.WindowSetup, c.People = nil, nil, nil, nil
			c.Zones, c.Devices = nil, nil
		}},
		{"queues[0].id", "queue-unserved", func(c *queue.Config) { c.WindowSetup[0].Queues = []queue.QueueID{"B"} }},
		{"queues[0].prefix", "prefix-form", func(c *queue.Config) { c.Queues[0].Prefix = "a" }},
		{"queues[1].prefix", "prefix-taken", func(c *queue.Config) { c.Queues[1].Prefix = "A" }},
		{"queues[1].reserve", "prefix-taken", func(c *queue.Config) { c.Queues[1].Reserve = "B" }},
		{"queues[1].reserve", "missing", func(c *queue.Config) { c.Queues[1].Reserve = "" }},
		{"queues[0].width", "out-of-range", func(c *queue.Config) { c.Queues[0].Width = 5 }},
		{"queues[0].last", "last-below-first", func(c *queue.Config) { c.Queues[0].Last = 1000 }},
		{"queues[0].band_end", "not-a-choice", func(c *queue.Config) { c.Queues[0].BandEnd = "wrap" }},
		{"queues[1].target.share", "out-of-range", func(c *queue.Config) { c.Queues[1].Target.Share = 0 }},
		{"zones[1].windows", "zone-empty", func(c *queue.Config) { c.Zones[1].Windows = nil }},
		{"zones[1].windows[0]", "window-two-zones", func(c *queue.Config) { c.Zones[1].Windows[0] = "1" }},
		{"zones[0].languages[1]", "language-form", func(c *queue.Config) { c.Zones[0].Languages[1] = "English" }},
		{"zones[1].repeat", "out-of-range", func(c *queue.Config) { c.Zones[1].Repeat = 0 }},
		{"devices[0].window", "unknown-window", func(c *queue.Config) { c.Devices[0].Window = "88" }},
		{"devices[1].zone", "unknown-zone", func(c *queue.Config) { c.Devices[1].Zone = "north" }},
		{"devices[1].address", "out-of-range", func(c *queue.Config) { c.Devices[1].Address = -1 }},
		{"kiosks[0].items[0]", "unknown-item", func(c *queue.Config) { c.Kiosks = []queue.KioskSetup{{ID: "k", Items: []queue.ItemID{"nothing"}}} }},
		{"kiosks[0].queues[0]", "unknown-queue", func(c *queue.Config) { c.Kiosks = []queue.KioskSetup{{ID: "k", Queues: []queue.QueueID{"Z"}}} }},
		{"queues[0].quotas[0].days[0]", "not-a-choice", func(c *queue.Config) { c.Queues[0].Quotas = []queue.Quota{{Days: []catalogue.Weekday{"monday"}}} }},
		{"queues[0].last_number", "not-a-choice", func(c *queue.Config) { c.Queues[0].LastNumber = "no" }},
		{"queues[0].unserved", "not-a-choice", func(c *queue.Config) { c.Queues[0].Unserved = "no" }},
		{"queues[0].long_at", "out-of-range", func(c *queue.Config) { c.Queues[0].LongAt = -1 }},
		{"policy.recall_limit", "recall-below-miss", func(c *queue.Config) { c.Policy.RecallLimit = 2 }},
		{"policy.priority_head", "out-of-range", func(c *queue.Config) { c.Policy.PriorityHead = -time.Minute }},
		{"policy.day_end", "not-a-choice", func(c *queue.Config) { c.Policy.DayEnd = "midnight" }},
	} {
		bad := right()
		c.spoil(&bad)
		got := bad.Problems()
		if len(got) != 1 || got[0].Path != c.path || string(got[0].Code) != c.code {
			t.Errorf("want %s: %s, got %v", c.path, c.code, got)
			continue
		}
		seen[got[0].Code] = true
		var e *queue.ConfigError
		if err := bad.Check(); !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.path+": "+c.code) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	for _, code := range queue.ProblemCodes() {
		if !seen[code] {
			t.Errorf("nothing makes %s", code)
		}
	}
}

// Every number of the policy has bounds: one that is forgotten would be refused whatever it is.
func TestPolicyBounds(t *testing.T) {
	t.Parallel()
	for f := range reflect.TypeFor[queue.Policy]().Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if k := f.Type.Kind(); k != reflect.Int && k != reflect.Int64 {
			continue
		}
		if b, ok := queue.Bounds("policy." + key); !ok || b.Max <= b.Min {
			t.Errorf("policy.%s has no bounds", key)
		}
	}
}

func TestDurationText(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0s", 90 * time.Second: "1m30s", 15 * time.Minute: "15m", 4 * time.Hour: "4h",
		100 * time.Minute: "1h40m", 500 * time.Millisecond: "500ms",
		time.Hour + time.Second: "1h0m1s"} {
		if got := queue.DurationText(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
		if back, err := time.ParseDuration(queue.DurationText(d)); err != nil || back != d {
			t.Errorf("%v does not come back: %v, %v", d, back, err)
		}
	}
}
