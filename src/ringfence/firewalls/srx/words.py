"""Junos statements beside the policies: which decide about no forwarded packet, and which can drop one.

Gathered from the Junos OS documentation for SRX: security zones, screens, flow-based forwarding, firewall
filters and routing, with the reason of each. A statement that is in none is reported with its line.
"""

from ringfence.firewalls.common.statements import statements

_READ = "read elsewhere"
_BY_REFERENCE = "means something only where a policy, a zone or an interface refers to it"

STATEMENTS = statements(
    {
        _READ: (
            "security policies, security zones, security address-book, security nat, security alg, "
            "applications, interfaces, routing-options static, routing-options rib, routing-options "
            "aggregate, routing-options generate"
        ),
        "management of the firewall itself": (
            "version, system, snmp, event-options, accounting-options, smtp, apply-groups, apply-macro, "
            "jsrc, unsupported, security log, security alarms, security pki, security ssh-known-hosts, "
            "security traceoptions, security certificates, security datapath-debug, security analysis, "
            "security user-identification, security authentication-key-chains, security monitoring, "
            "security tpm, security keychain, security dns-cache, security hostkey-algorithm, services "
            "rpm, services ip-monitoring, services flow-monitoring, services analytics, services ssl, "
            "services captive-portal-content-delivery, services service-set-info, security "
            "resource-manager, security dynamic-vpn, security remote-access, security tcp-encap, security "
            "group-vpn, security l3vpn, security distribution-profile, security internal"
        ),
        "redundant units, line cards and ports: the one that forwards has these policies": (
            "chassis, virtual-chassis, multi-chassis, poe, wlan, security macsec, redundant-power-system"
        ),
        "switching: decides which port a frame leaves by": (
            "vlans, bridge-domains, switch-options, ethernet-switching-options, protocols, l2-learning, "
            "security l2-learning"
        ),
        "routing; the routes in the text, or --zone, give the networks behind an interface": (
            "routing-options, policy-options, routing-options router-id, routing-options "
            "autonomous-system, bgp"
        ),
        "order and rates of packets; the policies decide which pass": (
            "class-of-service, schedulers, firewall, security forwarding-process, security "
            "traffic-selector, security application-tracking, security forwarding-options, security flow, "
            "firewall policer, access, access-profile, address-assignment"
        ),
        "assigns addresses or relays DHCP, as packets of the firewall itself": (
            "forwarding-options helpers, forwarding-options dhcp-relay, forwarding-options dhcp-security"
        ),
        "copies, samples or balances packets": (
            "forwarding-options sampling, forwarding-options port-mirroring, forwarding-options "
            "packet-capture, forwarding-options hash-key, forwarding-options load-balance, "
            "forwarding-options analyzer, forwarding-options enhanced-hash-key, forwarding-options "
            "storm-control-profiles, forwarding-options multicast, forwarding-options accounting, "
            "forwarding-options traceoptions, forwarding-options sharding, forwarding-options "
            "next-hop-group, forwarding-options monitoring"
        ),
        "sets up tunnels, whose zones and policies are read as any other's": (
            "security ike, security ipsec, security ipsec-policy, security gprs, security mpls"
        ),
        _BY_REFERENCE: (
            "security screen, security utm, security idp, security ssl, security dynamic-address, "
            "security application-firewall, security firewall-authentication, security "
            "advanced-anti-malware, security intelligence, security anti-malware, security anti-virus, "
            "security dynamic-application, security web-filtering, security content-security, security "
            "softwires, services security-intelligence, services advanced-anti-malware, services "
            "application-identification, services user-identification, services web-proxy, services "
            "icap-redirect, services dns-filtering, services mobile-flow-tagging, security "
            "advance-policy-based-routing, security profile, security metadata-streaming, security "
            "certificates-profile"
        ),
    },
    {
        "a filter that meets packets before any policy": ("forwarding-options family"),
        "a filter on a VLAN, below the routed interface": ("vlans * forwarding-options, vlans * filter"),
        "admits known hosts only, or so many": (
            "ethernet-switching-options secure-access-port, switch-options interface, vlans * switch-options"
        ),
        "discards the classes that it names": ("class-of-service forwarding-policy"),
        "drops packets of reserved or link-local addresses": ("security flow advanced-options"),
        "a card without power": ("chassis fpc * power"),
        "a flow route drops or limits what it names": ("routing-options flow"),
        "routes to these addresses are ignored": ("routing-options martians"),
        "hosts pass only after they are authenticated": ("protocols dot1x"),
        "bridged interfaces: policies filter packets that are not routed": (
            "protocols l2-learning global-mode transparent-bridge"
        ),
        "several routers or firewalls in one": ("logical-systems, tenants, routing-instances"),
        "hosts pass only after a login elsewhere": ("services unified-access-control"),
        "services between interfaces that no policy sees": (
            "services service-set, services nat, services stateful-firewall, services"
        ),
        "other forwarding than by helpers, relays and samples": ("forwarding-options"),
    },
)
# Within a security zone.
IN_ZONE = statements(
    {
        "packets to the firewall itself": ("host-inbound-traffic"),
        "names or counts": (
            "description, application-tracking, source-identity-log, tcp-rst, enable-reverse-reroute, "
            "unidirectional-session-refreshing, apply-groups, vlan"
        ),
        _READ: ("interfaces, address-book"),
    },
    {
        "a screen drops what it considers an attack": ("screen"),
        "policy-based routing sends packets another way": (
            "advance-policy-based-routing-profile, advance-policy-based-routing"
        ),
    },
)

