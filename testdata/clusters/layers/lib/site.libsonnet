// Facts of the place that several overlays need.
{ mirror: 'mirror.example.org/k8s', ntp: ['10.2.0.2', '10.2.0.3'] }
