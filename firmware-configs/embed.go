// Package firmware holds what each model expects on its wire: data only, read through package profile.
package firmware

import "embed"

// FS is every profile, as <maker>/<model>.toml.
//
//go:embed */*.toml
var FS embed.FS
