"""Configurations of routers and small firewalls, against what a person reads in them line by line.

A stage that is not named passes.
"""

import pytest

from support.firewalls.by_hand import (
    BLOCKED,
    DOUBTED,
    EVERYTHING_BLOCKED,
    UNREAD,
    assert_read,
    assert_sibling,
)
from support.firewalls.mutated import EVERYTHING

TRUTH: dict[str, dict[str, str]] = {
    # From the office to the servers freely, and calls from the servers. Nobody pings from there.
    "routeros-defconf-shop": {},
    # ICMP to the servers is dropped for all zones, and the call server has no rule for RAS of its own.
    "openwrt-office": {BLOCKED: "echo notify", "by": "rule No ping to servers"},
    # The gatekeeper's RAS passes in office hours; a helper of RAS may open calls, or is not installed.
    "openwrt-shown": {DOUBTED: "signal notify", UNREAD: "option start_time"},
    # The rules name addresses alone: what OSPF brings matters to none. ICMP is off, the call server may not
    # speak first; who is in `updates` is known at run time, and that is nobody between these zones, or not.
    "routeros-ospf-hub": {DOUBTED: "echo notify", UNREAD: "address list updates"},
    # ICMP is switched off, the gatekeeper's own RAS stands or falls with a group of host names.
    "vyos-base-chains": {
        BLOCKED: "echo",
        "by": "VOICE-OUT default-action drop",
        DOUBTED: "notify",
        UNREAD: "domain-group UPDATES",
    },
    # One link of the bond is shut. From the servers come DHCP and signalling alone.
    "vyos-zones-edge": {BLOCKED: "notify", "by": "voice-lan default-action reject"},
    "unifi-voice-vlan": {BLOCKED: "notify", "by": "no gatekeeper first"},
    # From the call server to phones calls alone; who is a scanner is known at run time, and asked of nobody.
    "pf-core-router": {BLOCKED: "notify", "by": "block in quick inet proto udp"},
    # Calls come from one port alone, and a floating rule rejects ICMP before the rule that passes it.
    "pfsense-voice-lan": {BLOCKED: "signal echo", "by": "no ping"},
    # Whose countries are blocked first is known at run time; ICMP is off, and the LAN may open TCP alone.
    "opnsense-office": {
        BLOCKED: "echo notify",
        "by": "default deny rule",
        DOUBTED: EVERYTHING.replace("echo ", "").replace("notify ", ""),
        UNREAD: "geoip",
    },
    # The gatekeeper's connection has no state on its way in, so that its answers have none on their way out.
    "pf-listing": {
        BLOCKED: "signal notify",
        "by": "block drop log all",
        DOUBTED: "provision",
        UNREAD: "table <servers>",
    },
}
# The relay and the server answer each other by packets that open: no state is needed for these.
NO_STATE = {BLOCKED: EVERYTHING.replace("address release vlan-move ", "")}

