"""Commands of IOS and IOS-XE that are no entries of lists: which touch no packet, and which can drop one.

Gathered from the Cisco IOS Security, IP Application Services, Quality of Service and LAN Switching command
references, with the reason of each. What is in no table here, and is not read, is reported with its line.
"""

from ringfence.firewalls.common.statements import statements

_MANAGEMENT = "management of the device itself"
_ROUTES = "routing; the routes in the text, or --zone, give the networks behind an interface"
_BY_REFERENCE = "means something only where an interface or a list refers to it"

COMMANDS = statements(
    {
        _MANAGEMENT: (
            "aaa, alias, aqm-register-fnf, archive, chassis, coap, cwmp, dial-control-mib, energywise, "
            "medianet, metadata, modemcap, nls, pnp, scripting, slot, smart, stack-power, vstack, webvpn, "
            "ftp-server, ip alias-list, banner, boot, boot-start-marker, boot-end-marker, buffers, "
            "call-home, cdp, chat-script, clock, config-register, configuration, default-value, "
            "diagnostic, do, downward-compatible-config, enable, end, event, exception, exit, "
            "facility-alarm, file, hostname, hw-module, iox, app-hosting, guestshell, kron, lldp, "
            "license, line, logging, login, macro, memory, menu, mmi, monitor, netconf, netconf-yang, "
            "netconf-ssh, ntp, sntp, onep, parser, password, platform, power, privilege, process, prompt, "
            "redundancy, restconf, cts, rmon, scheduler, secure, security, service, setup, shell, snmp, "
            "snmp-server, stackwise, stack-mac, switch, system, tacacs, tacacs-server, telemetry, "
            "terminal, tftp-server, time-range, transceiver, transport-map, upgrade, username, version, "
            "warm-reboot, webui, wsma, xdr, radius, radius-server, dynamic, card, Building, Current, "
            "Using, Last, NVRAM, memory-size, micro-code, microcode, coverage, hardware, environment, "
            "fips, beep, location, remote-management, virtual-service, subscriber, sdm, vtp, vtp-mode, "
            "write, wlan, wireless, ap, capwap, avb, ptp, nmsp, sccp, license-udi, errdisable, ip http, "
            "ip https, ip ssh, ip scp, ip telnet, ip ftp, ip tftp, ip rcmd, ip domain, ip domain-name, ip "
            "domain-lookup, ip domain-list, ip name-server, ip host, ip hostname, ip finger, ip bootp, ip "
            "identd, ip radius, ip tacacs, ip sla, ip alias, ip accounting, ip accounting-threshold, ip "
            "accounting-list, ip dns, ip drp, ip device, ip icmp, ip default-gateway, ip flow-export, ip "
            "flow-cache, ip flow-top-talkers, ip flow-capture, ip flow, ip nbar, ip options ignore, ip "
            "classless, ip subnet-zero, ip cef, ip routing, ip gratuitous-arps, ip arp proxy, ip arp "
            "gratuitous, ip arp queue, ip arp incomplete, ip tcp path-mtu-discovery, ip tcp "
            "selective-ack, ip tcp synwait-time, ip tcp timestamp, ip tcp window-size, ip tcp mss, ip tcp "
            "queuemax, ip tcp chunk-size, ip tcp ecn, ip tcp keepalive, ip tcp RST-count, ip ping, ip "
            "prefix-list sequence-number"
        ),
        "switching: decides which port a frame leaves by, not whether a routed packet passes": (
            "spanning-tree, vlan, vmps, mac, mac-address-table, lacp, pagp, port-channel, errdisable "
            "recovery, udld, ethernet, l2, l2protocol, l2vpn, bridge-domain, fabric, mls, mode, module, "
            "interface-template, device-tracking, dot1q, dot1x, authentication, access-session, eap, epm, "
            "cisp, identity, ip device tracking, ip igmp, ip igmp snooping, ip mroute, ip multicast, ip "
            "multicast-routing, ip pim, ip msdp, ip mrm, ip sap, ip sdr, mvr, mab, auto, arp, mpls, "
            "tag-switching, xconnect, pseudowire, pseudowire-class, ip source binding, ip dhcp snooping, "
            "ip arp inspection, ip source-binding, ip verify, port-profile"
        ),
        _ROUTES: (
            "route-map, route-tag, key, track, rtr, fhrp, standby, ip prefix-list, ip community-list, ip "
            "as-path, ip extcommunity-list, ip bgp, ip bgp-community, ip policy-list, ip ospf, ip local, "
            "ip default-network, ip protocol, ip sla-responder, ip explicit-path, ip rsvp, as-path, "
            "community-list, bfd, bfd-template, global-address-family, mobile, ip mobile, ip "
            "forward-protocol, ip helper-address, affinity-map, segment-routing, isis, lisp, ip rip, ip "
            "route profile, ip gdp, ip irdp, ip source-route, ip spd, ip redirects, ip unreachables"
        ),
        "assigns addresses; it relays only as the interface says": (
            "ip dhcp, ip address-pool, dhcp, ip ddns, ip dhcp-server"
        ),
        "telephony that runs on the device itself": (
            "voice, voice-card, voice-port, dial-peer, dialplan, gatekeeper, gateway, mgcp, sip-ua, sip, "
            "stcapp, telephony-service, ephone, ephone-dn, ephone-template, ephone-dn-template, "
            "ephone-hunt, ephone-type, call-manager-fallback, ccm-manager, call, credentials, sdspfarm, "
            "dspfarm, num-exp, translation-rule, application, h323-gateway, presence, music-on-hold, "
            "ctl-client, phone-proxy, media, signaling, gw-accounting, translation-profile, tgrep, trunk, "
            "rsvp, modem, call-router, call-history-mib, settlement, uc, csim, cable, codec, load, "
            "max-ephones, max-dn, network-clock, network-clock-participate, network-clock-select, isdn, "
            "controller, frame-relay, x25, dialer, dialer-list, virtual-template, multilink, ppp, pppoe, "
            "bba-group, lane, atm, cns, async, async-bootp, partition, vpdn-group, vpdn, l2tp-class"
        ),
        "sets up tunnels, whose packets the lists of the interfaces meet": (
            "crypto, nhrp, ipsec, isakmp, ip nhrp, ip pgm, l2tp"
        ),
        _BY_REFERENCE: (
            "class-map, policy-map, template, service-template, table-map, flow, sampler, parameter-map, "
            "ip access-list, access-list, ipv6 access-list, ipv6 prefix-list, ip vrf, vrf, vrf "
            "definition, object-group, zone security, ip flow-monitor, ip nat pool, ip nat-pool, "
            "performance, metric, username-list, ip named-key, qos, mls qos, control-plane, ip "
            "reflexive-list"
        ),
        "IPv6, which handsets do not speak here": ("ipv6"),
        "bridges protocols other than IP": (
            "bridge crb, ipx, appletalk, decnet, clns, dlsw, source-bridge, netbios"
        ),
    },
    {
        "a VLAN map drops what its entries name, and all that no entry forwards": ("vlan filter"),
        "role-based lists drop by group tags, which no header shows": (
            "cts role-based enforcement, cts role-based permissions, cts role-based access-list, cts "
            "role-based monitor"
        ),
        "answers for servers and drops connections that it considers attacks": ("ip tcp intercept"),
        "drops the ARP of hosts that no binding names": ("ip arp inspection vlan"),
        "drops packets with IP options, as some multicast and RSVP packets have": ("ip options drop"),
        "inspection and authentication proxies open lists and stop users": (
            "ip inspect, ip auth-proxy, ip admission, ip port-map, ip urlfilter, ip trigger-authentication"
        ),
        "intrusion prevention drops what its signatures name": ("ip ips, ip audit, ips"),
        "sends web traffic elsewhere": ("ip wccp, parameter-map type content-scan, content-scan"),
        "bridges IP between interfaces, past their lists": ("bridge irb, bridge"),
        "the device forwards nothing": ("no ip routing"),
        "another firewall's rules on the same device": ("appfw, utd, security-policy, nat64, nat66"),
        "limits rates of packets and drops the others": ("mls rate-limit unicast"),
        "drops packets of listed MAC addresses": (
            "mac address-table static, mac-address-table static, mac access-list filter"
        ),
    },
)

