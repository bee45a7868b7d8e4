// The balancer of the cloud, as the one variable of a Terraform module: what it must listen on, whom it must ask, and what to know
// of each platform. harender makes none of it.
local component = import '../component.libsonnet';

{
  local cluster = $.cluster,

  cloudBalancer: {
    // Connections live as long as watches do; clients keep them alive more often than this.
    idleTimeoutSeconds:: 600,
    health:: {
      protocol: 'HTTPS',
      port: cluster.apiServer.port,
      path: $.kubeApiserver.ready,
      status: 200,
      interval_seconds: 10,
      timeout_seconds: 5,
      healthy_threshold: 2,
      unhealthy_threshold: 2,
    },
    // Where the platform cannot ask by HTTPS: it sees hosts that are down, and no apiserver that is not ready.
    fallback:: {
      protocol: 'TCP',
      port: cluster.apiServer.port,
      interval_seconds: 10,
      healthy_threshold: 2,
      unhealthy_threshold: 2,
    },
    local timeout = self.idleTimeoutSeconds,
    platforms:: {
      // docs.aws.amazon.com: elasticloadbalancing/latest/network/edit-target-group-attributes.html, load-balancer-troubleshooting.html,
      // target-group-health-checks.html.
      aws: {
        load_balancer_type: 'network',
        target_type: 'ip',
        translates_port: true,
        load_balancer_attributes: { 'load_balancing.cross_zone.enabled': 'true' },
        listener_attributes: { 'tcp.idle_timeout.seconds': '' + timeout },
        target_group_attributes: {
          'preserve_client_ip.enabled': 'false',
          'deregistration_delay.timeout_seconds': '30',
          'deregistration_delay.connection_termination.enabled': 'true',
        },
        hairpin: 'With client addresses preserved, a control plane node that is sent back to itself gets no answer. So they are not.',
      },
      // cloud.google.com: load-balancing/docs/firewall-rules, load-balancing/docs/internal.
      gcp: {
        load_balancing_scheme: 'INTERNAL',
        // It passes packets on as they are: endpoint.port must be the apiservers' own.
        translates_port: false,
        health_check_source_ranges: ['35.191.0.0/16', '130.211.0.0/22'],
        health_check_source_ranges_ipv6: ['2600:2d00:1:b029::/64'],
        hairpin: 'A control plane node has the address of the internal passthrough balancer as its own, and always asks its own apiserver: write kubelet.apiServer: local.',
      },
      // learn.microsoft.com: azure/load-balancer/load-balancer-custom-probe-overview, azure/load-balancer/components.
      azure: {
        sku: 'Standard',
        translates_port: true,
        health_check_source_ranges: ['168.63.129.16/32'],
        idle_timeout_in_minutes: timeout / 60,
        enable_tcp_reset: true,
        hairpin: 'Behind an internal balancer, a control plane node that is sent back to itself gets no answer: write kubelet.apiServer: local.',
      },
    },
    variable:: {
      cluster: cluster.name,
      endpoint: { host: cluster.endpoint.host, port: cluster.endpoint.port },
      listener: { port: cluster.endpoint.port, protocol: 'TCP' },
      target: { port: cluster.apiServer.port, protocol: 'TCP' },
      targets: [{ name: m.name, addresses: m.addresses, roles: m.roles } for m in cluster.masters],
      health_check: $.cloudBalancer.health,
      health_check_fallback: $.cloudBalancer.fallback,
      idle_timeout_seconds: timeout,
      // Nodes ask the balancer; add those of the people and programs that shall.
      source_ranges: cluster.net.nodes,
      platforms: $.cloudBalancer.platforms,
    },
    files: {
      'load-balancer.tfvars.json': component.text(
        std.manifestJsonEx({ apiserver_load_balancer: $.cloudBalancer.variable }, '  ') + '\n', '0644'
      ),
    },
  },
}
