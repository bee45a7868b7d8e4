// Command kubeadm says what the program of that name takes, and which images its release has beside the components.
package main

import (
	"fmt"

	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	"k8s.io/kubernetes/cmd/kubeadm/app/images"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/config"

	api "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	known := describe.Scheme{Scheme: scheme.Scheme, Kinds: []string{
		"ClusterConfiguration", "InitConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration",
	}}
	cluster := &api.ClusterConfiguration{ImageRepository: v1beta4.DefaultImageRepository}
	describe.Program{
		Decode: func(data []byte) error {
			if _, err := describe.Decode(data, known); err != nil {
				return err
			}
			return validate(data)
		},
		More: describe.Component{
			APIs: describe.APIs(known),
			Images: map[string]string{
				"coredns": images.GetDNSImage(cluster),
				"etcd":    images.GetGenericImage(cluster.ImageRepository, constants.Etcd, constants.DefaultEtcdVersion),
				"pause":   images.GetPauseImage(cluster),
			},
		},
	}.Main()
}

// validate is kubeadm config validate. It takes one more argument from 1.36 on.
func validate(data []byte) error {
	switch f := any(config.ValidateConfig).(type) {
	case func([]byte, bool) error:
		return f(data, true)
	case func([]byte, bool, bool) error:
		return f(data, true, true)
	}
	return fmt.Errorf("kubeadm's validation is a %T", config.ValidateConfig)
}
