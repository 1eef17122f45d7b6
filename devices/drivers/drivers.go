// Package drivers is the one list of drivers: what a profile's key "driver" may name.
package drivers

import (
	"halld/devices"
	"halld/devices/described"
	"halld/devices/escpos"
	"halld/devices/gpio"
	"halld/devices/idcard"
	"halld/devices/max7219"
	"halld/devices/wav"
)

// All holds every driver by its name.
var All = map[string]devices.Opener{
	"described": described.Open,
	"escpos":    escpos.Open,
	"idcard":    idcard.Open,
	"gpio":      gpio.Open,
	"max7219":   max7219.Open,
	"wav":       wav.Open,
}
