package bench

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"
)

// report is all that was measured.
type report struct {
	begin, end string
	rounds     int
	start      start
	clusters   []*cluster
	binary     fs.FileInfo
}

// load is the system's load average over the last minute, as it stands, or "unknown".
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func (r report) write(w io.Writer) error {
	p := printer{w: w}
	p.line("%d processors, %s/%s, %s; load %s before, %s after; medians of %d rounds.\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), r.begin, r.end, r.rounds)
	p.line("| ratio | aim | by wall time | by CPU time |")
	p.line("|---|---|---|---|")
	r.ratios(&p)
	p.line("")
	p.line("| nodes | process | wall, s | CPU, s | peak memory, MiB |")
	p.line("|---|---|---|---|---|")
	for _, c := range r.clusters {
		c.print(&p)
	}
	p.line("")
	v, h := r.start.version.median(), r.start.hello.median()
	p.line("`harender version` starts in %.1f ms (%.1f ms CPU; aim 30), a Go program that prints a word in %.1f ms (%.1f ms CPU). The binary has %.1f MiB.",
		milliseconds(v.wall), milliseconds(v.cpu), milliseconds(h.wall), milliseconds(h.cpu), mebibytes(r.binary.Size()))
	return p.err
}

// ratios prints what the aims are about.
func (r report) ratios(p *printer) {
	for i, c := range r.clusters {
		first := c.first.median()
		p.ratio(c.nodes(), "first build / floor", "", first, c.floor.median())
		p.ratio(c.nodes(), "first build / floor that waits for the disk", "at most 2.5", first, c.floorSync.median())
		p.ratio(c.nodes(), "build without changes / first build", "at most 0.2", c.unchanged.median(), first)
		if len(c.label) > 0 {
			p.ratio(c.nodes(), "build after one label / first build", "", c.label.median(), first)
			p.ratio(c.nodes(), "build after one address / first build", "", c.address.median(), first)
		}
		if len(c.glue.worker) > 0 {
			p.ratio(c.nodes(), "glue / first build", "at least 100", c.glue.whole(c.size), first)
		}
		if i > 0 && c.workers == 10*r.clusters[i-1].workers {
			r.growth(p, r.clusters[i-1], c)
		}
	}
}

func (r report) growth(p *printer, small, large *cluster) {
	between := fmt.Sprintf("to %d", small.nodes())
	p.ratio(large.nodes(), "first build, "+between, "at most 11", large.first.median(), small.first.median())
	p.ratio(large.nodes(), "build without changes, "+between, "at most 11", large.unchanged.median(), small.unchanged.median())
	p.line("| %d nodes: peak memory of a first build, %s | at most 11 | %.2f | |", large.nodes(), between,
		float64(large.first.median().peak)/float64(small.first.median().peak))
}

func (c *cluster) print(p *printer) {
	p.row(c.nodes(), "first build", c.first.median())
	p.row(c.nodes(), "build without changes", c.unchanged.median())
	if len(c.label) > 0 {
		p.row(c.nodes(), fmt.Sprintf("build after one worker got a label (%d files rewritten)", c.labelWrote), c.label.median())
		p.row(c.nodes(), fmt.Sprintf("build after one worker got an address (%d files rewritten)", c.addressWrote), c.address.median())
		p.row(c.nodes(), "diff after one worker got a label", c.differs.median())
	}
	p.row(c.nodes(), "diff without changes", c.same.median())
	p.row(c.nodes(), "floor", c.floor.median())
	p.row(c.nodes(), "floor that waits for the disk", c.floorSync.median())
	if len(c.glue.worker) == 0 {
		return
	}
	p.row(c.nodes(), "glue, once", c.glue.cluster.median())
	p.row(c.nodes(), fmt.Sprintf("glue, a master (%d measured)", len(c.glue.master)), c.glue.master.median())
	p.row(c.nodes(), fmt.Sprintf("glue, a worker (%d measured)", len(c.glue.worker)), c.glue.worker.median())
	p.row(c.nodes(), "glue, all nodes (computed)", c.glue.whole(c.size))
}

// printer remembers the first error of its writer.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	_, err := fmt.Fprintf(p.w, format+"\n", args...)
	p.err = errors.Join(p.err, err)
}

func (p *printer) row(nodes int, process string, s sample) {
	p.line("| %d | %s | %.2f | %.2f | %.0f |", nodes, process, s.wall.Seconds(), s.cpu.Seconds(), mebibytes(s.peak))
}

func (p *printer) ratio(nodes int, what, aim string, a, b sample) {
	p.line("| %d nodes: %s | %s | %.2f | %.2f |", nodes, what, aim, a.wall.Seconds()/b.wall.Seconds(), a.cpu.Seconds()/b.cpu.Seconds())
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
