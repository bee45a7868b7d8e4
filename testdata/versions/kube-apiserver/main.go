// Command kube-apiserver says what the component of that name takes.
package main

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	resourcequota "k8s.io/apiserver/pkg/admission/plugin/resourcequota/apis/resourcequota/install"
	webhookadmission "k8s.io/apiserver/pkg/admission/plugin/webhook/config/apis/webhookadmission/install"
	apiserver "k8s.io/apiserver/pkg/apis/apiserver"
	apiserverinstall "k8s.io/apiserver/pkg/apis/apiserver/install"
	auditapi "k8s.io/apiserver/pkg/apis/audit"
	auditvalidation "k8s.io/apiserver/pkg/apis/audit/validation"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/kubeapiserver/options"
	eventratelimit "k8s.io/kubernetes/plugin/pkg/admission/eventratelimit/apis/eventratelimit/install"
	podtolerationrestriction "k8s.io/kubernetes/plugin/pkg/admission/podtolerationrestriction/apis/podtolerationrestriction/install"
	podsecurity "k8s.io/pod-security-admission/admission/api/scheme"

	"github.com/harender/harender/testdata/versions/describe"
)

func main() {
	p := describe.Command(app.NewAPIServerCommand())
	p.More.Admission = plugins()
	p.More.APIs = describe.APIs(schemes()...)
	p.Decode, p.Start = decode, start
	p.Main()
}

func plugins() *describe.Admission {
	off := options.DefaultOffAdmissionPlugins()
	return &describe.Admission{
		Plugins: options.AllOrderedPlugins,
		Default: slices.DeleteFunc(slices.Clone(options.AllOrderedPlugins), off.Has),
	}
}

// schemes of the files that the flags name, and of those that an AdmissionConfiguration holds.
func schemes() []describe.Scheme {
	installed := func(install func(*runtime.Scheme), kinds ...string) describe.Scheme {
		s := describe.Scheme{Scheme: runtime.NewScheme(), Kinds: kinds}
		install(s.Scheme)
		return s
	}
	return []describe.Scheme{
		installed(apiserverinstall.Install, "AdmissionConfiguration", "AuthenticationConfiguration", "AuthorizationConfiguration",
			"EgressSelectorConfiguration", "EncryptionConfig", "EncryptionConfiguration", "TracingConfiguration"),
		{Scheme: audit.Scheme, Kinds: []string{"Policy"}},
		{Scheme: podsecurity.Scheme, Kinds: []string{"PodSecurityConfiguration"}},
		installed(eventratelimit.Install, "Configuration"),
		installed(podtolerationrestriction.Install, "Configuration"),
		installed(resourcequota.Install, "Configuration", "ResourceQuotaConfiguration"),
		installed(webhookadmission.Install, "WebhookAdmission", "WebhookAdmissionConfiguration"),
	}
}

// decode also looks into an AdmissionConfiguration, and holds an audit policy to its rules.
func decode(data []byte) error {
	obj, err := describe.Decode(data, schemes()...)
	if err != nil {
		return err
	}
	switch config := obj.(type) {
	case *auditapi.Policy:
		return auditvalidation.ValidatePolicy(config).ToAggregate()
	case *apiserver.AdmissionConfiguration:
		for _, plugin := range config.Plugins {
			if plugin.Configuration == nil {
				continue
			}
			if _, err := describe.Decode(plugin.Configuration.Raw, schemes()...); err != nil {
				return err
			}
		}
	}
	return nil
}
