package sandbox

import "time"

// Limit is a smaller budget than a command has.
func Limit(t time.Duration, output int64) *Budget { return &Budget{time: t, output: output} }
