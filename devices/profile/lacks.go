package profile

import "fmt"

// Lacks says what a profile that is right still needs before others can rely on it, in words: sources, what is known to go wrong, labels, examples. None: it
// can go into the tree as it is.
func (p *Profile) Lacks() []string {
	var out []string
	for _, c := range []struct {
		lacks bool
		what  string
	}{{p.Proof == "", "proof: how is it known to be right?"}, {len(p.Source) == 0, "source: where does it come from?"},
		{len(p.Caveats) == 0, "caveats: what is known to go wrong with it, or not known?"}} {
		if c.lacks {
			out = append(out, c.what)
		}
	}
	if p.Protocol == nil {
		return out
	}
	for _, f := range p.Form() {
		if f.Label == "" || f.LabelEn == "" {
			out = append(out, fmt.Sprintf("param.%s: label and label_en", f.Name))
		}
	}
	sent, read := false, len(p.Protocol.Events()) == 0
	for _, v := range p.Vectors {
		sent = sent || v.Op != ""
		read = read || v.Rx != "" || len(v.Stream) > 0
	}
	if !sent && len(p.Protocol.Ops()) > 0 {
		out = append(out, "vector: one frame that is sent, with its bytes")
	}
	if !read {
		out = append(out, "vector: one message that arrives")
	}
	return out
}