# Options of a screen.
IN_SCREEN = statements(
    {
        "drops malformed packets, which no part of the procedure is": (
            "icmp ping-death, icmp icmpv6-malformed, ip bad-option, ip tear-drop, ip unknown-protocol, "
            "tcp land, tcp syn-fin, tcp tcp-no-flag, tcp fin-no-ack, tcp winnuke, tcp syn-frag"
        ),
        "drops packets with IP options, which no part of the procedure has": (
            "ip source-route-option, ip loose-source-route-option, ip strict-source-route-option, ip "
            "record-route-option, ip security-option, ip stream-option, ip timestamp-option, ip "
            "ipv6-extension-header, ip ipv6-malformed-header, ip ipv6-extension-header-limit"
        ),
        "reverse-path check: drops sources not routed to this interface, of which the model has none": (
            "ip spoofing"
        ),
        "names the screen, or drops nothing": ("description, alarm-without-drop, apply-groups"),
    },
    {
        "drops what exceeds its thresholds": (
            "icmp flood, icmp ip-sweep, tcp syn-flood, tcp port-scan, tcp tcp-sweep, tcp "
            "syn-ack-ack-proxy, udp flood, udp port-scan, udp udp-sweep, limit-session"
        ),
        "drops fragments or long packets": ("icmp fragment, icmp large, ip block-frag"),
        "drops tunnels": ("ip tunnel"),
    },
)

# Behind `interfaces NAME`: what decides about its packets beside the policies.
ON_INTERFACE = statements(
    {},
    {
        "admits the hardware addresses that it names only": (
            "gigether-options source-filtering, gigether-options source-address-filter, fastether-options "
            "source-filtering, fastether-options source-address-filter, ether-options source-filtering, "
            "ether-options source-address-filter, unit * accept-source-mac"
        ),
        "sends back what it is given": (
            "gigether-options loopback, fastether-options loopback, ether-options loopback"
        ),
        "packets are looked at and not forwarded": ("passive-monitor-mode, unit * passive-monitor-mode"),
        "services that no policy sees": ("unit * family * service, unit * service"),
        "inherits less than the groups say: take the configuration with | display inheritance": (
            "apply-groups-except, unit * apply-groups-except"
        ),
    },
)
