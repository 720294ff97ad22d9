"""FortiOS tables and settings beside the policies: which touch no forwarded packet, and which can drop one.

Gathered from the FortiOS CLI Reference 6.0 to 7.4, with the reason of each. A table that is in none is
reported with its line; a setting of a policy that is in none makes that policy one that is not understood.
"""

from ringfence.firewalls.common.statements import statements

_ELSEWHERE = "read by the reader of policies"
_BY_REFERENCE = "means something only where a policy refers to it"

CONFIG_TABLES = statements(
    {
        _ELSEWHERE: (
            "firewall policy, firewall policy6, firewall address, firewall address6, firewall addrgrp, "
            "firewall addrgrp6, firewall service custom, firewall service group, firewall vip, firewall "
            "vip6, firewall vipgrp, firewall vipgrp6, firewall central-snat-map, firewall ippool, "
            "firewall ippool6, system zone, system interface, system session-ttl, system session-helper, "
            "system settings, system global, router static, router static6"
        ),
        _BY_REFERENCE: (
            "firewall service category, firewall schedule, firewall shaper, firewall ssl-ssh-profile, "
            "firewall profile-protocol-options, firewall profile-group, firewall wildcard-fqdn, firewall "
            "internet-service-name, firewall internet-service-group, firewall internet-service-custom, "
            "firewall internet-service-custom-group, firewall internet-service-addition, firewall "
            "internet-service-append, firewall internet-service-definition, firewall "
            "internet-service-extension, firewall region, firewall city, firewall country, firewall "
            "vendor-mac, firewall network-service-dynamic, firewall multicast-address, firewall "
            "multicast-address6, firewall proxy-address, firewall proxy-addrgrp, firewall "
            "address6-template, firewall decrypted-traffic-mirror, firewall ldb-monitor, firewall "
            "traffic-class, firewall identity-based-route, firewall carrier-endpoint-bwl, firewall "
            "shaping-profile, firewall ssl-server, firewall global, firewall internet-service-reputation, "
            "firewall internet-service-subapp, firewall internet-service-list, firewall "
            "internet-service-botnet, firewall internet-service-ipbl-reason, firewall "
            "internet-service-ipbl-vendor, firewall internet-service-owner, firewall "
            "internet-service-sld, antivirus, application, webfilter, web-proxy profile, web-proxy "
            "global, web-proxy forward-server, web-proxy wisp, emailfilter, spamfilter, dlp, dnsfilter, "
            "file-filter, videofilter, voip, waf, icap, ips sensor, ips custom, ips rule, ips decoder, "
            "ips view-map, ips rule-settings, ssh-filter, sctp-filter, virtual-patch, casb, ztna, "
            "ftp-proxy, cifs, endpoint-control, gtp, ips settings, ips global, nsxt"
        ),
        "packets to the firewall itself": (
            "firewall local-in-policy, firewall local-in-policy6, system ddns, system dns, system ntp, "
            "system snmp, system admin, system accprofile"
        ),
        "limits rates; the policies decide": ("firewall shaping-policy"),
        "copies packets to be looked at": (
            "firewall sniffer, firewall on-demand-sniffer, firewall iprope, firewall proute, system sniffer"
        ),
        "the portal, keys and settings of the firewall's own services": (
            "firewall auth-portal, firewall ssh, firewall ssl, firewall dnstranslation, firewall "
            "access-proxy, firewall access-proxy6, firewall access-proxy-virtual-host, firewall "
            "access-proxy-ssh-client-cert, firewall pfcp, firewall web-proxy, firewall ipmacbinding table"
        ),
        "management of the firewall itself": (
            "system, log, report, alertemail, certificate, wireless-controller, switch-controller, "
            "extender-controller, extension-controller, dpdk, automation, monitoring, "
            "telemetry-controller, hardware, nsx, rule, diameter-filter, vpn certificate, dnsproxy, "
            "mgmt-data"
        ),
        "sets up tunnels, whose routes and policies are read as any other's": ("vpn"),
        "who logs in; a policy that asks for it is not understood": ("user, authentication"),
        "routing; the routes in the text, or --zone, give the networks behind an interface": ("router"),
    },
    {
        "policy routing sends packets another way, or to no policy route": ("router policy, router policy6"),
        "drops by the time to live of packets": ("firewall ttl-policy"),
        "looks into what an interface takes in, before any policy": (
            "firewall interface-policy, firewall interface-policy6"
        ),
        "drops what exceeds its thresholds": ("firewall DoS-policy, firewall DoS-policy6"),
        "decides about connections that the proxy takes over": ("firewall proxy-policy"),
        "drops in hardware, before any policy": ("firewall acl, firewall acl6"),
        "decides about multicast, the discovery of gatekeepers among it": (
            "firewall multicast-policy, firewall multicast-policy6"
        ),
        "drops addresses that do not match their MAC addresses": ("firewall ipmacbinding setting"),
        "policies by application": ("firewall security-policy, firewall consolidated policy"),
        "bridged interfaces, with policies for packets that are not routed": ("system virtual-wire-pair"),
        "blocks hosts that it considers attackers": ("user quarantine, firewall gtp"),
        "redirects web traffic to a cache": ("system wccp"),
    },
)

