package hallfile

import "halld/queue"

// classTable is a [[class]] of the file.
type classTable struct {
	ID       *string   `toml:"id"`
	Name     *string   `toml:"name"`
	NameEn   *string   `toml:"name_en"`
	Head     *duration `toml:"head"`
	Tier     *int      `toml:"tier"`
	Slope    *int      `toml:"slope"`
	Evidence *string   `toml:"evidence"`
	By       []string  `toml:"by,omitempty"`
}

func (t classTable) class() queue.ClassSetup {
	return queue.ClassSetup{ID: queue.Class(val(t.ID)), Name: val(t.Name), NameEn: val(t.NameEn), Head: long(t.Head), Tier: val(t.Tier), Slope: val(t.Slope),
		Evidence: val(t.Evidence), By: names[queue.Giver](t.By)}
}

func classTableOf(c queue.ClassSetup) classTable {
	return classTable{ID: new(string(c.ID)), Name: new(c.Name), NameEn: text(c.NameEn), Head: short(c.Head), Tier: new(c.Tier), Slope: new(c.Slope),
		Evidence: text(c.Evidence), By: texts(c.By)}
}
