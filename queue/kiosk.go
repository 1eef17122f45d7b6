package queue

import "slices"

// KioskSetup 取号机 is a kiosk as set up: what it offers. Its id is the name of its token, so that the log, which names who gave each number, names the kiosk, and
// none can pass for another. Without any list it offers everything; one that is not set up does, too.
type KioskSetup struct {
	ID          KioskID        `json:"id"`
	Name        string         `json:"name,omitempty"`
	Queues      []QueueID      `json:"queues,omitempty"`
	Items       []ItemID       `json:"items,omitempty"`
	Departments []DepartmentID `json:"departments,omitempty"`
}

// Everything reports whether it offers all that the hall has.
func (k *KioskSetup) Everything() bool {
	return k == nil || len(k.Queues)+len(k.Items)+len(k.Departments) == 0
}

// Offers reports whether it gives numbers of a queue, or for an item of it; the item may be nil.
func (k *KioskSetup) Offers(q QueueID, item *Item) bool {
	return k.Everything() || slices.Contains(k.Queues, q) ||
		item != nil && (slices.Contains(k.Items, item.ID) || slices.Contains(k.Departments, item.Department))
}

// Kiosk finds a kiosk; nil: it is not set up.
func (c *Config) Kiosk(id KioskID) *KioskSetup {
	if i := slices.IndexFunc(c.Kiosks, func(k KioskSetup) bool { return k.ID == id }); i >= 0 {
		return &c.Kiosks[i]
	}
	return nil
}

// kioskOf is the kiosk at which a command was given; empty: at none.
func (w When) kioskOf() KioskID {
	if w.By.Role != Kiosk {
		return ""
	}
	return KioskID(w.By.Name)
}

// atKiosk refuses what a kiosk does not give now.
func (h *Hall) atKiosk(id KioskID, q *Queue, item *Item) error {
	if id == "" {
		return nil
	}
	if reason := h.book.locked[id]; reason != "" {
		return Refuse(KioskLocked, "kiosk %s gives no numbers: %s", id, reason)
	}
	if !h.cfg.Kiosk(id).Offers(q.ID, item) {
		return Refuse(NotAtKiosk, "kiosk %s does not give numbers of queue %s: go to another one, or to the desk", id, q.ID)
	}
	return nil
}
