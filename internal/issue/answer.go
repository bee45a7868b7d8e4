package issue

// asked finds the request that the certificate answers.
func (i *intake) asked(o *offer) *request {
	for _, q := range i.requests {
		if q.csr != nil && q.sealed != nil && publicPin(q.csr.PublicKey) == keyPrint(o) {
			return q
		}
	}
	return nil
}

// takeAnswer puts a signed certificate in place, with the key that waited for it; the old pair is retired. Nothing is opened.
func (i *intake) takeAnswer(q *request, o *offer) {
	l := q.leaf
	why := append(l.lacking(o.cert), told("recipient %s removed", without(q.sealTo, l.planned))...)
	if len(why) > 0 {
		i.refuseAnswer(l, o, why)
		return
	}
	l.retired, l.removed = nil, ""
	l.retire(file{l.id + ".crt", i.read(&l.item, l.id+".crt")})
	if l.adopted.data != nil {
		l.retireAdopted()
		i.removed = append(i.removed, l.removed)
	}
	l.written = append(l.written, file{l.sealedName, q.sealed})
	i.removed = append(i.removed, requestName(l.id), pendingName(l.id))
	i.install(l, o)
}
