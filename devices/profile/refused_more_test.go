package profile_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"halld/devices/profile"
)

// marks are so many marks with names of their own.
func marks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{ mark = \"m%d\" }, ", i)
	}
	return b.String()
}

// good2 is a caller with a pad.
const good2 = `id = "y"
kind = "caller+pad"
driver = "described"
proof = "manual"
events = ["key", "rated", "moved"]

[line]
baud = 9600
format = "8N1"

[param.addr]
default = 1
max = 31
label = "地址"

[frame.tx]
parts = [{ hex = "02" }, { u8 = "addr", mask = 0x1F, or = 0x20 }, { body = true }, { hex = "03" }]
[frame.bare]
parts = [{ hex = "06" }]

[op.show_ticket]
body = [{ digits = "ticket", width = 3, keep = "last" }]
[op.show_waiting]
body = [{ digits = "waiting", width = 3 }]
[op.ask]
body = [{ str = "?" }]

[event.key]
body = [{ str = "K" }, { u8 = "key", map = { call = 1, here = 2 } }]
ack = "echo"
[event.rated]
body = [{ str = "R" }, { u8 = "value", map = { good = 1, bad = 2 } }]
ack_body = [{ str = "r" }]
[event.moved]
body = [{ str = "M" }, { seq = "u8" }, { text = "text", enc = "utf-16-be", width = 8, pad = "00 20" }]

[role.caller]
call = "call"
here = "here"
[role.pad]
ask = "ask"
levels = { good = 5, bad = 1 }
`

// good3 is a voice.
const good3 = `id = "z"
kind = "voice"
driver = "described"
proof = "manual"

[line]
baud = 9600
format = "8N1"

[frame.tx]
parts = [{ hex = "FD" }, { len = "u8", of = "a..$" }, { mark = "a" }, { body = true }]

[op.say]
body = [{ u8 = 1 }, { text = "text", enc = "gb2312", max = 200 }]
[op.stop]
body = [{ u8 = 2 }]

[role.voice]
say = "say"
max = 200
languages = ["zh"]

[[vector]]
op = "stop"
hex = "FD 01 02"
`

