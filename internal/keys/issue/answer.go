package issue

import (
	"github.com/harender/harender/internal/keys/certificate"
	"github.com/harender/harender/internal/layout"
	"github.com/harender/harender/internal/parallel"
)

// readRequests reads the requests that wait, by the pin of their key.
func (i *importer) readRequests() {
	all := make([]*request, len(i.leaves))
	parallel.Each(len(all), func(n int) { all[n] = i.readRequest(i.leaves[n]) })
	i.requests = map[string]*request{}
	for _, q := range all {
		i.list = append(i.list, q.findings...)
		if q.csr != nil && q.sealed != nil {
			i.requests[certificate.Pin(q.csr.PublicKey)] = q
		}
	}
}

// takeAnswer puts a signed certificate in place, with the key that waited for it; the old pair is retired. Nothing is opened.
func (i *importer) takeAnswer(q *request, o *candidate) {
	l := q.leaf
	why := append(l.lacking(o.cert), formatEach("recipient %s removed", without(q.sealTo, l.planned))...)
	if len(why) > 0 {
		i.refuseAnswer(l, o, why)
		return
	}
	l.retired, l.removed = nil, ""
	l.retire(file{l.id + layout.Certificate, i.read(&l.item, l.id+layout.Certificate)})
	if l.adopted.data != nil {
		l.retireAdopted()
		i.removed = append(i.removed, l.removed)
	}
	l.written = append(l.written, file{l.sealedName, q.sealed})
	i.removed = append(i.removed, requestName(l.id), pendingName(l.id))
	i.install(l, o)
}
