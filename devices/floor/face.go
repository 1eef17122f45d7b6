package floor

import (
	"strconv"

	"halld/devices"
	"halld/queue"
)

// pauseWords are the reasons of a pause as a board shows them.
var pauseWords = map[queue.PauseReason]string{
	queue.Meeting: "会议", queue.Restroom: "如厕", queue.Fault: "系统故障", queue.Lunch: "午休", queue.TidyUp: "整理",
}

// evacuateWord stands on every window board while the hall is evacuated.
const evacuateWord = "请疏散"

// faceOf is what the board of a window has to show. A window that is not in the view is closed.
func faceOf(v *queue.View, id queue.WindowID) devices.Face {
	n, _ := strconv.Atoi(string(id)) // window IDs are numbers; the hall refuses others
	face := devices.Face{Window: n, Mode: devices.Closed}
	for i := range v.Windows {
		w := &v.Windows[i]
		if w.ID != id {
			continue
		}
		for _, q := range v.Queues {
			for _, served := range w.Queues {
				if q.ID == served {
					face.Waiting += q.Waiting
				}
			}
		}
		switch {
		case v.Evacuated != nil && w.State != queue.WindowClosed: // a board knows no word for it but its pause
			face.Mode, face.Pause = devices.Paused, evacuateWord
		case w.Ticket != nil && w.Ticket.State == queue.Called:
			face.Mode, face.Number = devices.Calling, w.Ticket.Number
		case w.Ticket != nil:
			face.Mode, face.Number = devices.AtWindow, w.Ticket.Number
		case w.State == queue.WindowPaused:
			face.Mode, face.Pause = devices.Paused, pauseWords[w.Pause]
			if face.Pause == "" {
				face.Pause = string(w.Pause)
			}
		case w.State == queue.WindowOpen:
			face.Mode = devices.Idle
		}
	}
	return face
}
