package rollout

// DangerClasses are those of each kind of danger.
func DangerClasses() [][]string {
	var out [][]string
	for _, d := range dangers() {
		out = append(out, d.classes)
	}
	return out
}