func TestEveryMistakeOfACaller(t *testing.T) {
	refuse(t, good2, []mistake{
		{`id = "y"`, `id = "My Caller"`, `id`, `id: "My Caller"; write lower-case letters`},
		{`kind = "caller+pad"`, `kind = "lamp"`, `[role.caller]`, `a device of kind "lamp" has no such role`},
		{`kind = "caller+pad"`, `kind = "caller"`, `[role.pad]`, `role.pad: a device of kind "caller" has no such role`},
		{`driver = "described"`, `driver = "gpio"`, `baud`, `driver "gpio" does not act upon it`},
		{`driver = "described"`, `driver = "wav"`, `format = "8N1"`, `line.format: driver "wav" does not act upon it`},
		{`driver = "described"`, `driver = "escpos"`, `kind`, `"caller+pad" does not go with driver "escpos"; write printer`},
		{`format = "8N1"`, "format = \"8N1\"\nflow = \"yes\"", `flow = "yes"`, "line.flow: \"yes\"; write one of"},
		{"[param.addr]", "[looks]\nform = \"dots\"\n[param.addr]", `[looks]`, "only boards of described protocols have looks"},
		{"[param.addr]", "[printer]\ndots = 384\n[param.addr]", `[printer]`, `driver "described" has no such table`},
		{"[param.addr]", "[gpio]\nstuck_ms = 5\n[param.addr]", `[gpio]`, `driver "described" has no such table`},
		{"[param.addr]", "[matrix]\nacross = 5\n[param.addr]", `[matrix]`, `driver "described" has no such table`},
		{"[param.addr]", "[param.speed]\ndefault = 1\n[param.addr]", `[param.speed]`, "param.speed: no part takes it"},
		{"[param.addr]", "[param.text]\nmax = 5\n[param.addr]", `[param.text]`, "min and max are held against numbers only"},
		{"[param.addr]", "[param.key]\nmap = { a = 1 }\nmax = 5\n[param.addr]", `[param.key]`, "min and max are held against numbers only"},
		{`default = 1`, `default = "one"`, `default`, `"one" is no whole number`},
		{"[param.addr]", "[variant.y]\ntx = \"bare\"\n[param.addr]", `[variant.y]`, "write an id of its own"},
		{"[param.addr]", "[[vector]]\nprotocol = \"w\"\nop = \"ask\"\nhex = \"02 21 3F 03\"\n[param.addr]", `protocol`, "there is no [variant.w]"},
		{`events = ["key", "rated", "moved"]`, ``, `[event.`, "must list every event"},
		{`{ hex = "06" }`, `{ hex = "06", width = 4 }`, `{ hex`, "width: this part takes nothing beside it"},
		{`{ hex = "06" }`, `{ u8 = 6, drop = true }`, `parts = [{ u8`, "drop: this part takes nothing beside it"},
		{`{ hex = "06" }`, `{ u8 = 6.5 }`, `parts = [{ u8`, "6.5: write the name of an argument or a whole number"},
		{`{ hex = "06" }`, `{ str = "a", enc = "gbk" }`, `parts = [{ str`, "enc: this part takes nothing beside it"},
		{`{ hex = "06" }`, `{ dec = "n" }`, `parts = [{ dec`, "width: write how many characters the number takes"},
		{`{ hex = "06" }`, `{ seq = "u3" }`, `parts = [{ seq`, `seq "u3": write u8`},
		{`{ hex = "06" }`, `{ sum = "sum8", of = "^..here", put = "u3" }`, `parts = [{ sum`, `put "u3": write u8`},
		{`{ hex = "06" }`, `{ sum = "sum8", of = "a" }`, `parts = [{ sum`, `of "a": write the span as two marks`},
		{`{ hex = "06" }`, `{ sum = "sum8", of = "^..here", width = 3 }`, `parts = [{ sum`, "only decimal numbers (dec, bcd) have one"},
		{`{ hex = "06" }`, `{ len = "u8", of = "^..$", unit = "words" }`, `parts = [{ len`, "unit: write bytes, or chars with chars"},
		{`{ hex = "06" }`, `{ len = "u8", of = "^..$", chars = "text" }`, `parts = [{ len`, "chars: goes with unit"},
		{`{ hex = "06" }`, `{ len = "u8", of = "^..$", shift = 40 }`, `parts = [{ len`, "shift: write 0 to 31"},
		{`{ hex = "06" }`, `{ len = "u8", of = "^..$", pad = "20" }`, `parts = [{ len`, "pad: this part does not act upon it; it takes of, add"},
		{`{ u8 = "addr", mask = 0x1F, or = 0x20 }`, `{ u8 = "addr", min = 3 }`, `parts = [{ hex = "02"`, "min: this part does not act upon it"},
		{`{ digits = "ticket", width = 3, keep = "last" }`, `{ digits = "ticket", width = 3, keep = "first" }`, `body = [{ digits = "ticket"`, `keep "first": write last`},
		{`{ digits = "ticket", width = 3, keep = "last" }`, `{ digits = "ticket", width = 3, max = 4 }`, `body = [{ digits = "ticket"`, "width fixes it"},
		{`{ digits = "ticket", width = 3, keep = "last" }`, `{ digits = "ticket", max = 4, keep = "last" }`, `body = [{ digits = "ticket"`, "need width"},
		{`{ digits = "ticket", width = 3, keep = "last" }`, `{ digits = "number", width = 3 }`, `[op.show_ticket]`, `a caller is told "ticket"`},
		{`width = 8, pad = "00 20"`, `width = 8, pad = "20"`, `body = [{ str = "M"`, "in UTF-16 two"},
		{`width = 8, pad = "00 20"`, `pad = "00 20"`, `body = [{ str = "M"`, "pad: fills up to width"},
		{`width = 8, pad = "00 20"`, `width = 8, align = "right"`, `body = [{ str = "M"`, "write pad"},
		{`width = 8, pad = "00 20"`, `width = 8, pad = "00 20", align = "middle"`, `body = [{ str = "M"`, `align "middle": write left, center or right`},
		{`width = 8, pad = "00 20"`, `width = 5000`, `body = [{ str = "M"`, "width, min and max: write numbers from 0"},
		{`width = 8, pad = "00 20"`, `min = 9223372036854775807`, `body = [{ str = "M"`, "width, min and max: write numbers"},
		{`{ hex = "06" }`, `{ fill = "00" }`, `parts = [{ fill`, "to: write how many bytes the frame has"},
		{`{ hex = "06" }`, `{ fill = "0000", to = 9 }`, `parts = [{ fill`, "write one byte such as 00"},
		{`{ hex = "06" }`, `{ pause = 70000 }`, `parts = [{ pause`, "pause 70000: write milliseconds"},
		{`width = 8, pad = "00 20"`, `min = 8, max = 4`, `body = [{ str = "M"`, "min not above max"},
		{`width = 8, pad = "00 20"`, `term = "0"`, `body = [{ str = "M"`, `term "0": write pairs`},
		{`width = 8, pad = "00 20"`, `pre = [{ hex = "1" }]`, `body = [{ str = "M"`, `write pairs of hex`},
		{`width = 8, pad = "00 20"`, `post = [{ u8 = 1, hex = "1" }]`, `body = [{ str = "M"`, "write exactly one of"},
		{`width = 8, pad = "00 20"`, `post = [{ text = "of", max = 3 }]`, `body = [{ str = "M"`, "pre and post: write parts of fixed size"},
		{`body = [{ str = "?" }]`, `body = [{ str = "?", map = { a = "" } }]`, `body = [{ str = "?"`, `nothing stands for "a"`},
		{`body = [{ str = "?" }]`, `body = [{ body = true }]`, `body = [{ body`, "body and inner stand in frames only"},
		{`body = [{ str = "?" }]`, `body = [{ sum = "crc32", of = "^..here", put = "u16le" }]`, `body = [{ sum`, "write a wider put"},
		{`body = [{ str = "?" }]`, `body = [{ len = "u8", unit = "chars", chars = "txt", of = "^..$" }]`, `body = [{ len`, `chars "txt": there is no text of that name`},
		{`body = [{ str = "?" }]`, `body = [{ len = "u8", unit = "chars", chars = "txt", of = "^..here" }, { text = "txt", max = 9 }]`, `body = [{ len`, `the text "txt" does not lie there`},
		{`body = [{ str = "?" }]`, `body = [{ sum = "sum8", of = "b..$" }, { mark = "b" }, { sum = "sum8", of = "^..b" }]`, `body = [{ sum`, "two checksums cover each other"},
		{"body = [{ str = \"?\" }]", "body = [{ str = \"?\" }]\nreply = [{ str = \"!\", is = \"ok\" }]", `reply`, "is never waited for, since line.reply_ms is 0"},
		{"body = [{ str = \"?\" }]", "steps = []", `steps`, "op.ask.steps: is empty"},
		{"body = [{ str = \"?\" }]", "steps = [{ expect = \"key\" }]", `steps`, "within_ms is missing, and line.reply_ms"},
		{"body = [{ str = \"?\" }]", "steps = [{ send = \"show_ticket\", within_ms = 3 }]", `steps`, "within_ms goes with expect"},
		{"body = [{ str = \"?\" }]", "steps = [{ expect = \"key\", within_ms = -3 }]", `steps`, "within_ms -3; write 1 to"},
		{"body = [{ str = \"?\" }]", "steps = [{ send = \"ask\" }]", `steps`, "op.ask is a dialogue itself"},
		{"body = [{ str = \"?\" }]", "steps = [{ expect = \"key\", within_ms = 9 }]\ndone = { hex = \"06\", within_ms = 9 }", `steps`, "a dialogue has no reply and no done"},
		{`ack = "echo"`, `ack = "same"`, `ack`, `event.key.ack: "same"; write "echo"`},
		{`ack = "echo"`, "ack = \"echo\"\nack_body = [{ hex = \"01\" }]", `ack`, "has ack and ack_body"},
		{`ack = "echo"`, "ack_frame = \"bare\"", `ack_frame`, "there is no answer to put into it"},
		{`ack_body = [{ str = "r" }]`, `ack_body = [{ str = "r" }]` + "\nack_frame = \"none\"", `ack_frame`, "there is no [frame.none]"},
		{`ack_body = [{ str = "r" }]`, `ack_body = [{ len = "u8", of = "^..q" }]`, `ack_body`, `there is no mark "q"`},
		{`ack_body = [{ str = "r" }]`, `ack_body = [{ len = "u8", of = "^..$" }, { text = "words" }]`, `ack_body`, `"words": max is missing`},
		{`ack_body = [{ str = "r" }]`, `ack_body = [{ hex = "r" }]`, `ack_body`, "write pairs of hex"},
		{`body = [{ str = "R" }, {`, `frame = "none"` + "\n" + `body = [{ str = "R" }, {`, `frame = "none"`, "event.rated.frame: there is no [frame.none]"},
		{`body = [{ str = "R" }, {`, `body = [{ str = "R" }, { mark = "here" }, {`, `body = [{ str = "R"`, `mark "here": stands twice in this frame, or is a word of its own`},
		{`body = [{ str = "R" }, {`, `body = [{ len = "u8", of = "x..$" }, {`, `body = [{ len`, `there is no mark "x"`},
		{`call = "call"`, `call = "cal"`, `call = "cal"`, `role.caller.call: "cal"; write one of call`},
		{`call = "call"`, `ring = "call"`, `ring`, `role.caller.ring: the event "key" never reports it as key; it reports call, here`},
		{`levels = { good = 5, bad = 1 }`, `levels = { good = 6, bad = 1 }`, `levels`, "role.pad.levels.good: 6; write 1"},
		{`levels = { good = 5, bad = 1 }`, `levels = { good = 5, awful = 1 }`, `levels`, `role.pad.levels.awful: the event "rated" never reports it`},
		{`ask = "ask"`, `ask = "please"`, `ask`, "role.pad.ask: there is no [op.please]"},
		{"[event.key]\nbody = [{ str = \"K\" }, { u8 = \"key\", map = { call = 1, here = 2 } }]\n", "[event.press]\nbody = [{ str = \"K\" }]\n", `[event.press]`, "must list every event"},
		{"events = [\"key\", \"rated\", \"moved\"]", "events = [\"key\", \"rated\", \"moved\"]\nsource = 5", `source`, "source:"},
		{"[frame.bare]\n", "[frame.many]\nparts = [" + marks(23) + "{ hex = \"06\" }]\n[op.many]\nframe = \"many\"\n[frame.bare]\n", "parts = [{ mark", "25 marks; a frame has at most 24"},
		{"[frame.bare]\n", "[frame.bare]\nescape = { of = \"^..$\" }\n", "escape", "escape: write map with what stands"},
		{"[frame.bare]\n", "[frame.bare]\nescape = { of = \"^..$\", as = \"morse\" }\n", "escape", `escape.as: "morse"; write one of hex, hex-lower, inverted`},
		{"[frame.bare]\nparts = [{ hex = \"06\" }]", "[frame.bare]\nparts = [{ hex = \"06\" }, { mark = \"a\" }, { mark = \"b\" }]\nescape = { of = \"b..$ a..b\", as = \"hex\" }\n[op.bare]\nframe = \"bare\"\n", "escape", "the spans overlap"},
		{"[frame.bare]\n", "[frame.bare]\nescape = { map = [\"06>07 08\", \"07>07 07\"] }\n[op.bare]\nframe = \"bare\"\n[frame.rest]\n", "escape = {", "escape.of \"\""},
		{"[role.caller]", "[role]\npoll = \"gone\"\npoll_ms = 100\n[role.caller]", `poll =`, "there is no [op.gone]"},
		{"[role.caller]", "[role]\npoll_ms = 100\n[role.caller]", `poll_ms`, "goes with poll"},
		{"[role.caller]", "[role]\npoll = \"ask\"\npoll_ms = 100\n[role.caller]", `poll =`, "must be one that is answered"},
		{"[line]", "[role]\npoll = \"ask\"\npoll_ms = 10\n[line]\nreply_ms = 50", `poll =`, "role.poll_ms: 10; write"},
		{"[role.caller]", "[charset.gbk]\na = \"01\"\n[role.caller]", "[charset.gbk]", "is the name of a known set"},
		{"[role.caller]", "[charset.own]\na = \"1\"\n[role.caller]", "a = ", "write pairs of hex digits"},
		{"[role.caller]", "[charset.own]\na = \"01 02 03 04 05\"\n[role.caller]", "a = ", "write one to four bytes"},
		{"[role.caller]", "[charset.own]\na = \"01\"\nb = \"01 02\"\n[role.caller]", "b = ", "01 02 and the 01 of \"a\" cannot be told apart"},
		{"[role.caller]", "[charset.own]\n\"\" = \"01\"\n[role.caller]", "[charset.own]", "write the character on the left"},
		{"[role.caller]", "[role]\nprobe = \"ask\"\n[role.caller]", `probe`, "its answer is never waited for"},
	})
}

