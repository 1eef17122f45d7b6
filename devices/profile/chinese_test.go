package profile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"halld/devices/profile"
)

// place is what a refusal begins with: file, line, and with TOML's own mistakes the column.
var place = regexp.MustCompile(`^bad\.toml:\d+:(\d+:)? `)

// Every refusal that a technician can read has its Chinese words, which keep what the author wrote.
func TestEveryMistakeHasChineseWords(t *testing.T) {
	for _, c := range mistakes {
		_, err := profile.ReadFile("bad.toml", []byte(strings.Replace(good1, c.old, c.new, 1)))
		if err == nil {
			continue // TestEveryMistakeNamesItsLine says so
		}
		message := place.ReplaceAllString(err.Error(), "")
		zh, ok := profile.Chinese(message)
		if !ok {
			t.Errorf("no Chinese words for %q; add them to catalogue.go", message)
			continue
		}
		if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.Contains(zh, "{1}") || strings.Contains(zh, "write") || strings.Contains(zh, "one of") {
			t.Errorf("%q in Chinese is %q", message, zh)
		}
		for _, word := range quotedWords.FindAllString(message, -1) {
			if !strings.Contains(zh, word) {
				t.Errorf("%q in Chinese is %q, without %s", message, zh, word)
			}
		}
	}
}

var quotedWords = regexp.MustCompile(`"[^" ]+"`)

// notForPeople are the formats that only wrap others, only carry a place, or that only programs and decoders see.
var notForPeople = []string{"incomplete", "no frame of this protocol", "%w: ", "of no fixed size", "answer", "say", "%s:%d", "%s: %w", "%s.%s: %w", "printer.%w", "escape.%w",
	"op.%s.%w", "param.%s.%w", "gpio.lines: line %d: %s"}

// Every message of the package's sources has Chinese words: what is added there is added to the catalogue.
func TestEveryMessageHasChineseWords(t *testing.T) {
	n := 0
	for _, format := range formats(t, ".", "../frame") {
		if slices.ContainsFunc(notForPeople, func(p string) bool { return strings.HasPrefix(format, p) }) {
			continue
		}
		n++
		message := verbs.ReplaceAllStringFunc(format, func(v string) string {
			switch v[len(v)-1] {
			case 'd':
				return "7"
			case 'q':
				return `"abc"`
			case 'w':
				return "write send or expect"
			case 'X':
				return "A5"
			case 'v':
				return "map[a:1]"
			default:
				return "abc"
			}
		})
		if _, ok := profile.Chinese(message); !ok {
			t.Errorf("no Chinese words for %q (%s); add them to catalogue.go", format, message)
		}
	}
	if n < 100 {
		t.Errorf("only %d messages were found", n)
	}
}

var verbs = regexp.MustCompile(`%[ #0-9]*[a-zA-Z]`)

// formats are the literals that the errors of folders are made from.
func formats(t *testing.T, folders ...string) []string {
	t.Helper()
	var out []string
	for _, dir := range folders {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				f, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || f.Sel.Name != "Errorf" && f.Sel.Name != "New" {
					return true
				}
				if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, text)
				}
				return true
			})
		}
	}
	return out
}

// The words say the same: what was written, and what to write instead.
func TestChineseSaysTheSame(t *testing.T) {
	for en, want := range map[string]string{
		`line.baud: 96; write 300 to 921600`:                                                      `line.baud：96 不对；请写 300 到 921600`,
		`frame.tx: part 3: there is no mark "y"; this frame has a and here`:                       `frame.tx：第 3 部分：没有标记 "y"；这一帧有 a 和 here`,
		`op.show.reply 2: write one of hex, str, event, echo, and is = "ok" or what it means`:     `op.show.reply 第 2 项：请写 hex、str、event、echo 之一，再写 is = "ok" 或它的意思`,
		"vector 1 of x: show n=1 gives\n  A5 01, want\n  A5 02; byte 2 is the first that differs": "x 的第 1 个示例：show n=1 得到\n  A5 01,\n示例写的是\n  A5 02,\n从第 2 个字节起不同",
		`line.flow: "yes"; write one of , rtscts, xonxoff`:                                        `line.flow："yes" 不对；请不写，或写其中之一：rtscts、xonxoff`,
		`kind: "bord"; write one of board, caller, pad`:                                           `kind："bord" 不对；请写其中之一：board、caller、pad`,
		`encode show: argument "text": the device's character set gb2312 has no "䶮" (U+4DAE)`:     `命令 show：参数 "text"：设备的字符集 gb2312 里没有 "䶮"(U+4DAE)`,
	} {
		got, ok := profile.Chinese(en)
		if got != want || !ok {
			t.Errorf("%s\n  got  %s (%v)\n  want %s", en, got, ok, want)
		}
	}
	if got, ok := profile.Chinese("something nobody says"); ok {
		t.Errorf("words for what nobody says: %q", got)
	}
}

// TOML's own mistakes, as its reader words them.
func TestMistakesOfTOMLHaveChineseWords(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{`baud = 9600`, `baud = "9600"`}, {`format = "8N1"`, `format = 8`}, {`kind = "board"`, `kind = board`}, {`kind = "board"`, `kind = "board`},
		{`kind = "board"`, `kind "board"`}, {`kind = "board"`, `kind =`}, {`kind = "board"`, `kind = "board" driver`}, {`[line]`, `[line`}, {`[looks]`, `[line]`},
		{`kind = "board"`, "kind = \"board\"\nkind = \"voice\""}, {`[{ u8 = "colour" }, { u8 = "speed" }]`, `[{ u8 = "colour" } { u8 = "speed" }]`},
		{`[{ u8 = "colour" }, { u8 = "speed" }]`, `[{ u8 = "colour", { u8 = "speed" }]`}, {`[{ u8 = "colour" }, { u8 = "speed" }]`, `[{ u8 = "colour" }, { u8 = "speed" `},
		{`baud = 9600`, `baud = 09600`}, {`baud = 9600`, `波特率 = 9600`}, {`args = ["text"]`, `args = "text"`}, {`probe = "tint"`, `probe = true`},
		{`kind = "board"`, `kind = “board”`}, {`kind = "board"`, `kind = board"`}, {`baud = 9600`, `baud = 9600;`}, {`baud = 9600`, `baud = 9 600`}, {`baud = 9600`, `baud = 9600,`},
		{`baud = 9600`, `baud =`},
	} {
		_, err := profile.ReadFile("bad.toml", []byte(strings.Replace(good1, c.old, c.new, 1)))
		if err == nil {
			t.Errorf("%q is taken", c.new)
			continue
		}
		if zh, ok := profile.Chinese(place.ReplaceAllString(err.Error(), "")); !ok {
			t.Errorf("%q: no Chinese words for %q", c.new, err)
		} else {
			t.Log(c.new, "→", zh)
		}
	}
}