# One change each, with what is read in the text then.
SIBLINGS: tuple[tuple[str, tuple[tuple[str, str], ...], dict[str, str]], ...] = (
    # Only what comes from no interface of the LAN is kept from the call server.
    (
        "routeros-defconf-shop",
        (
            ("add interface=ether5 list=LAN\n", ""),
            ("list=WAN\n/ip address", "list=WAN\n/ip address"),
        ),
        {},
    ),
    (
        "routeros-defconf-shop",
        (
            (
                "icmp-options=8:0-255 \\\n    in-interface=ether5",
                "icmp-options=8:0-255 \\\n    in-interface-list=LAN",
            ),
        ),
        {BLOCKED: "echo"},
    ),
    (
        "routeros-defconf-shop",
        (
            # Then the servers are behind the internet: dropped from there, masqueraded on the way to them.
            (
                "add address=10.1.0.1/24 interface=ether5",
                "add address=10.1.0.1/24 disabled=yes interface=ether5",
            ),
        ),
        {
            BLOCKED: "address vlan-move notify",
            DOUBTED: "release provision discover register signal echo renew keep-alive",
        },
    ),
    (
        "routeros-ospf-hub",
        (("add address=update.example.net", "add address=192.0.2.0/24"),),
        {BLOCKED: "echo notify"},
    ),
    ("routeros-ospf-hub", (("disabled=yes protocol=icmp", "protocol=icmp"),), {DOUBTED: "notify"}),
    (
        "routeros-ospf-hub",
        (("default-name=sfp-sfpplus2 ] disabled", "default-name=sfp-sfpplus1 ] disabled"),),
        {DOUBTED: "echo notify"},
    ),
    (
        "routeros-ospf-hub",
        (
            (
                "/interface gre",
                "/interface ethernet set [ find default-name=sfp-sfpplus1 ] disabled=yes\n/interface gre",
            ),
        ),
        EVERYTHING_BLOCKED,
    ),
    (
        "vyos-base-chains",
        (("set firewall ipv4 name VOICE-OUT rule 30 disable\n", ""),),
        {DOUBTED: "notify"},
    ),
    # What comes from the voice network is no longer sent to the set of rules.
    (
        "vyos-base-chains",
        (("set firewall group interface-group VOICE interface 'eth1.20'\n", ""),),
        {BLOCKED: "provision discover register echo renew keep-alive", DOUBTED: "notify"},
    ),
    (
        "vyos-base-chains",
        (("state-policy established action 'accept'", "state-policy established action 'drop'"),),
        NO_STATE,
    ),
    (
        "vyos-zones-edge",
        (("        bond-group bond0\n    }\n", "        bond-group bond0\n        disable\n    }\n"),),
        EVERYTHING_BLOCKED,
    ),
    (
        "vyos-zones-edge",
        (("                name voice-lan\n", "                name lan-voice\n"),),
        {BLOCKED: "address vlan-move signal notify"},
    ),
    (
        "vyos-zones-edge",
        (
            (
                "        default-action drop\n        from voice {",
                "        default-action drop\n        from wan {",
            ),
        ),
        {BLOCKED: EVERYTHING.replace("release ", "")},
    ),
    # Phones and their answers go through the set of their network, which has no rule for them or for state.
    (
        "unifi-voice-vlan",
        (('"default-action": "accept"', '"default-action": "drop"'),),
        {BLOCKED: "release provision discover register signal echo renew notify keep-alive"},
    ),
    (
        "unifi-voice-vlan",
        (
            (
                '"description": "no gatekeeper first",\n',
                '"description": "no gatekeeper first", "disable": "",\n',
            ),
        ),
        {},
    ),
    (
        "pf-core-router",
        (("block in quick inet proto udp from $pbx", "block in inet proto tcp from $pbx"),),
        {BLOCKED: "notify"},
    ),
    (
        "opnsense-office",
        (
            (
                "<type>geoip</type>\n            <content>XX",
                "<type>network</type>\n            <content>192.0.2.0/24",
            ),
        ),
        {BLOCKED: "echo notify"},
    ),
    (
        "opnsense-office",
        (
            (
                "<type>geoip</type>\n            <content>XX",
                "<type>network</type>\n            <content>10.20.0.0/25",
            ),
        ),
        {BLOCKED: "provision discover register echo renew notify keep-alive"},
    ),
    (
        "opnsense-office",
        (
            (
                "<type>geoip</type>\n            <content>XX",
                "<type>network</type>\n            <content>192.0.2.0/24",
            ),
            ("      <enable>1</enable>\n      <if>igb2_vlan4</if>", "      <if>igb2_vlan4</if>"),
        ),
        EVERYTHING_BLOCKED,
    ),
    (
        "openwrt-office",
        (
            (
                "	option proto		icmp\n	option target		DROP",
                "	option proto		icmp\n	option target		ACCEPT",
            ),
        ),
        {BLOCKED: "notify"},
    ),
    (
        "openwrt-office",
        (("list entry		'192.0.2.0/24'", "list entry		'10.20.0.0/24'"),),
        {BLOCKED: "provision discover register echo renew notify keep-alive"},
    ),
    (
        "openwrt-office",
        (("	option device 'lan4'\n", "	option device 'lan4'\n	option disabled '1'\n"),),
        EVERYTHING_BLOCKED,
    ),
    (
        "openwrt-shown",
        (("firewall.@zone[1].subnet='10.1.0.0/25'", "firewall.@zone[1].subnet='10.1.0.0/28'"),),
        {BLOCKED: "provision discover register echo notify keep-alive", DOUBTED: "signal"},
    ),
    (
        "openwrt-shown",
        (("firewall.office.start_time='08:00'\nfirewall.office.stop_time='18:00'\n", ""),),
        {DOUBTED: "signal"},
    ),
    ("pf-core-router", (("pass out\t", "#\t"),), EVERYTHING_BLOCKED),
    (
        "pf-core-router",
        (("pass in proto udp from $servers port 67 to $voice port 67\n", ""),),
        {BLOCKED: "address vlan-move notify"},
    ),
    ("pf-listing", (("<servers:3>", "10.1.0.20"),), {BLOCKED: "signal notify"}),
    (
        "pf-listing",
        (("port = 1720 no state", "port = 1720 flags S/SA keep state"),),
        {BLOCKED: "notify", DOUBTED: "provision"},
    ),
)


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_what_is_read_by_hand_is_read(name: str) -> None:
    assert_read(name, TRUTH[name])


@pytest.mark.parametrize(
    ("name", "edits", "truth"), SIBLINGS, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(SIBLINGS)]
)
def test_a_sibling_is_read_by_hand_too(
    name: str, edits: tuple[tuple[str, str], ...], truth: dict[str, str]
) -> None:
    assert_sibling(name, edits, truth)
