// Package profile reads firmware-configs files: what each model expects on its wire.
package profile

// Profile is one model.
type Profile struct {
	ID     string
	Driver string
}
