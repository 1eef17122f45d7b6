package halld_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/edge-cases.md anew")

// untested are the cases of docs/edge-cases.csv for which there is no test yet. The list may only grow shorter.
var untested = []string{
	"holiday_calendar_with_working_weekends",
	"unplanned_closure_gives_reentry_tickets",
	"lunch_close_with_queue",
	"ticket_one_minute_before_close",
	"offline_kiosks_never_share_a_number",
	"one_person_many_tickets",
	"offline_kiosk_reconciles",
	"item_without_open_window_today",
	"wrong_business_keeps_arrival_time",
	"batch_ticket_weight_in_prediction",
	"clerk_logs_in_at_two_windows",
	"window_heartbeat_lost",
	"called_number_never_arrives",
	"missed_person_returns_after_close",
	"undo_miss_restores_place",
	"transfer_across_departments",
	"transfer_loop_escalates",
	"hold_and_forget",
	"sole_window_closes_with_queue",
	"skill_removed_during_day",
	"appointment_block_released_to_walkins",
	"batch_call_partial_arrival",
	"cherry_picking_visible_in_report",
	"rs485_jabbering_node_isolated",
	"clerk_self_rating_detected",
	"negative_rating_hidden_until_visit_ends",
	"daemon_restart_at_peak",
	"overload_at_opening",
	"transfer_reaches_other_business_with_record",
	"transfer_to_window_ends_there",
	"every_way_of_calling_is_the_same",
	"every_setting_has_an_effect",
	"ratio_holds_under_overload",
	"appointment_rule_with_and_without_time",
	"speech_needs_no_network",
	"screen_says_offline_since",
	"text_cut_at_a_character",
	"number_too_long_for_caller",
	"second_rating_is_refused_and_logged",
	"bad_rating_opens_a_case",
	"login_decides_not_the_request",
	"forged_log_is_found",
}

const (
	casesFile = "docs/edge-cases.csv"
	casesPage = "docs/edge-cases.md"
)

// TestEdgeCases holds every hard case of docs/edge-cases.csv to a test that bears its name, and docs/edge-cases.md to what is so.
func TestEdgeCases(t *testing.T) {
	file, err := os.Open(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	where := findTests(t, rows[1:])
	var page strings.Builder
	page.WriteString("# The hard cases, and where each is tested\n\nMade from edge-cases.csv and the tests themselves by `go test . -run TestEdgeCases -update`. A case is tested where its name stands.\n")
	group := ""
	for _, r := range rows[1:] {
		name := r[4]
		open := slices.Contains(untested, name)
		switch {
		case len(where[name]) == 0 && !open:
			t.Errorf("case %s has no test named %s", r[1], name)
		case len(where[name]) > 0 && open:
			t.Errorf("%s is tested in %v: take it off the list of those that are not", name, where[name])
		}
		if r[0] != group {
			group = r[0]
			fmt.Fprintf(&page, "\n## %s\n\n| | Case | What must happen | Tested |\n|---|---|---|---|\n", group)
		}
		tested := strings.Join(where[name], ", ")
		if tested == "" {
			tested = "not yet"
		}
		fmt.Fprintf(&page, "| %s | %s | %s | `%s`: %s |\n", r[1], cell(r[2]), cell(r[3]), name, tested)
	}
	if *update {
		if err := os.WriteFile(casesPage, []byte(page.String()), 0o644); err != nil { //nolint:gosec // a page of the documentation
			t.Fatal(err)
		}
	}
	if now, err := os.ReadFile(casesPage); err != nil || string(now) != page.String() {
		t.Errorf("%s is not what the tests say: write it with go test . -run TestEdgeCases -update", casesPage)
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

var (
	goTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w*)\(`)
	snake  = regexp.MustCompile(`\b[a-z0-9]+(?:_[a-z0-9]+)+\b`)
)

// findTests says where the names of the cases stand among the tests, each place as a link.
func findTests(t *testing.T, cases [][]string) map[string][]string {
	t.Helper()
	where, named := map[string][]string{}, map[string]bool{}
	for _, r := range cases {
		named[r[4]] = true
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", "dist", "bin", ".git", "docs"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !isTest(path):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var tests [][]int
		seen := map[string]bool{}
		for _, at := range snake.FindAllIndex(text, -1) {
			name := string(text[at[0]:at[1]])
			if !named[name] || seen[name] {
				continue
			}
			seen[name] = true
			if tests == nil {
				tests = goTest.FindAllSubmatchIndex(text, -1)
			}
			where[name] = append(where[name], fmt.Sprintf("[%s](../%s)%s", path, path, testAt(text, tests, at[0])))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// testAt is the Go test in which a place stands, or before which: a name in the comment of a test is that test's.
func testAt(text []byte, tests [][]int, at int) string {
	for i, m := range tests {
		end := len(text)
		if i+1 < len(tests) {
			end = commentBefore(text, tests[i+1][0])
		}
		if at >= commentBefore(text, m[0]) && at < end {
			return " " + string(text[m[2]:m[3]])
		}
	}
	return ""
}

// commentBefore is where the comment begins that stands right before a place in a Go file.
func commentBefore(text []byte, at int) int {
	for at > 0 {
		line := bytes.LastIndexByte(text[:at-1], '\n') + 1
		if !bytes.HasPrefix(text[line:at], []byte("//")) {
			break
		}
		at = line
	}
	return at
}

func isTest(path string) bool {
	switch filepath.Ext(path) {
	case ".go":
		return strings.HasSuffix(path, "_test.go") && path != "edgecases_test.go" || strings.HasPrefix(path, ".ci/soak/")
	case ".txt", ".txtar":
		return strings.Contains(path, "testdata")
	case ".ts", ".mjs":
		return strings.Contains(path, ".test.") || strings.Contains(path, "e2e")
	default:
		return path == ".ci/visit"
	}
}
