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
