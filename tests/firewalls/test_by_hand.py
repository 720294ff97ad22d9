"""Configurations written in the manner of real ones, against what a person reads in them line by line.

A stage that is not named passes.
"""

import pytest

from ringfence.firewalls.recognise import read_any
from ringfence.model.errors import InputError
from support.firewalls.by_hand import (
    BLOCKED,
    DOUBTED,
    EVERYTHING_BLOCKED,
    UNBOUND,
    UNREAD,
    assert_read,
    assert_sibling,
    text_of,
)
from support.firewalls.mutated import EVERYTHING, RAS

# What is blocked and by which line, what is in doubt and by which, and which lists are bound to nothing.
TRUTH: dict[str, dict[str, str]] = {
    # The list of the LAN denies ICMP to the servers; the rest of both lists is right for both directions.
    "ios-mpls-branch": {BLOCKED: "echo", "by": "deny   icmp any object-group VOICE-SERVERS"},
    # A helper of the other routing table: whether packets cross at all is not in the text.
    "ios-vrf-lite": {DOUBTED: EVERYTHING, UNREAD: "ip vrf forwarding VOICE"},
    # `pass` keeps no state, so that DHCP stands and falls with both maps; ICMP and gatekeeper-opened RAS have
    # no class.
    "ios-zone-firewall": {
        BLOCKED: "echo notify",
        "by": "drop log",
        DOUBTED: "address release vlan-move renew",
    },
    # The access lists leave nothing out. ICMP replies are not permitted back.
    "ios-numbered-core": {BLOCKED: "echo", "by": "ip access-group 130 in"},
    # The global list has RAS of the handsets only; the capture's list is bound to nothing.
    "asa-global-list": {
        BLOCKED: "notify",
        "by": "access-list GLOBAL extended deny ip any any",
        UNBOUND: "CAPTURE",
    },
    # From the higher level to the lower freely, back by state alone.
    "asa-levels-only": {BLOCKED: "address vlan-move signal notify"},
    # Services of the policy back are signalling and DHCP.
    "fortios-sdwan-branch": {BLOCKED: "notify"},
    "panos-app-id": {BLOCKED: "notify"},
    # The interface of the servers is held down.
    "panos-panorama.xml": {BLOCKED: EVERYTHING, "by": "ethernet1/2 link-state down"},
    # Nothing inspects ICMP, and the list of the servers has no replies.
    "asa-5505-shop": {BLOCKED: "echo", "by": "access-group VOICE in interface voice"},
    # Two connections of a host may be too few, or not: who knows.
    "asa-failover-pair": {
        DOUBTED: "discover register keep-alive notify",
        UNREAD: "set connection per-client-max 2",
    },
    # The call server may speak first to the other branch alone; the tunnel has none of these packets.
    "asa-vpn-hub": {BLOCKED: "notify", "by": "access-group SERVERS in interface servers"},
    # `line 1` stands first; the DHCP server answers one relay address; the last permit is inactive.
    "asa-tcp-map-dmz": {
        BLOCKED: "echo vlan-move notify",
        "by": "deny icmp 10.20.0.0 255.255.255.0 any",
        DOUBTED: "provision",
        UNREAD: "set connection advanced-options NORMAL",
    },
    # Both ports of VLAN 30 are shut, and no trunk has it.
    "ios-l3-stack": {BLOCKED: EVERYTHING, "by": "shutdown"},
    # The LAN's list has no answers of a handset to the gatekeeper's connection.
    "ios-dmvpn-spoke": {BLOCKED: "signal", "by": "ip access-group FROM-LAN in"},
    # One link of two is shut. List 170 drops what clients send from port 68.
    "ios-bundle-edge": {BLOCKED: "release renew", "by": "deny udp any eq bootpc any"},
    "ios-zbf-branch": {},
    "ios-zbf-limits": {DOUBTED: "discover register keep-alive", UNREAD: "sessions maximum 40"},
    # A list on the interface as well, and nothing from B to A.
    "ios-zbf-lists-too": {
        BLOCKED: "address vlan-move discover register signal notify keep-alive",
        "by": "deny udp any any eq 1719",
    },
    "fortios-aggregate-core": {},
    # The services back are DHCP and signalling.
    "fortios-shaper-site": {
        BLOCKED: "notify",
        DOUBTED: "discover register keep-alive",
        UNREAD: "limits the sessions of an address",
    },
    # RAS to the handset's own port has no policy. What a policy route touches is in doubt: so is the answer
    # to the relay address of the data VLAN, which a person would call blocked.
    "fortios-policy-route": {
        BLOCKED: "echo notify",
        "by": "block icmp",
        DOUBTED: "address release",
        UNREAD: "config router policy",
    },
    "fortios-redundant-plant": {BLOCKED: EVERYTHING, "by": "port3: set status down"},
    "panos-ae-campus": {BLOCKED: "echo", "by": "rule clean"},
    "panos-vlan-closet": {BLOCKED: EVERYTHING, "by": "ethernet1/3 link-state down"},
    "panos-branch.xml": {BLOCKED: "discover register keep-alive notify"},
    # The second port takes the place of the first; whether App-ID calls an echo request icmp, or ping...
    "panos-services-twice": {
        BLOCKED: "discover register keep-alive notify",
        DOUBTED: "echo",
        UNREAD: "rule echo",
    },
    "srx-cluster-reth": {BLOCKED: "notify"},
    "srx-irb-branch": {BLOCKED: EVERYTHING, "by": "set interfaces ge-0/0/2 disable"},
    "srx-group-interfaces": {BLOCKED: "address vlan-move notify", "by": "policy dhcp"},
    "srx-screen-limit": {DOUBTED: EVERYTHING, UNREAD: "limit-session source-ip-based 8"},
    # The DHCP server may answer the voice network alone.
    "aws-sg-voice": {BLOCKED: "address echo", "by": "ingress of the groups (implicit deny)"},
    "aws-sg-references": {
        BLOCKED: "signal",
        DOUBTED: "discover register keep-alive provision",
        UNREAD: "the addresses of a security group are not in the text",
    },
    # Answers of the file server to ports below 32768.
    "aws-nacl-short-range": {BLOCKED: "provision", "by": "egress 32767"},
    "aws-nacl-deny-first": {BLOCKED: "discover register keep-alive notify", "by": "deny"},
    "aws-terraform-voice": {DOUBTED: "address release renew", UNREAD: "each.value"},
    "aws-terraform-subnet": {},
    # The answers to the voice network are in the exception; nothing is defined for ICMP to isolated pods.
    "kubernetes-voice-namespace": {
        BLOCKED: "vlan-move",
        "by": "egress of the policies",
        DOUBTED: "echo",
        UNREAD: "what the network plug-in does",
    },
    # The answer to the data VLAN's relay address is left to the rule about the virtual network.
    "azure-terraform-subnets": {DOUBTED: "address", UNREAD: "VirtualNetwork"},
    # TCP leaves to half of the phones; a deny goes before an allow of its priority. The echo is disabled.
    "gcp-voice-network": {BLOCKED: "signal echo", "by": "no-private"},
    # A deny for a sixteenth of the phones stands before the allow; the gatekeeper's own RAS has no rule.
    "ufw-router": {BLOCKED: "signal notify", "by": "-d 10.20.0.0/28 -s 10.1.0.30 -j DROP"},
    # Printers among the phones get no settings; nothing lets the echo through, nor the gatekeeper's own RAS.
    # What the zones say of services and ICMP is for the firewall itself.
    "firewalld-branch": {BLOCKED: "provision echo notify", "by": "10.20.0.240/28"},
    # Jump hosts have a tag, and matter for SSH alone; the default rule drops the gatekeeper's own RAS.
    "nsx-datacentre": {BLOCKED: "notify", "by": "default-layer3-rule"},
    # The cleanup takes RAS that the gatekeeper opens; who is in the partners' zone is not in the text.
    "checkpoint-core": {BLOCKED: "notify", "by": "cleanup", DOUBTED: "provision", UNREAD: "partner-zone"},
    # No rule for the gatekeeper's own RAS before the deny of the phones' networks.
    "azure-nsg-deny-first": {BLOCKED: "provision notify", "by": "105 Deny Tcp 10.0.0.0/8"},
    # One rule is for a prefix that only a deployment knows, at port 443.
    "azure-nsg-template": {},
    # The policy for calls is deactivated, and was for SIP; 10.0.0.0/8 is discarded where nothing is nearer.
    "srx-global-policies": {BLOCKED: "signal notify"},
    # The voice network is behind the interface that is disabled, the data network behind another.
    "srx-half-shut": {BLOCKED: EVERYTHING.replace("release ", ""), "by": "set interfaces ge-0/0/1 disable"},
}