func TestEveryMistakeOfAVoice(t *testing.T) {
	refuse(t, good3, []mistake{
		{`kind = "voice"`, `kind = "board"`, `[role.voice]`, `a device of kind "board" has no such role`},
		{`driver = "described"`, `driver = "idcard"`, `kind`, `"voice" does not go with driver "idcard"; write reader`},
		{"format = \"8N1\"\n", "", `[line]`, `line.format: ""; write data bits`},
		{`say = "say"`, `say = "speak"`, `say = "speak"`, "role.voice.say: there is no [op.speak]"},
		{`say = "say"`, `say = "stop"`, `say = "stop"`, `op.stop has no argument "text"`},
		{"say = \"say\"\n", "", `[role.voice]`, "role.voice.say: is missing"},
		{"\nmax = 200", "\nmax = -1", `max = -1`, "role.voice.max: -1"},
		{`languages = ["zh"]`, `languages = ["fr"]`, `languages`, `"fr"; write zh, en or yue`},
		{`enc = "gb2312", max = 200`, `enc = "gb2312", max = 255`, `body = [{ u8 = 1`, `says 255 at most; write max = 254 or less`},
		{`enc = "gb2312", max = 200`, `enc = "gb2312", max = 200, post = [{ u8 = "colour" }]`, `body = [{ u8 = 1`, `write max = 127 or less`},
		{`enc = "gb2312", max = 200`, `enc = "gb2312", max = 255, term = "00"`, `body = [{ u8 = 1`, `write max = 253 or less`},
		{`{ len = "u8", of = "a..$" }`, `{ len = "u8", of = "a..$", mul = 2, add = 5 }`, `body = [{ u8 = 1`, `says 125 at most; write max = 124 or less`},
		{`{ len = "u8", of = "a..$" }`, `{ len = "dec", width = 2, of = "a..$" }`, `body = [{ u8 = 1`, `says 99 at most; write max = 98 or less`},
		{"[role.voice]", "[substitute]\n\"㛃㛃\" = \"洁\"\n[role.voice]", `"㛃㛃"`, "write one character on the left"},
		{"[role.voice]", "[substitute]\n\"㛃\" = \"?\"\n[role.voice]", `"㛃"`, "never a question mark"},
	})
}

