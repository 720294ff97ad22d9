"""Words of the Vyatta family: what is read, what touches no forwarded packet, what can drop one.

Gathered from the VyOS User Guide (1.3 to 1.5) and the EdgeOS User Guide, with the reason of each.
"""

from ringfence.firewalls.common.statements import statements

CONFIG_WORDS = statements(
    {
        "read here": (
            "firewall group, firewall name, firewall ipv6-name, firewall state-policy, firewall zone, "
            "firewall ipv4 name, firewall ipv4 forward filter, firewall ipv4 prerouting raw, firewall "
            "ipv6 name, firewall ipv6 forward filter, firewall ipv6 prerouting raw, firewall "
            "global-options, firewall interface, firewall source-validation, firewall modify, "
            "firewall ipv6-modify, zone-policy, interfaces, protocols, nat source, nat destination, "
            "nat static, port-forward, service nat, system conntrack, policy route, policy route6, "
            "vpn, vrf"
        ),
        "packets to and from the router itself": (
            "firewall ipv4 input, firewall ipv4 output, firewall ipv6 input, firewall ipv6 output"
        ),
        "bridged packets, which are not routed": "firewall bridge",
        "settings that decide about no packet between two networks": (
            "firewall all-ping, firewall broadcast-ping, firewall config-trap, firewall ip-src-route, "
            "firewall ipv6-receive-redirects, firewall ipv6-src-route, firewall log-martians, "
            "firewall receive-redirects, firewall send-redirects, firewall syn-cookies, firewall "
            "twa-hazards-protection, firewall resolver-cache, firewall resolver-interval, firewall "
            "options, firewall flowtable"
        ),
        "the router's own services and management": (
            "service, system, cluster, high-availability, pki, users, custom-attribute, smp_affinity, unifi, "
            "unms, container, accel-ppp, vyos-config-version, region, client-name"
        ),
        "means something only where it is named": "policy, qos-policy, load-balance",
        "delays and orders packets": "traffic-policy, traffic-control, qos",
        "translates IPv6 prefixes": "nat66",
    },
    {
        "chooses by load which way packets go": "load-balancing",
        "translates addresses for many subscribers": "nat cgnat, nat nptv6, nat64",
    },
)