BOTH_PORTS = "interface GigabitEthernet2/0/23\n description call server\n switchport access vlan 30\n"
X1 = '    edit "x1"\n        set vdom "root"\n'
PORT3 = '    edit "port3"\n        set vdom "root"\n'
DOWN = "        set status down\n"
BACK = "zone-pair security BA source B destination A\n service-policy type inspect "
RETH = "set interfaces ge-5/0/2 disable\n"
LIMIT = "set security screen ids-option users limit-session source-ip-based 8\n"
ASKED = '"FromPort": 67, "ToPort": 68, "IpRanges": [{"CidrIp": "10.20.0.0/24"}]'
EACH = 'for_each          = toset(["10.10.0.0/24", "10.20.0.0/24", "10.255.0.0/29"])\n'
ADMIN = '"name": "admin",\n            "properties": {\n              "access": "Allow"'
# One change each, with what is read in the text then.
SIBLINGS: tuple[tuple[str, tuple[tuple[str, str], ...], dict[str, str]], ...] = (
    ("asa-5505-shop", (("  inspect tftp\n", "  inspect tftp\n  inspect icmp\n"),), {}),
    (
        "asa-5505-shop",
        (("switchport access vlan 2\n", "switchport access vlan 2\n shutdown\n"),),
        EVERYTHING_BLOCKED,
    ),
    ("asa-failover-pair", (("per-client-max 2", "per-client-max 0"),), {}),
    (
        "asa-failover-pair",
        (("interface GigabitEthernet0/0\n", "interface GigabitEthernet0/0\n shutdown\n"),),
        # Blocked too, a person would say; what a line that is not modelled touches is never said to be.
        {
            BLOCKED: "address release vlan-move provision signal echo renew",
            DOUBTED: "discover register keep-alive notify",
        },
    ),
    ("asa-vpn-hub", (("host call-server 10.77.0.0 255.255.0.0", "host call-server 10.0.0.0 255.0.0.0"),), {}),
    ("asa-tcp-map-dmz", (("  checksum-verification\n", ""),), {BLOCKED: "echo vlan-move notify"}),
    (
        "ios-l3-stack",
        ((f"{BOTH_PORTS} switchport mode access\n shutdown\n", f"{BOTH_PORTS} switchport mode access\n"),),
        {},
    ),
    (
        "ios-dmvpn-spoke",
        ((" deny   tcp any any eq 1720\n", " permit tcp any eq 1720 host 10.1.0.30 established\n"),),
        {},
    ),
    (
        "ios-dmvpn-spoke",
        ((" description internet\n", " description internet\n shutdown\n"),),
        EVERYTHING_BLOCKED,
    ),
    ("ios-bundle-edge", (("access-list 170 deny   udp any eq bootpc any\n", ""),), {}),
    ("ios-zbf-branch", ((" zone-member security UC\n", ""),), {DOUBTED: EVERYTHING}),
    ("ios-zbf-limits", ((" sessions maximum 40\n", ""),), {}),
    # What answers the gatekeeper meets the list of the interface, which keeps no state.
    (
        "ios-zbf-lists-too",
        ((f"{BACK}CLOSED", f"{BACK}OPEN"),),
        {BLOCKED: "discover register keep-alive notify"},
    ),
    ("fortios-aggregate-core", ((X1, X1 + DOWN),), EVERYTHING_BLOCKED),
    ("fortios-shaper-site", (("        set max-concurrent-session 20\n", ""),), {BLOCKED: "notify"}),
    (
        "fortios-policy-route",
        (("        set input-device", "        set status disable\n        set input-device"),),
        {BLOCKED: "address echo notify"},
    ),
    ("fortios-redundant-plant", ((PORT3 + DOWN, PORT3),), {}),
    (
        "panos-ae-campus",
        (("rules clean application any", "rules clean disabled yes"),),
        {BLOCKED: "echo"},
    ),
    ("panos-vlan-closet", (("set network interface ethernet ethernet1/4 link-state down\n", ""),), {}),
    ("panos-branch.xml", (("<disabled>yes", "<disabled>no"),), {BLOCKED: "notify"}),
    (
        "panos-services-twice",
        (("udp port 1718\n", "udp port 1718-1719\n"),),
        {BLOCKED: "notify", DOUBTED: "echo"},
    ),
    ("srx-cluster-reth", (("deactivate security", "activate security"),), {}),
    ("srx-cluster-reth", ((RETH, f"{RETH}set interfaces ge-0/0/2 disable\n"),), EVERYTHING_BLOCKED),
    ("srx-irb-branch", (("set interfaces ge-0/0/3 disable\n", ""),), {}),
    ("srx-group-interfaces", (("then reject", "then permit"),), {BLOCKED: "notify"}),
    ("srx-screen-limit", ((LIMIT, ""),), {}),
    ("aws-sg-voice", ((ASKED, ASKED.replace("10.20.0.0/24", "10.0.0.0/8")),), {BLOCKED: "echo"}),
    (
        "aws-sg-references",
        (('"FromPort": 1024, "ToPort": 1719', '"FromPort": 1024, "ToPort": 1720'),),
        {DOUBTED: "discover register keep-alive provision"},
    ),
    ("aws-nacl-short-range", (('"From": 32768', '"From": 1024'),), {}),
    ("aws-nacl-deny-first", (('"RuleNumber": 90', '"RuleNumber": 101'),), {}),
    ("aws-terraform-voice", ((EACH, "\n"), ("= each.value", '= "10.0.0.0/8"')), {}),
    (
        "kubernetes-voice-namespace",
        (("except: [10.20.0.0/24]", "except: [10.20.0.128/25]"),),
        {DOUBTED: "echo"},
    ),
    # The gatekeeper's pod is then selected by the policies of its namespace alone.
    (
        "kubernetes-voice-namespace",
        (("        tier: voice-core\n    policyTypes", "        tier: core\n    policyTypes"),),
        {
            BLOCKED: "vlan-move discover register signal notify keep-alive",
            DOUBTED: "echo",
        },
    ),
    ("azure-terraform-subnets", (('"10.255.0.0/29"]', '"10.255.1.0/29"]'),), {BLOCKED: "address"}),
    ("gcp-voice-network", (("disabled = true", "disabled = false"),), {BLOCKED: "signal"}),
    ("ufw-router", (("-d 10.20.0.0/28 -s", "-d 10.21.0.0/28 -s"),), {BLOCKED: "notify"}),
    (
        "ufw-router",
        (('DEFAULT_FORWARD_POLICY="DROP"', 'DEFAULT_FORWARD_POLICY="ACCEPT"'),),
        {BLOCKED: "signal"},
    ),
    ("firewalld-branch", (('priority="-100"', 'priority="100"'),), {BLOCKED: "echo notify"}),
    (
        "firewalld-branch",
        (('"-1" target="CONTINUE"', '"-1" target="ACCEPT"'),),
        {BLOCKED: "provision notify"},
    ),
    (
        "nsx-datacentre",
        (('"10.66.0.0/16"', '"10.20.0.0/28"'),),
        {BLOCKED: f"provision renew echo notify {RAS}"},
    ),
    (
        "checkpoint-core",
        (('"icmp-type": 8', '"icmp-type": 0'),),
        {BLOCKED: "echo notify", DOUBTED: "provision"},
    ),
    (
        "azure-nsg-deny-first",
        (('"priority": 105', '"priority": 115'),),
        {BLOCKED: "notify"},
    ),
    ("azure-nsg-template", (('"10.1.0.0/24"', "\"[variables('net')]\""),), {DOUBTED: EVERYTHING}),
    (
        "azure-nsg-template",
        ((ADMIN, ADMIN.replace("Allow", "Deny")), ("210,", "99,"), ('Range": "443"', 'Range": "80-443"')),
        {DOUBTED: "provision", UNREAD: "[parameters('adminPrefix')] is computed"},
    ),
    ("aws-terraform-subnet", (("= 49152", "= 62000"),), {BLOCKED: "signal"}),
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


def test_several_firewalls_in_one_text_are_refused() -> None:
    with pytest.raises(InputError, match="cust-a, cust-b"):
        read_any(text_of("fortios-two-vdoms"))