# Within `interface`.
ON_INTERFACE = statements(
    {
        "names, measures or shows the interface": (
            "description, load-interval, snmp, logging, bandwidth, delay, name, cdp, lldp, ip flow, "
            "flow-sampler, ip nbar, ip accounting, ip route-cache, mop, hold-queue, tx-ring-limit, "
            "rx-ring-limit, keepalive, carrier-delay, dampening, arp, ntp, location, macro, plim, trust, "
            "monitor, history, ethernet, service-module, ip sla, priority-queue, queue-set, "
            "random-detect, fair-queue, max-reserved-bandwidth, wrr-queue, rcv-queue, srr-queue, mls, "
            "auto, tx-queue, qos, trust device, no, exit, ip telemetry, performance, peer, ip rtp, ip tcp "
            "compression-connections, ip tcp header-compression, compress, et-analytics, "
            "cable, platform, ip load-sharing, ip bandwidth-percent, ip authentication, ip "
            "hello-interval, ip hold-time, ip summary-address, ip split-horizon, ip next-hop-self"
        ),
        "the line below IP": (
            "datalink, duplex, eee, energywise, macsec, mka, uplink, speed, negotiation, media-type, mtu, "
            "clock, framing, linecode, cablelength, encapsulation, switchport, channel-group, "
            "channel-protocol, lacp, pagp, port-channel, flowcontrol, mdix, fec, spanning-tree, udld, "
            "storm-control, power, dot1q, vlan, bridge-domain, pvc, atm, ppp, pppoe, pppoe-client, "
            "dialer, dialer-group, isdn, async, physical-layer, modem, frame-relay, multilink-group, "
            "multilink, tunnel, virtual-template, voice, voice-port, l2protocol-tunnel, xconnect, mab, "
            "dot1x, authentication, access-session, dot1x port-control force-authorized, authentication "
            "port-control force-authorized, access-session port-control force-authorized, "
            "device-tracking, ip device, ip dhcp snooping, ip arp "
            "inspection, stackwise-virtual, vrrs, mac-address, interface, tx-ring, "
            "glbp-mac, subscriber, service instance, rewrite, private-vlan, nmsp, beacon, hardware, dcbx, "
            "priority-flow-control, alarm, down-when-looped, crc, scramble, dsl, transceiver, "
            "peer default, wavelength, full-duplex, half-duplex, fair, link, otv, uc, squelch, invert, "
            "dsu, fdl, t1, e1, yellow, national, nrzi-encoding, serial, ignore, bfd, isis, clns, backup, "
            "medium, vtp, authentication-priority, eap, dot1x-pae, ip igmp, ip pim, ip multicast, ip "
            "mroute-cache, ip cgmp, ip sap, ip dvmrp, ip mrm, ip mtu, ip tcp adjust-mss, ip tcp mss, ip "
            "tcp path-mtu-discovery, ip unnumbered-poll, mpls, tag-switching, standby, vrrp, glbp, ip "
            "vrrp, ip rip, ip ospf, ip eigrp, ip router, ip bgp, ip rsvp, ip irdp, ip nhrp, ip "
            "helper-address, ip dhcp, ip address, ip unnumbered, ip directed-broadcast, ip redirects, ip "
            "unreachables, ip mask-reply, ip proxy-arp, ip local-proxy-arp, ip broadcast-address, ip "
            "gratuitous-arps, ip ddns, ip mobile, ip policy-list, ip sticky-arp, ip probe, ip security, "
            "ip virtual-reassembly, shutdown, ip nat inside, ip nat outside, ip nat, ipv6, service-policy "
            "type queuing, service-policy type control, "
            "service-policy type performance-monitor, lisp, cts manual, cts role-based sgt-map, "
            "ospfv3, ip pgm, ip lisp, ip flow monitor, ip verify unicast notification, "
            "peer-link, delay-compensation, h323-gateway, gatekeeper"
        ),
        "encrypts what it matches; the lists meet the packets in clear": ("crypto"),
        "reverse-path check: drops sources not routed to this interface, of which the model has none": (
            "ip verify unicast"
        ),
        "read elsewhere": ("zone-member"),
    },
    {
        "IPv6 has a list here": (
            "ipv6 traffic-filter, ipv6 access-group, ipv6 verify, ipv6 inspect, ipv6 policy"
        ),
        "inspection opens the lists for replies, and stops what it considers an attack": (
            "ip inspect, ip auth-proxy, ip admission, ip ips, ip audit, ip urlfilter, utd"
        ),
        "policy routing sends packets elsewhere, or to Null0": ("ip policy"),
        "another routing table: packets do not cross to interfaces outside it": (
            "vrf forwarding, ip vrf forwarding, ip vrf receive, vrf receive, vrf, ip vrf"
        ),
        "a list on the port, below the routed interface": (
            "ip port access-group, mac access-group, mac packet-classify, access-group, ip port"
        ),
        "committed access rate drops what exceeds it, or what it names": ("rate-limit, traffic-shape group"),
        "role-based lists drop by group tags, which no header shows": ("cts role-based enforcement, cts"),
        "admits the addresses of known hosts only": ("switchport port-security, ip verify source"),
        "hosts pass only after they are authenticated": (
            "dot1x port-control, authentication port-control, access-session port-control"
        ),
        "a list bound in a form that is not read here": ("ip access-group"),
        "a policy of a kind that is not read here": ("service-policy"),
        "loops packets back": ("loopback"),
        "settings of a template, which are not put in their place here": ("source template"),
        "drops what exceeds its level": ("storm-control unicast"),
        "sends web traffic elsewhere": ("ip wccp, content-scan, ip content-scan"),
        "bridges IP past the lists of routed interfaces": ("bridge-group"),
        "frames of a protected port reach no other protected port": (
            "switchport protected, switchport block"
        ),
        "drops what matches the list of its dialer": ("dialer-list, ip rtp priority-drop"),
        "drops packets by their IP options": ("ip options, ip security dedicated, ip ttl-expires"),
    },
)
