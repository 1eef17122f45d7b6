package main

import (
	"os"
	"testing"

	"halld/devices/sim"
)

// TestRecordedDays runs real recorded days through the core where they are found: HALLD_VISITS names the file.
func TestRecordedDays(t *testing.T) {
	t.Parallel()
	name := os.Getenv("HALLD_VISITS")
	if name == "" {
		name = "../../../shared/data/warsaw-halls/visits.csv.gz"
	}
	f, err := os.Open(name)
	if err != nil {
		t.Skipf("no recorded days here (set HALLD_VISITS to a CSV of visits): %v", err)
	}
	defer f.Close()
	records, err := sim.ReadVisits(f)
	if err != nil {
		t.Fatal(err)
	}
	days, visits := 0, 0
	for _, day := range splitDays(records, "", "") {
		rows, err := replayDay(day, 0)
		if err != nil {
			t.Fatalf("%s %s: %v", day[0].Office, day[0].Day, err)
		}
		days++
		for _, r := range rows {
			visits += r.Visits
			if r.Called+r.Uncalled != r.Visits || r.Finished != r.Called {
				t.Errorf("%s %s queue %s: %d visits, %d called, %d finished, %d without a recorded call", r.Office, r.Day, r.Queue, r.Visits, r.Called, r.Finished, r.Uncalled)
			}
			if r.Differ != 0 || r.Reordered != 0 {
				t.Errorf("%s %s queue %s: %d waits differ from the record, %d calls are in another order", r.Office, r.Day, r.Queue, r.Differ, r.Reordered)
			}
		}
	}
	t.Logf("%d visits of %d days", visits, days)
}
