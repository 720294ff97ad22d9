"""Commands of an ASA that are no entries of lists: which touch no forwarded packet, and which can drop one.

Gathered from the Cisco ASA Series Command Reference and the Firewall CLI Configuration Guide 9.x, with the
reason of each. What is in no table here, and is not read, is reported with its line.
"""

from ringfence.firewalls.common.statements import statements

_BY_REFERENCE = "means something only where an access list, a class or a binding refers to it"

COMMANDS = statements(
    {
        "management of the firewall itself": (
            "hostname, domain-name, imap4s, mount, pop3s, smtps, virtual, ip audit signature, enable, "
            "passwd, password, names, dns, banner, boot, clock, pager, logging, monitor-interface, icmp, "
            "asdm, user, aaa-server, http, snmp-server, telnet, ssh, console, ntp, prompt, call-home, "
            "hpm, management-access, smtp-server, privilege, terminal, key, service, ldap, "
            "password-policy, quota, license, xlate, jumbo-frame, tftp-server, auto-update, ASA, PIX, "
            "cluster, checkheaps, coredump, config-register, compression, process, end, quit, exit, "
            "hw-module, module, power-supply, power, Cryptochecksum, aaa, cli, crashinfo, "
            "passive-interface, ip-client, ftp mode, command-alias, command, firewall, mode, "
            "admin-context, allocate-interface, config-url, description, class, limit-resource, "
            "user-message, setup, fips, version, mac-address, mac-address-table, debug, page, mmi, "
            "login-history, save, write, ssl, snmp-map, netconf, restconf, event, file, igmp, enrollment, "
            "prefix, rest-api, userpassphrase, memory, vlan, interface-policy, asp, sw-module, "
            "pcmcia-slot, interface-id, no asdm, boot-config, nve, sysopt, url-list, tls-proxy, ctl-file, "
            "ctl-provider, media-termination, phone-proxy, uc-ime, unified-communications, dp-tcp-proxy, "
            "app-agent, crypto-ikev2, tcp-proxy, no-escape, aggregate, fxos, snort"
        ),
        "names, shows or counts flows": (
            "flow-export, flow-offload, nat-assigned-to-public-ip, threat-detection basic-threat, "
            "threat-detection statistics, threat-detection rate, user-statistics, telemetry, "
            "ip-telemetry, threat-detection scanning-threat"
        ),
        "routing; the routes in the text, or --zone, give the networks behind an interface": (
            "prefix-list, route-map, as-path, community-list, sla, track, multicast-routing, pim, mroute, "
            "arp, ip local, arp-inspection, policy-list, bfd, bfd-template, ipv6 local, "
            "dhcp-network-scope, dhcp-client, dynamic-filter database, dynamic-filter updater-client, "
            "dynamic-filter use-database, rip, ospf"
        ),
        "assigns addresses or relays DHCP, as packets of the firewall itself": (
            "dhcpd, dhcprelay, dynamic, ddns, dhcp"
        ),
        "sets up tunnels, whose decrypted packets are not part of the model": (
            "crypto, webvpn, group-policy, username, tunnel-group, tunnel-group-map, tunnel, "
            "tunnel-protocol, vpdn, vpn-sessiondb, vpn-addr-assign, vpnclient, vpn, vpnsetup, vpn-mode, "
            "smart-tunnel, anyconnect, anyconnect-custom-attr, anyconnect-custom-data, "
            "dynamic-access-policy-record, port-forward, csd, cache, isakmp, vpngroup, ca, saml, "
            "group-search, object-group-search, attribute, sso-server, keyring, hostscan, ikev1, ikev2, "
            "l2tp"
        ),
        _BY_REFERENCE: (
            "class-map, policy-map, time-range, access-list, regex, tcp-map, priority-queue, object, "
            "object-group, icmp-object, port-object, user-identity, domain, zone, ipv6 icmp, ipv6 dhcp, "
            "mac-list, policy-route, nat-pool, name, gtp-map, mgcp-map, sip-map, ipv6 prefix-list"
        ),
        "redundant units: the one that forwards has these rules": (
            "failover, redundancy, lacp, interface-monitor"
        ),
        "controls reassembly, not which packets pass": (
            "fragment, mtu, ip reassembly, ipv6 enforce-eui64, tcp, ipv6 nd"
        ),
        "inspection, which the findings name": (
            "fixup, dns-guard, service-policy, timeout, inspect, application, no fixup"
        ),
        "reverse-path check: drops sources not routed to this interface, of which the model has none": (
            "ip verify reverse-path"
        ),
        "opens nothing: login of administrators": (
            "aaa authentication, aaa authorization, aaa accounting, aaa local, aaa mac-exempt, aaa "
            "proxy-limit"
        ),
    },
    {
        "packets pass only after a login": (
            "aaa authentication match, aaa authentication include, aaa authentication listener, aaa "
            "authorization match, aaa authorization include, aaa authentication secure-http-client"
        ),
        "an access list for IPv6 of the old form, whose binding is not read": ("ipv6 access-list"),
        "bridged interfaces: their lists filter packets that are not routed": ("firewall transparent"),
        "several firewalls in one: take the configuration of one context": ("mode multiple, context"),
        "drops or resets what its signatures name": (
            "ip audit interface, ip audit name, ip audit attack, ip audit info"
        ),
        "blocks hosts that it considers scanners": ("threat-detection scanning-threat shun, shun"),
        "drops traffic with blacklisted addresses": (
            "dynamic-filter drop, dynamic-filter enable, dynamic-filter ambiguous-is-black, "
            "dynamic-filter blacklist"
        ),
        "asks a filter server before a web page passes": ("filter, url-server, url-block, url-cache"),
        "permits return traffic that no entry of the lists permits": ("established"),
        "rules of the PIX before access lists": ("conduit, outbound, apply, static-conduit"),
        "packets that no translation takes are dropped": ("nat-control"),
        "translates addresses in both directions": ("alias"),
        "sends web traffic elsewhere": ("wccp, scansafe, csc"),
        "drops by group tags, which no header shows": ("cts"),
        "drops ARP or frames between bridged interfaces": ("ethertype, arp-inspection enable, mac-learn"),
    },
)

# Within `interface`.
ON_INTERFACE = statements(
    {
        "names the interface, or is below IP": (
            "description, speed, duplex, media-type, vlan, channel-group, lacp, port-channel, "
            "flowcontrol, mac-address, delay, member-interface, no, exit, mtu, switchport, hardware, "
            "allow-ssc-mgmt, redundant, allocate, power, secondary, fec, negotiate, nve-only, vtep-nve, "
            "segment-id, encapsulation, mcast-group, default-mcast-group, tunnel, poe, forward, backup, "
            "soft-forwarding, negotiation, management-access"
        ),
        "says where packets go": (
            "ospf, rip, eigrp, isis, igmp, pim, multicast, bfd, hello-interval, hold-time, "
            "summary-address, split-horizon, authentication, dhcprelay, dhcp, ipv6, ddns, standby, pppoe, "
            "ip address, authentication-key, message-digest-key"
        ),
        "read elsewhere": ("nameif, security-level, shutdown, management-only"),
    },
    {
        "a traffic zone: interfaces share their connections": ("zone-member"),
        "a bridge: its members share one network": ("bridge-group"),
        "policy routing sends packets elsewhere, or to Null0": ("policy-route"),
        "drops by group tags, which no header shows": ("cts"),
    },
)
