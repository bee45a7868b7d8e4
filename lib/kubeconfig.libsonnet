// A kubeconfig that names its key and certificates by path, so that it can be read in a review.
function(cluster, user, server, pki, ca='/etc/kubernetes/pki/ca.crt', cert=pki + '/client.crt', key=pki + '/client.key') {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: cluster, cluster: { server: server, 'certificate-authority': ca } }],
  users: [{ name: user, user: { 'client-certificate': cert, 'client-key': key } }],
  contexts: [{ name: user + '@' + cluster, context: { cluster: cluster, user: user } }],
  'current-context': user + '@' + cluster,
}
