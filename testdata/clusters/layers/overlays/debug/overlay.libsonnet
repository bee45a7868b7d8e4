// What m1 is to tell more about.
{ kubeApiserver+: { flags+:: { v: 6, 'request-timeout': '2m' } } }
