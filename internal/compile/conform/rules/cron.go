package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// cronField are the numbers and the names that a field of a schedule takes.
type cronField struct {
	low, high int
	names     []string
}

func cronFields() []cronField {
	return []cronField{
		{0, 59, nil}, {0, 23, nil}, {1, 31, nil},
		{1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{0, 6, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
	}
}

// isCron reads a schedule as github.com/robfig/cron/v3 does with its standard parser, which a CronJob is held to.
func isCron(s string) bool {
	if every, ok := strings.CutPrefix(s, "@every "); ok {
		_, err := time.ParseDuration(every)
		return err == nil
	}
	if strings.HasPrefix(s, "@") {
		return slices.Contains([]string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}, s)
	}
	fields, known := strings.Fields(s), cronFields()
	if len(fields) != len(known) {
		return false
	}
	for i, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			if part != "" && !known[i].takes(part) {
				return false
			}
		}
	}
	return true
}

// takes reports whether a field may have NUMBER, LOW-HIGH, *, and any of these with /STEP.
func (f cronField) takes(part string) bool {
	span, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return false
	}
	if span == "*" || span == "?" {
		return true
	}
	first, last, isRange := strings.Cut(span, "-")
	low, okLow := f.number(first)
	high, okHigh := low, okLow
	if isRange {
		high, okHigh = f.number(last)
	}
	return okLow && okHigh && f.low <= low && low <= high && high <= f.high
}

func (f cronField) number(s string) (int, bool) {
	if at := slices.Index(f.names, strings.ToLower(s)); at >= 0 {
		return at + f.low, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
