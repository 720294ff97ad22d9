"""firewalld's files: what they come to is what the kernel lists when firewalld has loaded them."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.firewalld.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.listing import Moment
from ringfence.policy.packetset import Space
from ringfence.policy.region import packets_between
from ringfence.policy.state_model import judge_listing
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import certain, config
from support.firewalls.read_configs import unread as places

NAMED: Named = {
    "eth0": (ip_network("10.1.0.0/24"), ip_network("fd01::/64")),
    "eth1": (ip_network("10.20.0.0/22"), ip_network("10.10.0.0/24"), ip_network("fd20::/64")),
}
CALL = "udp 10.20.0.50:49300 10.1.0.30:1719"
# Right but for the settings of a sixteenth of the phones, the echo, and what the gatekeeper opens of RAS.
GOOD = (
    config("by_hand/firewalld-branch.txt")
    .replace('<source address="10.20.0.240/28"/>', '<source address="10.66.0.0/28"/>')
    .replace('<service name="dhcp"/>', '<service name="dhcp"/>\n  <protocol value="icmp"/>')
    .replace(
        '<port port="67" protocol="udp"/>',
        '<port port="67" protocol="udp"/><port port="49300" protocol="udp"/>',
    )
)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_what_is_read_of_the_files_is_what_the_kernel_lists(number: int) -> None:
    """Drawn at random and loaded by firewalld 1.3.3; its own comments and chains for other hooks left out."""
    files, listed = (
        config(f"{kind}-{number}.txt") for kind in ("firewalld-files", "kernel-listing-firewalld")
    )
    space = Space()
    ours, kernels = (
        judge_listing(space, read_as(*each, NAMED)).passing(Moment.OPENS)
        for each in (("firewalld", files), ("nftables", listed))
    )
    inside = [net for nets in NAMED.values() for net in nets]
    around = space.of(
        box
        for version, whole in ((4, "0.0.0.0/0"), (6, "::/0"))
        for box in packets_between([net for net in inside if net.version == version], [ip_network(whole)])
    )
    assert ours.read & around == kernels.read & around
    assert ours.least & around <= kernels.least & around and kernels.most & around <= ours.most & around
    assert not (ours.least & around).empty


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    return Mutation(name, edits, stopped, blocks, opens=True)


PORT = '<port protocol="udp" port="1719"/>'
CONTINUE = '<policy priority="-1" target="CONTINUE">'
CALLS = '<source address="10.1.0.30"/>\n    <port port="1720" protocol="tcp"/>\n    <accept/>'
PHONES = '<source address="10.20.0.0/24"/>'
ETHERNET = '<interface name="eth7"/>'
SERVERS = '<zone target="DROP">\n  <short>servers'
ZONE = '<source address="10.1.0.0/24"/>'
SETTINGS = '<destination address="10.1.0.20"/>\n    <port port="80"'
FROM = "address vlan-move signal notify"
TO = f"address release provision renew echo {RAS}"
OF_PHONES = f"provision renew echo signal notify {RAS}"
MISTAKES = (
    opens("the wrong port", (PORT, PORT.replace("1719", "1718")), stopped=RAS),
    opens("a wider range", (PORT, PORT.replace("1719", "1700-1730"))),
    opens("a reversed range", (PORT, PORT.replace("1719", "1730-1700")), stopped=RAS, blocks=False),
    opens("a service that is not there", ('"voice-ras"', '"h323"'), stopped=RAS, blocks=False),
    opens("a service of another server", ('ipv4="10.1.0.30"', 'ipv4="10.1.0.31"'), stopped=RAS),
    opens("a policy that drops", (CONTINUE, CONTINUE.replace("CONTINUE", "DROP"))),
    opens("a policy behind the other", (CONTINUE, CONTINUE.replace("-1", "9"))),
    opens("another action", (CALLS, CALLS.replace("accept", "drop")), stopped="signal"),
    opens(
        "a rate",
        (CALLS, CALLS.replace("<accept/>", '<accept><limit value="9/m"/></accept>')),
        stopped="signal",
        blocks=False,
    ),
    opens(
        "no family",
        (f'<rule family="ipv4">\n    {CALLS}', f"<rule>\n    {CALLS}"),
        stopped="signal",
        blocks=False,
    ),
    opens(
        "another family", (f'"ipv4">\n    {CALLS}', f'"ipv6">\n    {CALLS}'), stopped="signal", blocks=False
    ),
    opens(
        "a deny before it",
        (
            f'<rule family="ipv4">\n    {SETTINGS}',
            '<rule family="ipv4" priority="-1"><source address="10.0.0.0/8"/><drop/></rule>\n'
            + f'  <rule family="ipv4">\n    {SETTINGS}',
        ),
        stopped=TO,
    ),
    opens(
        "a deny behind it",
        (
            f'<rule family="ipv4">\n    {SETTINGS}',
            '<rule family="ipv4" priority="1"><source address="10.0.0.0/8"/><drop/></rule>\n'
            + f'  <rule family="ipv4">\n    {SETTINGS}',
        ),
    ),
    opens(
        "an element that is new",
        (SETTINGS, f'<hour value="3"/>{SETTINGS}'),
        stopped="provision",
        blocks=False,
    ),
    opens("the phones are of no zone", (PHONES, ""), stopped=f"vlan-move {OF_PHONES}"),
    Mutation("the phones are on an interface", ((PHONES, ETHERNET),), EVERYTHING, blocks=False),
    opens(
        "two zones of one source",
        (ZONE, f"{ZONE}\n  {PHONES}"),
        stopped=OF_PHONES,
        blocks=False,
    ),
    opens(
        "the zone's target accepts",
        (SERVERS, SERVERS.replace("DROP", "ACCEPT")),
        ('target="DROP">\n  <short>from', 'target="CONTINUE">\n  <short>from'),
    ),
    opens(
        "the zone's services are its own",
        ('<service name="ssh"/>\n</zone>', '<port port="1" protocol="tcp"/>\n</zone>'),
    ),
    opens(
        "a set that is not there",
        (CALLS, CALLS.replace('address="10.1.0.30"', 'ipset="gk"')),
        stopped="signal",
        blocks=False,
    ),
)


def test_the_files_are_right() -> None:
    assert recognise(GOOD) is TARGETS["firewalld"]
    report = report_of("firewalld", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("firewalld", GOOD, mutation)


@pytest.mark.parametrize(
    "element", ["<masquerade/>", '<forward-port port="1719" protocol="udp" to-port="1"/>']
)
def test_translation_leaves_flows_in_doubt(element: str) -> None:
    report = report_of("firewalld", GOOD.replace(ZONE, f"{ZONE}\n  {element}"))
    assert report.answer != "permits" and any(one.code == "ADDRESSES_TRANSLATED" for one in report.findings)


def test_direct_rules_and_zone_drifting_are_named() -> None:
    direct = (
        '==> /etc/firewalld/direct.xml <==\n<direct><rule ipv="ipv4" table="filter">-j DROP</rule></direct>\n'
    )
    for text in (GOOD + direct, GOOD.replace("DefaultZone=drop", "DefaultZone=drop\nAllowZoneDrifting=yes")):
        assert certain(read(text), CALL) is None
    assert (
        certain(
            read(f"{GOOD}{direct.replace('rule', 'x').replace('<x', '<!-- <x').replace('x>', 'x> -->')}"),
            CALL,
        )
        is True
    )


def test_interfaces_and_zones_are_what_is_named_for_them() -> None:
    text = GOOD.replace(PHONES, ETHERNET)
    for name in ("eth7", "phones"):
        listing = read(text, {name: (ip_network("10.20.0.0/24"),)})
        assert places(listing) == {"zone drop"} and certain(listing, CALL, "zone drop") is True
    assert read(text).unplaced == ("eth7", "phones")


def test_a_set_of_addresses_is_taken_from_the_text() -> None:
    held = '==> /etc/firewalld/ipsets/gk.xml <==\n<ipset type="hash:ip"><entry>10.1.0.30</entry></ipset>\n'
    text = GOOD.replace(CALLS, CALLS.replace('address="10.1.0.30"', 'ipset="gk"'))
    call = "tcp 10.1.0.30:61440 10.20.0.50:1720"
    assert certain(read(text + held), call) is True
    assert certain(read(text + held.replace("hash:ip", "hash:mac")), call) is None


def test_the_default_zone_is_everybody_elses() -> None:
    listing = read(GOOD.replace("DefaultZone=drop", "DefaultZone=trusted"))
    assert certain(listing, "udp 10.77.0.1:1 10.1.0.30:5", *places(listing)) is True
    assert certain(read(GOOD), "udp 10.77.0.1:1 10.1.0.30:5", *places(read(GOOD))) is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD[: GOOD.rindex("</zone>")], "not well-formed"),
        (GOOD.replace("<zone>", "<!DOCTYPE z [<!ENTITY e 'x'>]><zone>"), "entity"),
        (GOOD.replace("policies/from-servers", "policies/to-servers"), "two files of policy"),
        (GOOD.replace("CleanupOnExit=yes", "cleanup on exit"), "neither XML nor a setting"),
        ("<service/>\n", "neither zones nor policies"),
        ("<zone>" + "<rule>" * 40, "nested too deeply"),
    ],
)
def test_what_is_damaged_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("firewalld", text)
