package main

import (
	"fmt"
	"strings"
	"testing"

	"halld/queue"
	"halld/queue/hallfile"
)

// Every mistake of devices is found where it stands, and said with what would be right.
func TestCheckDevices(t *testing.T) {
	t.Parallel()
	const hall = "[hall]\nname = \"x\"\n[[queue]]\nid = \"A\"\nname = \"a\"\n[[window]]\nid = \"1\"\nqueues = [\"A\"]\n"
	board := func(more string) string {
		return "[[device]]\nid = \"b\"\nkind = \"board\"\nprofile = \"onbon-bx5k\"\nwindow = \"1\"\n" + more + "\n"
	}
	const printer = "[[device]]\nid = %q\nkind = \"printer\"\nprofile = \"epson-tm\"\nport = %q\n"
	said := map[queue.ProblemCode]bool{}
	for name, c := range map[string]struct{ devices, want string }{ // want: line:column: code of every mistake
		"right":                     {board("port = \"tcp:192.0.2.7:5005\"\naddress = 1"), ""},
		"a kind that is none":       {strings.Replace(board("port = \"/dev/ttyS0\""), "board", "sign", 1), "11:1: not-a-choice"},
		"a model that is none":      {strings.Replace(board("port = \"/dev/ttyS0\""), "bx5k", "bx5q", 1), "12:1: profile-unknown"},
		"a printer as a board":      {strings.Replace(board("port = \"/dev/ttyS0\""), "onbon-bx5k", "epson-tm", 1), "12:1: profile-kind"},
		"a caller of both":          {"[[device]]\nid = \"c\"\nkind = \"caller\"\nprofile = \"caller-ff68\"\nport = \"/dev/ttyS0\"\nwindow = \"1\"", ""},
		"a board without a window":  {strings.Replace(board("port = \"/dev/ttyS0\""), "window = \"1\"\n", "", 1), "9:3: window-needed"},
		"a lamp without a window":   {"[[device]]\nid = \"l1\"\nkind = \"lamp\"\nprofile = \"gpio-lamp\"\nport = \"gpio:A\"", "9:3: window-needed"},
		"a lamp of a model unknown": {"[[device]]\nid = \"l1\"\nkind = \"lamp\"\nprofile = \"none-such\"\nport = \"gpio:A\"", "9:3: window-needed,12:1: profile-unknown"},
		"a printer as two others":   {"[[device]]\nid = \"b\"\nkind = \"caller+pad\"\nwindow = \"1\"\nprofile = \"epson-tm\"\nport = \"/dev/ttyS0\"", "13:1: profile-kind"},
		"nothing but an id":         {"[[device]]\nid = \"b\"", "9:3: missing,9:3: missing,9:3: missing"},
		"a port of Windows":         {board(`port = "COM3"`), "14:1: port-windows"},
		"a port of Windows, long":   {board(`port = '\\.\com12'`), "14:1: port-windows"},
		"no port at all":            {board(`port = "ttyUSB0"`), "14:1: port-form"},
		"an unknown way":            {board(`port = "udp:192.0.2.7:1"`), "14:1: port-form"},
		"address out of range":      {board(`port = "tcp:192.168.1.300:9100"`), "14:1: port-address"},
		"port out of range":         {board(`port = "tcp:192.0.2.7:99999"`), "14:1: port-address"},
		"port 0":                    {board(`port = "rfc2217:192.0.2.7:0"`), "14:1: port-address"},
		"a name":                    {board(`port = "tcp:moxa-1.hall.lan:4001"`), ""},
		"IPv6":                      {board(`port = "rfc2217:[fe80::1]:4001"`), ""},
		"no port number":            {strings.Replace(board(`port = "tcp:192.0.2.7"`), "onbon-bx5k", "pinganlihe", 1), "14:1: port-no-number"},
		"the model's port number":   {board(`port = "tcp:192.0.2.7"`), ""},
		"usb":                       {board(`port = "usb:403:6001"`), "14:1: port-usb"},
		"one port for two":          {fmt.Sprintf(printer+printer, "p1", "/dev/usb/lp0", "p2", "/dev/usb/lp0"), "18:1: port-shared (line 13)"},
		"one address for two": {board("port = \"/dev/ttyS0\"\naddress = 3") + strings.Replace(board("port = \"/dev/ttyS0\"\naddress = 3"), `"b"`, `"b2"`,
			1), "22:1: address-taken (line 15)"},
		"an address too large":    {board("port = \"/dev/ttyS0\"\naddress = 70000"), "15:1: address-range"},
		"GPIO twice":              {"[[device]]\nid = \"l1\"\nkind = \"lamp\"\nprofile = \"gpio-lamp\"\nwindow = \"1\"\nport = \"gpio:A\"\n[[device]]\nid = \"l2\"\nkind = \"lamp\"\nprofile = \"gpio-lamp\"\nwindow = \"1\"\nport = \"gpio:B, A\"", "20:1: gpio-taken (line 14)"},
		"GPIO without a line":     {"[[device]]\nid = \"l1\"\nkind = \"lamp\"\nprofile = \"gpio-lamp\"\nwindow = \"1\"\nport = \"gpio:A,\"", "14:1: gpio-no-line"},
		"baud":                    {board("port = \"/dev/ttyS0\"\nline = { baud = 19 }"), "15:10: out-of-range"},
		"format":                  {board("port = \"/dev/ttyS0\"\nline = { format = \"9N1\" }"), "15:10: line-format"},
		"flow":                    {board("port = \"/dev/ttyS0\"\nline = { flow = \"cts\", rs485 = \"yes\" }"), "15:10: not-a-choice,15:24: not-a-choice"},
		"a board with a zone":     {board("port = \"/dev/ttyS0\"\nzone = \"hall\""), "15:1: zone-of-others"},
		"mode":                    {fmt.Sprintf(printer, "p1", "/dev/usb/lp0") + "set = { mode = \"drawn\" }", "14:9: not-a-choice"},
		"a setting of no printer": {fmt.Sprintf(printer, "p1", "/dev/usb/lp0") + "set = { mode = \"raster\", colour = \"red\" }", "14:26: device-setting"},
		"a setting of no board":   {board("port = \"/dev/ttyS0\"\nset = { colour = \"mauve\" }"), "15:9: device-setting"},
		"languages":               {"[[zone]]\nid = \"hall\"\nlanguages = [\"zh\", \"fr\"]", "11:20: not-a-choice"},
		"no template":             {"[ticket]\ntemplate = \"nowhere.receipt\"", "10:1: template-missing"},
		"a wrong template":        {"[ticket]\ntemplate = \"\"\"\n{{number}}\n{{nmae}}\n\"\"\"", "10:1: template-wrong"},
	} {
		_, all, err := lookAtHall("hall.toml", []byte(hall+c.devices+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			if m.Code == hallfile.NoHours {
				continue // the hall is about devices
			}
			said[m.Code] = true
			s := fmt.Sprintf("%d:%d: %s", m.Line, m.Column, m.Code)
			if m.Args["line"] != "" {
				s += " (line " + m.Args["line"] + ")"
			}
			got = append(got, s)
			for _, lang := range []string{hallfile.Chinese, hallfile.English} {
				if text := m.Text(lang); text == string(m.Code) || strings.ContainsAny(text, "{}⟨⟩") {
					t.Errorf("%s: %q", name, text)
				}
			}
		}
		if s := strings.Join(got, ","); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
	for _, code := range deviceCodes {
		if !hallfile.Has(string(code)) {
			t.Errorf("%s has no words", code)
		}
		if !said[code] && code != addressUnused {
			t.Errorf("nothing makes %s", code)
		}
	}
}

// The models with an address know which ones they have; a printer at a network port has none.
func TestAddressOfModels(t *testing.T) {
	t.Parallel()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	unused := 0
	for _, id := range set.IDs() {
		p, err := set.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		c := queue.Config{Devices: []queue.Device{{ID: "d", Kind: p.Kind, Profile: id, Port: "/dev/ttyS0", Window: "1", Address: 1}}}
		for _, f := range checkDevices(set)(&c) {
			switch {
			case f.Code == addressUnused && f.Warning:
				unused++
			case f.Code != addressRange:
				t.Errorf("%s as %s: %v", id, p.Kind, f)
			}
		}
	}
	if unused == 0 || unused == len(set.IDs()) {
		t.Errorf("%d of %d models take no address", unused, len(set.IDs()))
	}
}

func TestLanguageOfReader(t *testing.T) {
	for _, c := range []struct{ asked, all, messages, lang, want string }{
		{"", "", "", "", "en"}, {"", "", "", "zh_CN.UTF-8", "zh"}, {"", "C.UTF-8", "", "zh_CN.UTF-8", "en"}, {"", "", "zh_CN", "en_US", "zh"}, {"zh", "C", "",
			"", "zh"}, {"en", "zh_CN", "", "", "en"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := language(c.asked); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
