package queue

import "time"

// Role says in what capacity somebody acts. The words are stored and sent: never rename one.
type Role string

// The roles of an actor.
const (
	Kiosk      Role = "kiosk"   // a machine at which citizens take numbers
	Board      Role = "board"   // a screen that only shows
	Clerk      Role = "clerk"   // works at windows
	Manager    Role = "manager" // leads the hall
	Admin      Role = "admin"   // sets the hall up
	DeviceRole Role = "device"  // a key, pad or printer of the hall
	Rule       Role = "rule"    // the hall itself, by one of its rules: Name says which
	Script     Role = "script"  // the command line
)

// Actor is who did something: for a person's act the person, for a device's the device, for what time itself brings the rule. No event is without one,
// except those written before actors were recorded.
type Actor struct {
	Role   Role   `json:"role"`
	Name   string `json:"name,omitempty"`   // whose token or staff number it is, or which rule
	Device string `json:"device,omitempty"` // the device or screen it was done at
}

// ByRule is the actor of what the hall does by itself.
func ByRule(name string) Actor { return Actor{Role: Rule, Name: name} }

// Clock says how far the hall's time could be trusted at a moment.
type Clock string

// The qualities of the hall's clock.
const (
	Trusted Clock = "trusted" // it follows the machine's clock
	Suspect Clock = "suspect" // the machine's clock jumped or was never set: the hall counts on by itself until somebody confirms

	// Unset is a suspect clock of which nothing was believed since the start: the hall does not know the date. It is stored as Suspect.
	Unset Clock = "unset"
)

// When is the moment of a command, and who asks.
type When struct {
	Now   time.Time // hall time
	By    Actor
	Clock Clock // empty: trusted
}