# Settings of an interface that decide about packets beside the policies.
ON_INTERFACE = {
    "security-mode": "hosts pass only after login at its portal",
    "vrf": "another routing table",
    "ipmac": "drops addresses that do not match their MAC addresses",
    "drop-fragment": "drops fragments",
    "ips-sniffer-mode": "packets are inspected and not forwarded",
    "switch-controller-access-vlan": "hosts of the network do not reach each other",
    "explicit-web-proxy": "web traffic goes through the proxy",
    "wccp": "redirects web traffic to a cache",
    "proxy-captive-portal": "hosts pass only after login at its portal",
    "switch-controller-dhcp-snooping": "drops DHCP of servers on ports that are not trusted",
    "switch-controller-arp-inspection": "drops the ARP of hosts that no lease names",
    "security-8021x-mode": "hosts pass only after they are authenticated",
}

HARMLESS_KEYS = frozenset(
    (
        *("name", "uuid", "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service"),
        *("action", "schedule", "status", "comments", "comment", "label", "global-label", "logtraffic"),
        *("logtraffic-start", "nat", "ippool", "poolname", "poolname6", "fixedport", "natip"),
        *("utm-status", "inspection-mode", "profile-type", "profile-protocol-options"),
        *("ssl-ssh-profile", "traffic-shaper", "traffic-shaper-reverse", "per-ip-shaper", "session-ttl"),
        *("tcp-mss-sender", "tcp-mss-receiver", "auto-asic-offload", "np-acceleration"),
        *("timeout-send-rst", "match-vip", "diffserv-forward", "diffserv-reverse"),
        *("diffservcode-forward", "diffservcode-rev", "capture-packet", "custom-log-fields"),
        *("delay-tcp-npu-session", "vlan-cos-fwd", "vlan-cos-rev", "replacemsg-override-group"),
        *("block-notification", "send-deny-packet", "anti-replay", "geoip-anycast", "policyid"),
        *("policy-offload", "passive-wan-health-measurement", "fec", "voip-profile"),
        *("port-preserve", "permit-any-host", "permit-stun-host", "diffserv-copy", "reputation-direction"),
    )
)

# Profiles look into connections that the policy has let through.
PROFILE_KEYS = frozenset(
    (
        *("av-profile", "webfilter-profile", "dnsfilter-profile", "emailfilter-profile", "ips-sensor"),
        *("file-filter-profile", "spamfilter-profile", "dlp-sensor", "dlp-profile", "icap-profile"),
        *("waf-profile", "ssh-filter-profile", "videofilter-profile", "virtual-patch-profile"),
        *("profile-group",),
    )
)
