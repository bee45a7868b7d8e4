// Package e2e is the boot proof: it brings up the hosts that a rendered cluster describes, has them take their payloads with
// cloud-init, Ignition, tar and Ansible themselves and open their files with keys of their own, and watches real kubelets start
// a control plane that outlives the loss of a master.
//
// A host is a set of namespaces with a root folder, a containerd and a kubelet of its own. All of them, and the network
// between them, live inside one outer set of namespaces that ends with the test, so that a run that is killed leaves
// neither processes nor mounts nor interfaces behind.
//
// The test needs Linux, root and programs of the machine: make e2e sees to them, and runs it.
package e2e
