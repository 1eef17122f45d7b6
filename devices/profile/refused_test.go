package profile_test

import (
	"fmt"
	"strings"
	"testing"

	"halld/devices/profile"
)

// good1 is a board that is right; every bad file of the table differs from it in one place.
const good1 = `id = "x"
kind = "board"
driver = "described"
proof = "manual"
events = ["ok", "seen"]

[line]
baud = 9600
format = "8N1"
turnaround_ms = 5
reply_ms = 300

[looks]
form = "dots"

[param.colour]
default = "red"
map = { red = 1, green = 2 }

[param.speed]
default = 3
min = 1
max = 9

[frame.tx]
parts = [
  { hex = "AA" },
  { len = "u8", of = "a..z" },
  { mark = "a" },
  { body = true },
  { mark = "z" },
  { sum = "sum8", of = "a..z" },
]

[frame.rx]
parts = [{ hex = "BB" }, { body = true }]

[frame.esc]
parts = [{ hex = "7E" }, { mark = "p" }, { body = true }, { mark = "q" }]
escape = { of = "p..q", map = [
  "7E>7D 5E",
  "7D>7D 5D",
] }

[op.show]
args = ["text"]
body = [
  { text = "text", enc = "ascii", max = 32 },
]
reply = [
  { event = "ok", is = "ok" },
  { hex = "BB 15", is = "refused" },
]
done = { hex = "BB 06", within_ms = 500 }

[op.tint]
body = [{ u8 = "colour" }, { u8 = "speed" }]

[op.both]
steps = [
  { send = "tint" },
  { expect = "ok", within_ms = 100 },
]

[op.raw]
frame = "esc"
body = [{ bytes = "data", max = 8 }]

[event.ok]
body = [{ hex = "06" }]

[event.seen]
body = [{ u8 = "n" }]

[role]
probe = "tint"
[role.board.calling]
op = "show"
text = "{number} TO {window}"
[role.board.serving]
op = "show"
text = "SERVING {number}"
[role.board.idle]
op = "show"
text = "WELCOME"
[role.board.paused]
op = "show"
text = "PAUSED"
[role.board.closed]
op = "show"
text = "CLOSED"
`

// TestEveryMistakeNamesItsLine changes one place of a right file and looks for the line of the mistake and for words that say what to do.
func TestEveryMistakeNamesItsLine(t *testing.T) {
	refuse(t, good1, mistakes)
}

type mistake struct{ old, new, at, say string }

func refuse(t *testing.T, good string, mistakes []mistake) {
	t.Helper()
	if _, err := profile.ReadFile("good.toml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range mistakes {
		if strings.Count(good, c.old) != 1 {
			t.Fatalf("%q stands %d times in the file", c.old, strings.Count(good, c.old))
		}
		text := strings.Replace(good, c.old, c.new, 1)
		start := strings.Index(good, c.old) + strings.Index(c.new, c.at)
		if c.at == "" || !strings.Contains(c.new, c.at) {
			start = strings.Index(text, c.at)
		}
		where := fmt.Sprintf("bad.toml:%d:", strings.Count(text[:start], "\n")+1)
		_, err := profile.ReadFile("bad.toml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%q → %q:\n  got  %v\n  want %s … %s", c.old, c.new, err, where, c.say)
		}
	}
}

