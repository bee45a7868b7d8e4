package rules

import (
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// measure gives the size of a number or a duration.
func measure(s string) (float64, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return n, true
	}
	d, err := time.ParseDuration(s)
	return float64(d), err == nil
}

// amount of a quantity.
func amount(s string) (float64, bool) {
	q, err := resource.ParseQuantity(s)
	return q.AsApproximateFloat64(), err == nil
}