// TestStrayTables: a table that the driver of another kind of device would forget is refused.
func TestStrayTables(t *testing.T) {
	const sound = `id = "w"
kind = "voice"
driver = "wav"
proof = "manual"
[line]
baud = 22050
`
	refuse(t, sound, []mistake{
		{"[line]", "[param.x]\ndefault = 1\n[line]", `[param.x]`, `param: driver "wav" knows its protocol by itself`},
		{"[line]", "[frame.tx]\nparts = [{ hex = \"01\" }]\n[line]", `[frame.tx]`, `frame: driver "wav" knows`},
		{"[line]", "[op.x]\n[line]", `[op.x]`, `op: driver "wav" knows`},
		{"[line]", "[event.x]\n[line]", `[event.x]`, `event: driver "wav" knows`},
		{"[line]", "[variant.x]\n[line]", `[variant.x]`, `variant: driver "wav" knows`},
		{"[line]", "[substitute]\na = \"b\"\n[line]", `[substitute]`, `substitute: driver "wav" knows`},
		{"[line]", "[role]\nprobe = \"ask\"\n[line]", `probe`, `role.probe: driver "wav" asks its device by itself`},
		{"[line]", "[role.voice]\nsay = \"x\"\n[line]", `[role.voice]`, `role.voice: driver "wav" speaks by itself`},
		{"[line]", "events = [\"x\"]\n[line]", `events`, `events: driver "wav" knows`},
		{"[line]", "[looks]\nform = \"dots\"\n[line]", `[looks]`, `only boards of described protocols`},
		{"baud = 22050", "baud = 22050\nreply_ms = 5", `reply_ms`, `line.reply_ms: driver "wav" does not act upon it`},
	})
	const matrix = `id = "m"
kind = "board"
driver = "max7219"
proof = "manual"
[line]
baud = 1000000
[matrix]
across = 8
rows = 2
[role.board.calling]
[role.board.serving]
[role.board.idle]
[role.board.paused]
[role.board.closed]
`
	refuse(t, matrix, []mistake{
		{"[line]\nbaud = 1000000", "", ``, "line.baud: 0; write the clock in Hz"},
		{"[matrix]\nacross = 8\nrows = 2\n", "", `driver`, "matrix: the table is missing"},
		{"[role.board.paused]\n", "[role.board.paused]\ntext = \"{reason}\"\n", `text`, "{reason} is not filled in"},
		{"rows = 2", "rows = 9", `rows`, "matrix.rows: 9; write 2 to 4"},
		{"rows = 2", "rows = 2\nturn = 45", `turn`, "matrix.turn: 45; write 0, 90"},
		{"rows = 2", "rows = 2\norder = \"up\"", `order`, `matrix.order: "up"; write one of`},
		{"[role.board.paused]\n", "", `[role.board.`, "role.board.paused: is missing"},
		{"[role.board.paused]\n", "[role.board.paused]\nop = \"x\"\n", `[role.board.paused]`, "write text only"},
	})
}

