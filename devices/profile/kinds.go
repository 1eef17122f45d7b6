package profile

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds are the kinds of device that a model can be set up as, one by one or together: "caller" and "pad" of "caller+pad".
func (p *Profile) Kinds() []string { return strings.Split(p.Kind, "+") }

// Misfit is a device of a hall that cannot work with its profile, as it is set up.
type Misfit struct {
	Key    string // of the device in the hall file: kind or window
	Code   string // of the problem, for the manager's page
	Text   string // Chinese, what is wrong and what to write
	TextEn string
}

func (m Misfit) Error() string { return m.TextEn }

// Misfits says what is wrong with a device of this model that is set up with this kind and window ("" for none): all of it, and nothing if it can work.
func (p *Profile) Misfits(kind, window string) []Misfit {
	var out []Misfit
	for _, k := range strings.Split(kind, "+") {
		if !slices.Contains(p.Kinds(), k) {
			out = append(out, Misfit{"kind", "wrong-kind",
				fmt.Sprintf("型号 %s 是 %s，不能用作 %s：请写 kind = %q，或换一个型号", p.ID, p.Kind, k, p.Kind),
				fmt.Sprintf("profile %s is a %s, which cannot be a %s: write kind = %q, or another profile", p.ID, p.Kind, k, p.Kind)})
		}
	}
	if window == "" && len(out) == 0 && p.needsWindow(kind) {
		out = append(out, Misfit{"window", "no-window",
			fmt.Sprintf("%s 没有窗口，什么也不会显示或操作：请写 window = \"窗口号\"", kind),
			fmt.Sprintf("a %s without a window shows nothing and does nothing: write window = \"…\"", kind)})
	}
	return out
}

// needsWindow says whether a device of this kind has nothing to do where there is no window.
func (p *Profile) needsWindow(kind string) bool {
	for _, k := range strings.Split(kind, "+") {
		switch k {
		case "board", "caller", "pad", "lamp":
			return true
		case "button":
			if p.GPIO == nil || slices.ContainsFunc(p.GPIO.Lines, func(l GPIOLine) bool { return l.Dir == "out" || l.Key != "ticket" }) {
				return true
			}
		}
	}
	return false
}
