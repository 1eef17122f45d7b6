package display

import (
	"testing"

	"halld/queue"
)

// A call can be told in one sentence, and it says what its rule had to do with it and nothing else.
func TestToldWords(t *testing.T) {
	for _, c := range []struct {
		told     *queue.Told
		overtook int
		zh, en   string
	}{
		{nil, 3, "", ""},
		{&queue.Told{Waited: 2460, Head: 1200}, 2, "提前 20 分钟；等了 41 分钟；越过 2 人", "head start 20 min; waited 41 min; overtook 2"},
		{&queue.Told{Waited: 40}, 0, "等了 40 秒", "waited 40 s"},
		{&queue.Told{Waited: 600, Ratio: "2:1", Turn: 1}, 0, "按 2:1 轮叫；等了 10 分钟", "its turn by 2:1; waited 10 min"},
		{&queue.Told{Waited: 600, Tier: 2}, 1, "第 2 档在先；等了 10 分钟；越过 1 人", "tier 2 goes first; waited 10 min; overtook 1"},
		{&queue.Told{Waited: 1800, Cap: 1200}, 0, "已超过上限 20 分钟，按先后；等了 30 分钟", "over the cap of 20 min, so by arrival; waited 30 min"},
		{&queue.Told{Waited: 600, Slope: 200}, 0, "等候按 200% 计；等了 10 分钟", "its wait counts 200 %; waited 10 min"},
	} {
		if got := toldWords(c.told, c.overtook); got != (word{c.zh, c.en}) {
			t.Errorf("%+v, %d: %q", c.told, c.overtook, got)
		}
	}
}