// TestRolesWithoutTheirEvent: what nothing reports has no meaning.
func TestRolesWithoutTheirEvent(t *testing.T) {
	head := "id = \"y\"\nkind = \"caller+pad\"\ndriver = \"described\"\nproof = \"manual\"\n[line]\nbaud = 9600\nformat = \"8N1\"\n"
	for _, c := range []struct{ file, want string }{
		{head + "[frame.tx]\nparts = [{ hex = \"02\" }]\n[role.caller]\na = \"call\"\n", "bad.toml:10: role.caller: there is no [event.key]"},
		{head + "[frame.tx]\nparts = [{ hex = \"02\" }]\n[role.pad]\nlevels = { a = 1 }\n", "bad.toml:11: role.pad.levels: there is no [event.rated]"},
		{head, "bad.toml:3: frame: a described protocol needs at least [frame.tx]"},
		{head + "[frame.tx]\nparts = [{ hex = ", "bad.toml"},
	} {
		if _, err := profile.ReadFile("bad.toml", []byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestEveryMistakeOfAPrinter, which has no protocol of its own to describe.
func TestEveryMistakeOfAPrinter(t *testing.T) {
	const good = `id = "p"
kind = "printer"
driver = "escpos"
proof = "manual"
[line]
baud = 9600
format = "8N1"
[printer]
dots = 576
columns = 48
confirm = "gs-r"
confirm_ms = 3000
band_rows = 24
status = true
`
	var rows []mistake
	for _, c := range []struct{ key, say string }{
		{`dpi = 700`, "printer.dpi: 700; write 180"}, {`charset = "latin"`, `printer.charset: "latin"; write one of`}, {`cut = "1"`, "write pairs of hex digits such as A5 5A, or \"none\""},
		{`densities = ["1B"]`, "1 entries; write eleven"}, {`densities = ["1", "", "", "", "", "", "", "", "", "", ""]`, "write pairs of hex"}, {`images = ["gs_x"]`, "write gs_v_0 or gs_l"},
		{`quirks = [{ name = "odd", evidence = "seen" }]`, `name "odd"`}, {`quirks = [{ name = "esc_j_ignored" }]`, "where it stands"}, {`usb = [{ vid = "4b8" }]`, "write four small hex digits"},
		{"asb = true\nloose = true", "write one of the two"}, {`presenter = { query = "1D 72", bit = 0 }`, "write bit"},
		{`strict = [{ query = 30 }]`, "printer.strict: entry 1"}, {`bits = [{ query = 3, mask = 4 }]`, "printer.bits: entry 1"}, {`bits = [{ query = 3, mask = 4, means = "jam", byte = 2 }]`, "byte only where full"},
	} {
		rows = append(rows, mistake{"band_rows = 24", "band_rows = 24\n" + c.key, "", c.say})
	}
	for i := range rows {
		rows[i].at = "[printer]"
		if key, _, ok := strings.Cut(rows[i].new[len("band_rows = 24\n"):], " ="); ok {
			rows[i].at = key + " ="
		}
	}
	refuse(t, good, append(rows, mistake{`confirm = "gs-r"`, `confirm = "hope"`, `confirm =`, `"hope"; write one of`},
		mistake{"confirm = \"gs-r\"\nconfirm_ms = 3000\nband_rows = 24\nstatus = true", "confirm = \"poll\"\nconfirm_ms = 3000\nband_rows = 24", "[printer]", "write status = true"},
		mistake{"dots = 576", "dots = 577", "dots", "a multiple of 8"}, mistake{"[printer]\n", "[gpio]\nstuck_ms = 5000\n[printer]\n", "[gpio]", `driver "escpos" has no such table`}))
}

// TestOneIDOneProfile: an id that another file has is refused, from the tree and put in later; the same file may come again.
func TestOneIDOneProfile(t *testing.T) {
	twice := fstest.MapFS{"a/y.toml": {Data: []byte(good2)}, "b/y.toml": {Data: []byte(good2)}}
	if _, err := profile.Load(twice); err == nil || !strings.Contains(err.Error(), `b/y.toml: id "y" is taken by another profile`) {
		t.Errorf("%v", err)
	}
	set, err := profile.Load(fstest.MapFS{"a/y.toml": {Data: []byte(good2)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, text, want string }{
		{"own.toml", good3, ""}, {"own.toml", good3, ""}, {"other.toml", good3, `other.toml: id "z" is taken`}, {"own.toml", good2, `own.toml: id "y" is taken`},
	} {
		all, err := profile.ReadFile(c.file, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Put(c.file, all); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("put %s: %v, want %s", c.file, err, c.want)
		}
	}
	if _, err := set.Get("none"); err == nil || !strings.Contains(err.Error(), `there is no profile "none"; known are y, z`) {
		t.Errorf("%v", err)
	}
}
