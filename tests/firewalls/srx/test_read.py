"""Junos SRX in set form: policies of zone pairs and global ones, books, applications, ALG."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.srx.read import read
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, packet, unread

CAMPUS = config("srx-campus.txt")
PLANT = config("srx-plant.txt")
ZONES = {"a": (ip_network("10.1.0.0/24"),), "b": (ip_network("10.2.0.0/24"),)}
HEAD = "set security policies from-zone a to-zone b policy p"


def policy(*settings: str, more: str = "") -> Listing:
    """One policy from a to b that permits everything but for what the settings say in its place."""
    keys = {setting.rsplit(" ", 1)[0] for setting in settings}
    base = (
        "match source-address any",
        "match destination-address any",
        "match application any",
        "then permit",
    )
    kept = [line for line in base if line.rsplit(" ", 1)[0] not in keys]
    return read(
        "\n".join([*more.splitlines(), *(f"{HEAD} {line}" for line in (*kept, *settings)), ""]), ZONES
    )


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


def first(name: str) -> str:
    return f"policy {name} match source-address"


def test_the_campus_is_understood_and_lets_handsets_register() -> None:
    listing = read(CAMPUS)
    assert not listing.unread and not listing.any_any
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("tcp 10.20.0.50:40000 10.1.0.20:443") not in permitted
    assert [part.place for part in listing.inactive] == [at(CAMPUS, "policy old then permit")]
    assert [(i.name, i.on, i.place) for i in listing.settings.inspections] == [
        ("alg h323", False, at(CAMPUS, "alg h323"))
    ]
    assert [(t.seconds, t.name) for t in listing.settings.timers] == [
        (300, "udp inactivity-timeout of application ras")
    ]


def test_every_packet_is_decided_by_the_policy_that_says_so() -> None:
    listing = read(CAMPUS)
    assert decided(listing, "udp 10.20.0.50:49309 10.1.0.31:1719") == at(CAMPUS, first("phones-ras"))
    assert decided(listing, "tcp 10.37.0.9:1 10.1.0.18:22") == at(CAMPUS, first("site-7"))
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.39:22") == at(CAMPUS, first("no-guests"))
    assert decided(listing, "tcp 192.0.2.1:1 10.1.0.38:22") == ""


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    names = (
        "round",
        "nobody",
        "fqdn",
        "twice",
        "unknown",
        "rpc",
        "schedule",
        "dynamic",
        "excluded",
        "tunnel",
    )
    planted = {at(PLANT, first(f"plant-{name}")) for name in names}
    odd = at(PLANT, "filter input odd")
    assert unread(listing) == {*planted, odd}
    assert [name.split(" everything")[0] for name in listing.any_any] == [at(PLANT, first("everything"))]
    assert [t.place for t in listing.translations] == [at(PLANT, "rule all match")]
    assert [(i.name, i.on) for i in listing.settings.inspections] == [("alg h323", True)]
    assert certain(listing, REGISTRATION[2], odd) is True
    assert certain(listing, "tcp 10.20.0.50:1 10.1.0.23:80", odd) is None
    assert certain(listing, "tcp 192.0.2.1:1 10.1.0.23:80", odd) is False


@pytest.mark.parametrize(
    "setting",
    [
        "match application junos-something",
        "match source-address nobody",
        "match source-address-excluded",
        "match source-identity jo",
        "match dynamic-application junos:SIP",
        "scheduler-name night",
        "then permit firewall-authentication",
        "then permit tunnel ipsec-vpn v",
        "then permit application-services application-firewall rule-set r",
    ],
)
def test_a_setting_outside_what_is_modelled_is_named(setting: str) -> None:
    listing = policy(setting)
    assert unread(listing) == {"line 1"}
    with pytest.raises(InputError):
        listing.permitted(Space())


def test_a_zone_looks_into_its_own_book_first() -> None:
    books = (
        "set security address-book global address x 10.1.0.1/32\n"
        "set security address-book mine address x 10.1.0.2/32\n"
        "set security address-book mine attach zone a\n"
    )
    listing = policy("match source-address x", more=books)
    assert passes(listing, "udp 10.1.0.2:1 10.2.0.1:1") and not passes(listing, "udp 10.1.0.1:1 10.2.0.1:1")


def test_an_interface_of_which_nothing_is_known_leaves_its_zone_unread() -> None:
    tunnel = "set security zones security-zone partners interfaces st0.7\n"
    assert unread(read(CAMPUS + tunnel)) == {at(CAMPUS + tunnel, "st0.7")}
    assert not read(CAMPUS + tunnel, {"partners": ZONES["b"]}).unread


def test_terms_names_and_the_default_policy() -> None:
    more = (
        "set applications application web term t1 protocol tcp destination-port http\n"
        "set applications application web term t2 protocol tcp destination-port 8000-8010\n"
        "set security policies default-policy permit-all\n"
    )
    listing = policy("match application web", "then deny", more=more)
    assert not passes(listing, "tcp 10.1.0.1:1 10.2.0.1:8010") and not passes(
        listing, "tcp 10.1.0.1:1 10.2.0.1:80"
    )
    assert passes(listing, "tcp 10.1.0.1:1 10.2.0.1:81")


def test_a_policy_with_two_verdicts_is_not_understood() -> None:
    assert "two verdicts" in policy(more=f"{HEAD} then deny").unread[0].why


def test_a_deletion_takes_away_what_stands_above_it_only() -> None:
    delete = "delete security policies from-zone a to-zone b policy p"
    assert passes(policy(more=delete), "udp 10.1.0.1:1 10.2.0.1:1")
    body = "\n".join(f"{HEAD} {x}" for x in ("match source-address any", "then permit"))
    with pytest.raises(InputError, match="no security policies"):
        read(f"{body}\n{delete}\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("set routing-instances r instance-type virtual-router", "several routers"),
        ("set groups g security policies default-policy permit-all\nset apply-groups g", "inherit"),
        ("set security forwarding-options family inet mode packet-based", "without policies"),
        ("set security odd thing", "not a statement"),
        ("run show version", "not a set command"),
        ("set routing-options static route 10.0.0.0/8 next-hop 192.0.2.1", "zone is not known"),
    ],
)
def test_a_line_outside_what_is_modelled_is_named(line: str, why: str) -> None:
    listing = policy(more=line)
    assert unread(listing) == {"line 1"} and why in listing.unread[0].why


def test_a_group_gives_what_it_has_where_it_is_applied_and_only_there() -> None:
    down = "set groups g interfaces ge-0/0/0 disable\n"
    down += "set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/24\n"
    down += "set security zones security-zone a interfaces ge-0/0/0.0\n"
    assert passes(policy(more=down), "udp 10.1.0.1:1 10.2.0.1:1")
    assert not passes(policy(more=f"{down}set apply-groups [ f g ]"), "udp 10.1.0.1:1 10.2.0.1:1")


def test_what_is_no_srx_configuration_is_refused() -> None:
    with pytest.raises(InputError, match="braces"):
        read_as("srx", "security {\n    policies {\n    }\n}\n")
    with pytest.raises(InputError, match="no security policies"):
        read_as("srx", "set version 21.4R3\n")
