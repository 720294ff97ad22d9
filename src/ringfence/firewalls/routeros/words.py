"""RouterOS menus: which are read, which decide about no forwarded packet, which can drop one.

Gathered from the RouterOS manual (v6 and v7), with the reason of each. A menu that is in none is named with
its first line.
"""

from ringfence.firewalls.common.statements import statements

MENUS = statements(
    {
        "read here": (
            "ip firewall filter, ip firewall raw, ip firewall mangle, ip firewall nat, ip firewall "
            "address-list, ip firewall service-port, ip firewall connection tracking, ipv6 firewall filter, "
            "ipv6 firewall raw, ipv6 firewall mangle, ipv6 firewall nat, ipv6 firewall address-list, ip "
            "address, ipv6 address, ip route, ipv6 route, ip dhcp-client, interface, interface list member, "
            "ip settings, ipv6 settings, ip ipsec policy, ip route rule, routing rule, ip vrf, ip route vrf, "
            "interface bridge filter, interface bridge nat, ip hotspot, queue simple, queue tree, queue "
            "interface, ip upnp"
        ),
        "means something only where a rule names it": "ip firewall layer7-protocol",
        "tells routes that are learned, which are read": "routing, mpls",
        "the router's own services, and what it gives out": (
            "ip service, ip dns, ip dhcp-server, ip dhcp-relay, ip pool, ip ssh, ip smb, ip tftp, ip cloud, "
            "ip neighbor, ip proxy, ip socks, ip traffic-flow, ip accounting, ip arp, ip packing, ip "
            "media, ip nat-pmp, ip upnp interfaces, ip hotspot profile, ip hotspot user, ip hotspot "
            "service-port, ip "
            "hotspot walled-garden, ip hotspot ip-binding, ip reverse-proxy, ipv6 nd, ipv6 dhcp-client, ipv6 "
            "dhcp-server, ipv6 dhcp-relay, ipv6 pool, ipv6 neighbor, ip ipsec profile, ip ipsec peer, ip "
            "ipsec proposal, ip ipsec identity, ip ipsec mode-config, ip ipsec key, ip ipsec settings, ip "
            "ipsec policy group, ip firewall calea, certificate, user, user-manager, radius, snmp, ppp, "
            "tool, system, log, console, file, disk, port, lcd, special-login, partitions, dude, caps-man, "
            "iot, app, container, zerotier, tr069-client, environment, queue type, task, openflow"
        ),
    },
    {
        "holds back what devices of a household send": "ip kid-control",
        "rules of the switch chip": "interface ethernet switch rule, interface ethernet switch acl",
    },
)
