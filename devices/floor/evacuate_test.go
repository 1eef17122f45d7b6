package floor

import (
	"testing"

	"halld/devices"
	"halld/devices/speech"
	"halld/queue"
)

// evacuation_freezes_and_resumes: every open window's board tells people to leave, whoever is called there; what waits to be spoken is not spoken any more.
func TestEvacuationOnBoardsAndVoices(t *testing.T) {
	t.Parallel()
	called := &queue.TicketView{ID: "t", Number: "A001", State: queue.Called}
	v := &queue.View{Evacuated: &queue.HallEvacuated{Reason: "火警"}, Windows: []queue.WindowView{{ID: "3", State: queue.WindowOpen, Ticket: called}, {ID: "4", State: queue.WindowClosed}}}
	if f := faceOf(v, "3"); f.Mode != devices.Paused || f.Pause != evacuateWord || f.Number != "" {
		t.Errorf("the board of window 3 shows %+v", f)
	}
	if f := faceOf(v, "4"); f.Mode != devices.Closed {
		t.Errorf("the board of a closed window shows %+v", f)
	}
	call, alarm := announcement{ticket: "t", window: "3"}, announcement{kind: speech.Evacuate}
	if stillCalled(v, call) || !stillCalled(v, alarm) {
		t.Error("calls are spoken, or the alarm is not")
	}
	v.Evacuated = nil
	if !stillCalled(v, call) || stillCalled(v, alarm) {
		t.Error("afterwards calls are not spoken, or the alarm still is")
	}
}
