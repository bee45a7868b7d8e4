package cluster

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/harender/harender/internal/diag"
)

// badCalendar says what is wrong with an OnCalendar expression. It takes less than systemd.time(7) does, and nothing that
// systemd refuses: a word, or weekdays, a date, a time and UTC, in this order, some of which may be missing.
func badCalendar(text string) string {
	if slices.Contains([]string{"minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly"}, text) {
		return ""
	}
	rest := strings.Split(text, " ")
	for _, part := range []struct {
		is  func(string) bool
		bad func(string) string
	}{
		{isWeekdays, badWeekdays},
		{func(s string) bool { return strings.Contains(s, "-") }, badDate},
		{func(s string) bool { return strings.Contains(s, ":") }, badTime},
		{func(s string) bool { return s == "UTC" && s != text }, func(string) string { return "" }},
	} {
		if len(rest) == 0 || !part.is(rest[0]) {
			continue
		}
		if problem := part.bad(rest[0]); problem != "" {
			return problem
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return diag.Quote(text) + " is no calendar expression of systemd"
	}
	return ""
}

func isWeekdays(word string) bool {
	return word != "UTC" && strings.ContainsFunc(word, func(c rune) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' })
}

// badWeekdays takes days and ascending ranges of them, as in Mon,Wed..Fri.
func badWeekdays(word string) string {
	for item := range strings.SplitSeq(word, ",") {
		from, to, ranged := strings.Cut(item, "..")
		if !ranged {
			to = from
		}
		if weekday(from) < 0 || weekday(to) < weekday(from) {
			return diag.Quote(item) + " is no weekday of a calendar expression"
		}
	}
	return ""
}

// weekday counts from Monday; it is negative for what is none.
func weekday(name string) int {
	return slices.IndexFunc([]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}, func(day string) bool {
		name = strings.ToLower(name)
		return name == day || name == day[:3]
	})
}

// limits are the least and the greatest value of a part of a date or a time.
type limits struct {
	name        string
	least, most int
}

func badDate(word string) string {
	parts := strings.Split(word, "-")
	all := []limits{{"year", 1970, 2199}, {"month", 1, 12}, {"day", 1, 31}}
	if len(parts) < 2 || len(parts) > 3 {
		return diag.Quote(word) + " is no date of a calendar expression"
	}
	return badParts(parts, all[3-len(parts):])
}

func badTime(word string) string {
	parts := strings.Split(word, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return diag.Quote(word) + " is no time of a calendar expression"
	}
	return badParts(parts, []limits{{"hour", 0, 23}, {"minute", 0, 59}, {"second", 0, 59}})
}

func badParts(parts []string, all []limits) string {
	for i, p := range parts {
		for value := range strings.SplitSeq(p, ",") {
			if value != "*" && !all[i].take(value) {
				return diag.Quote(value) + " is no " + all[i].name + " of a calendar expression"
			}
		}
	}
	return ""
}

var calendarValue = regexp.MustCompile(`^(\d{1,4})(?:\.\.(\d{1,4}))?(?:/(\d{1,4}))?$`)

// take a number or an ascending range, each with or without a step that stays within the limits.
func (l limits) take(text string) bool {
	m := calendarValue.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	number := func(s string, absent int) int {
		if s == "" {
			return absent
		}
		n, _ := strconv.Atoi(s) // at most four digits
		return n
	}
	from := number(m[1], 0)
	to := number(m[2], from)
	step := number(m[3], 1)
	return from >= l.least && from <= to && to <= l.most && step >= 1 && (m[3] == "" || from+step <= l.most)
}