// mistakes: old becomes new; at is what stands at the mistake, inside new or else anywhere in the file; say is what the author must read.
var mistakes = []mistake{
	{`id = "x"`, `id = ""`, `id = ""`, "id: is missing"},
	{`kind = "board"`, `kind = "bord"`, `kind`, "write one of board, caller"},
	{`driver = "described"`, `driver = "describe"`, `driver`, "write one of described"},
	{`proof = "manual"`, `proof = "guess"`, `proof`, "write one of manual, capture, hardware"},
	{`baud = 9600`, `baud = 96`, `baud`, "line.baud: 96; write 300 to 921600"},
	{`format = "8N1"`, `format = "9N1"`, `format`, "such as 8N1, 7E1"},
	{`default = 3
min = 1`, "default = 3\nrolls = true", `rolls`, "goes round from min to max; write both"},
	{`{ len = "u8", of = "a..z" }`, `{ len = "u8", enc = "gbk", of = "a..z" }`, `len = "u8", enc`, "write chars = the name of the text, and neither of nor unit"},
	{`{ len = "u8", of = "a..z" }`, `{ len = "u8", enc = "gbk", unit = "chars", chars = "text" }`, `len = "u8", enc`, "write chars = the name of the text, and neither of nor unit"},
	{`turnaround_ms = 5`, `turnaround_ms = -5`, `turnaround_ms`, "line.turnaround_ms: -5; write 0 to"},
	{`turnaround_ms = 5`, `byte_gap_ms = 1001`, `byte_gap_ms`, "line.byte_gap_ms: 1001; write 0 to 1000"},
	{`turnaround_ms = 5`, "byte_gap_max_ms = 5\nbyte_gap_ms = 5", `byte_gap_ms`, "takes its frame for ended; write less"},
	{`turnaround_ms = 5`, `turn_around = 5`, `turn_around`, `unknown key "line.turn_around"`},
	{`form = "dots"`, `form = "round"`, `form = "round"`, "write dots or segments"},
	{`map = { red = 1, green = 2 }`, `map = { red = 1, green = 1 }`, `map = { red`, "write one word for each code"},
	{`  { hex = "AA" },`, `  { hex = "A" },`, `{ hex`, "write pairs of hex digits"},
	{`{ len = "u8", of = "a..z" }`, `{ len = "u9", of = "a..z" }`, `{ len`, `len "u9": write u8`},
	{`{ len = "u8", of = "a..z" }`, `{ len = "u8", of = "a..y" }`, `{ len`, `there is no mark "y"`},
	{`{ len = "u8", of = "a..z" }`, `{ len = "u8", of = "z..a" }`, `{ len`, "runs backwards"},
	{`{ sum = "sum8", of = "a..z" }`, `{ sum = "crc99", of = "a..z" }`, `{ sum`, `sum "crc99": write one of`},
	{`{ sum = "sum8", of = "a..z" }`, `{ sum = "sum8", of = "a..$" }`, `{ sum`, "covers its own place"},
	{`  { mark = "z" },`, `  { mark = "a" },`, `{ mark`, "stands twice in this frame"},
	{`"7E>7D 5E",`, `"7E 7D 5E",`, `"7E`, "write one byte, >, and the two"},
	{`of = "p..q"`, `of = "p..r"`, `of`, `there is no mark "r"`},
	{`{ text = "text", enc = "ascii", max = 32 }`, `{ text = "text", enc = "latin", max = 32 }`, `{ text`, `enc "latin": write one of`},
	{`{ text = "text", enc = "ascii", max = 32 }`, `{ text = "text", u8 = "n", max = 32 }`, `{ text`, "write exactly one of hex"},
	{`{ event = "ok", is = "ok" }`, `{ event = "no", is = "ok" }`, `{ event`, "there is no [event.no]"},
	{`{ hex = "BB 15", is = "refused" }`, `{ hex = "BB 15" }`, `{ hex`, "reply 2: write one of hex, str, event, echo, and is"},
	{`done = { hex = "BB 06", within_ms = 500 }`, `done = { hex = "BB 0", within_ms = 500 }`, `done`, "write pairs of hex digits"},
	{`{ send = "tint" }`, `{ send = "tilt" }`, `{ send`, "step 1: there is no [op.tilt]"},
	{`{ expect = "ok", within_ms = 100 }`, `{ expect = "yes", within_ms = 100 }`, `{ expect`, "step 2: there is no [event.yes]"},
	{`{ expect = "ok", within_ms = 100 }`, `{ within_ms = 100 }`, `{ within`, "step 2: write send or expect"},
	{`frame = "esc"`, `frame = "ex"`, `frame`, "there is no [frame.ex]"},
	{`events = ["ok", "seen"]`, `events = ["ok"]`, `[event.seen]`, "must list every event"},
	{`events = ["ok", "seen"]`, `events = ["ok", "seen", "heard"]`, `events`, "there is no [event.heard]"},
	{`events = ["ok", "seen"]`, `events = ["ok", "seen", "ok"]`, `events`, `"ok" stands twice`},
	{`probe = "tint"`, "poll = \"tint\"\npoll_ms = 100", `poll =`, `not a device of kind "board"`},
	{`probe = "tint"`, `probe = "ping"`, `probe`, "role.probe: there is no [op.ping]"},
	{"op = \"show\"\ntext = \"WELCOME\"", "op = \"shew\"\ntext = \"WELCOME\"", `op`, "role.board.idle.op: there is no [op.shew]"},
	{`[event.ok]`, "[substitute]\n\"㛃\" = \"洁\"\n[event.ok]", `"㛃"`, "cannot show either"},
	{`[event.ok]`, "[variant.y]\ntcp = 70000\n[event.ok]", `tcp`, "variant.y.tcp: 70000; write 1 to 65535"},
	{`reply_ms = 300`, "reply_ms = 300\ntcp = 70000", `tcp`, "line.tcp: 70000; write 0 to 65535"},
	{`[event.ok]`, "[variant.y]\ntcp = 5\ntx = \"udp\"\n[event.ok]", `tx`, "there is no [frame.udp]"},
	{`[event.ok]`, "[variant.y]\nevent = { seen = \"udp\" }\n[event.ok]", `event = {`, "no [frame.udp]"},
	{`[event.ok]`, "[variant.y]\nevent = { gone = \"rx\" }\n[event.ok]", `event = {`, "there is no [event.gone]"},
	{`body = [{ u8 = "colour" }, { u8 = "speed" }]`, "body = [{ u8 = \"colour\" }, { u8 = \"speed\" }]\nreply = []", `probe`, "op.tint has no answer"},
	{`[event.ok]`, "[variant.y]\ntcp = 5\nop = { show = \"udp\" }\n[event.ok]", `op`, "no [frame.udp]"},
	{`kind = "board"`, `kind = "voice"`, `[role.board.calling]`, `a device of kind "voice" has no such role`},
	{`kind = "board"`, `kind = "printer"`, `driver`, `cannot drive a printer; write "escpos"`},
	{`default = "red"`, `default = "blue"`, `default = "blue"`, "is not in its map; write one of green, red"},
	{`default = 3`, `default = 30`, `default = 30`, "outside its own min and max"},
	{`min = 1`, `min = 10`, `min`, "min 10 is above max 9"},
	{`  { body = true },`, `  { body = true }, { body = true },`, `{ body`, "a second body"},
	{`parts = [{ hex = "BB" }, { body = true }]`, `parts = [{ hex = "BB" }]`, "body = [{ hex = \"06\" }]", "has no place for a body"},
	{`{ sum = "sum8", of = "a..z" }`, `{ sum = "sum16", of = "a..z" }`, `{ sum`, "write a wider put, or mod = 256"},
	{`"7E>7D 5E",`, `"7E>7D 7E",`, `"7E`, "stays in what stands for it"},
	{`"7D>7D 5D",`, ``, `escape`, "is not escaped itself"},
	{`args = ["text"]`, `args = ["text", "text"]`, `args`, `"text" stands twice`},
	{`args = ["text"]`, `args = ["text", "line"]`, `args`, `no part takes "line"`},
	{`{ text = "text", enc = "ascii", max = 32 }`, `{ text = "text", enc = "ascii" }`, `{ text`, "write max = 255 or less"},
	{`steps = [`, "body = [{ hex = \"01\" }]\nsteps = [", `body`, "has body and steps"},
	{`done = { hex = "BB 06", within_ms = 500 }`, `done = { hex = "BB 06" }`, `done`, "within_ms is missing"},
	{`[role.board.closed]`, `[role.board.shut]`, `[role.board.shut]`, `never "shut"; write one of calling`},
	{"[role.board.closed]\nop = \"show\"\ntext = \"CLOSED\"\n", "", "[role.board.", "role.board.closed: is missing; a board must say what it shows"},
	{`text = "CLOSED"`, `text = "{name}"`, `text = "{name}"`, "{name} is not filled in; write one of {number}"},
	{"op = \"show\"\ntext = \"CLOSED\"", "op = \"tint\"\nargs = { colour = \"blue\" }", `args`, `"blue" is not one of green, red`},
	{"op = \"show\"\ntext = \"CLOSED\"", "op = \"tint\"\nargs = { speed = 12 }", `args`, `12 is out of range; write 1 to 9`},
	{`text = "CLOSED"`, `args = { colour = "red" }`, `args`, `op.show has no argument "colour"; it has text`},
	{`text = "CLOSED"`, `args = { text = "关" }`, `args`, "whose characters are ascii"},
	{"op = \"show\"\ntext = \"CLOSED\"", "op = \"tint\"\ntext = \"CLOSED\"", `text`, `op.tint has no argument "text"`},
	{`body = [{ hex = "06" }]`, `body = [{ hex = "0" }]`, `body`, "write pairs of hex digits"},
	{"[event.seen]\nbody = [{ u8 = \"n\" }]", "[frame.none]\nparts = [{ body = true }]\n[event.seen]\nframe = \"none\"\nbody = [{ mark = \"m\" }]", `[event.seen]`, "it takes no byte"},
	{`{ hex = "BB 15", is = "refused" }`, `{ hex = "BB 1", is = "refused" }`, `{ hex`, "reply 2: hex \"BB 1\": write pairs"},
	{`  "7D>7D 5D",`, `  "7D>7D 5D", "7D>7D 5C",`, `"7D>`, "the byte 7D has a line already"},
	{`  "7D>7D 5D",`, `  "7D>7D 5E",`, `"7D>`, "the same two bytes stand for 7E"},
	{`  "7D>7D 5D",`, ``, `map = [`, "7D begins what stands for another byte"},
	{`text = "CLOSED"`, `text = "CLOSED"` + "\nargs = { text = \"OPEN\" }", `args`, "text stands beside it; write one of the two"},
	{`text = "WELCOME"`, `text = "欢迎"`, `text`, "whose characters are ascii"},
}
