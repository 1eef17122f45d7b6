package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CheckSet says what is wrong with what a hall file sets for a device: the key at fault, and why. Only described protocols know their parameters here; other
// drivers check their own when they open a device.
func (p *Profile) CheckSet(set map[string]string) (key string, err error) {
	if p.Protocol == nil {
		return "", nil
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if err := p.checkSetting(key, set[key]); err != nil {
			return key, fmt.Errorf("set.%s: %w", key, err)
		}
	}
	return "", nil
}

func (p *Profile) checkSetting(key, value string) error {
	if key == "substitute" {
		_, err := p.Protocol.WithSubstitutes(value)
		return err
	}
	taken := map[string]bool{"substitute": true}
	for _, op := range p.Protocol.Ops() {
		g := p.Protocol.programs[op]
		if g == nil {
			continue // a dialogue
		}
		maps.Copy(taken, g.args)
		for i := range g.steps {
			s := &g.steps[i]
			if s.Part == nil || s.arg != key || s.Pre != nil || s.Post != nil { // what stands around characters may need what goes with the call
				continue
			}
			if err := p.Protocol.value(g, s, map[string]any{key: value}, &writer{}); err != nil {
				return err
			}
		}
	}
	if !taken[key] {
		return fmt.Errorf("profile %s has no such parameter; it has %s", p.ID, strings.Join(slices.Sorted(maps.Keys(taken)), ", "))
	}
	return nil
}
