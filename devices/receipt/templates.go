package receipt

import (
	"embed"
	"strings"
)

//go:embed templates
var files embed.FS

// Builtin is a template that comes with the program: zh, en, or both, which a hall has that names none.
func Builtin(name string) (string, bool) {
	if strings.ContainsAny(name, "/\\.") {
		return "", false
	}
	data, err := files.ReadFile("templates/" + name + ".receipt")
	return string(data), err == nil
}

// Builtins are the names for Builtin.
func Builtins() []string { return []string{"zh", "en", "both"} }

// Default is the name of the template of a hall that names none.
const Default = "both"

// Text is the template of a setting: one of Builtins, or the template itself; empty is Default.
func Text(setting string) string {
	if setting == "" {
		setting = Default
	}
	if text, ok := Builtin(setting); ok {
		return text
	}
	return setting
}

// Explained is a built-in template to start from, with every field and what it means in comments.
func Explained(name string) string {
	text, _ := Builtin(name)
	var b strings.Builder
	b.WriteString(text)
	for _, f := range Fields {
		b.WriteString("{comment:" + f.Name + " = " + f.Meaning + ", " + f.MeaningEn + "}\n")
	}
	for _, rule := range []string{
		"A row whose fields are all empty is left out. A field with ? before its name prints nothing and leaves its row out when it is empty",
		"The entries of a list stand with 、 between them. Those of bring get a row each where it is the only field of its row",
	} {
		b.WriteString("{comment:" + rule + "}\n")
	}
	return b.String()
}
