package tree

// holder cannot tell here which process holds a lock.
func holder(string) int { return 0 }
