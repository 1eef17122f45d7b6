// Package hallfile reads and writes HALL.toml, the hall as its people set it up: one struct for the file, one table of its keys (Settings), mistakes that are
// values with a place, words in Chinese and English, and the difference of two halls in words. It knows no device and reads no file: what only devices know
// is handed in.
//
//	cfg, mistakes := hallfile.Read(data, hallfile.Options{Devices: checkDevices})
//	text, err := hallfile.Write(cfg)                  // Read(Write(cfg)) is cfg
//	for _, c := range hallfile.Difference(old, cfg) { fmt.Println(c.Text(hallfile.English)) }
//
// The defaults of settings stand in Settings and nowhere else: what a file leaves out is filled in here, what it says as 0 is 0.
package hallfile
