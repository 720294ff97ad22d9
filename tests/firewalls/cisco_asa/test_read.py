"""Running configurations of ASA firewalls: lists, objects, levels, translations, timers."""

import pytest

from ringfence.firewalls.cisco_asa.read import read
from ringfence.firewalls.recognise import read_as
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing, Moment
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, fares, packet, unread

CAMPUS = config("asa-campus.txt")
TUNNEL = "crypto map outside_map interface outside"  # of a partner: no packet of the procedure
PLANT = config("asa-plant.txt")


def interface(name: str, level: int, address: str) -> str:
    return (
        f"interface X-{name}\n nameif {name}\n security-level {level}\n ip address {address} 255.255.255.0\n"
    )


HEAD = (
    "ASA Version 9.12(4)\n"
    + interface("in", 100, "10.1.0.1")
    + interface("dmz", 50, "10.2.0.1")
    + interface("out", 0, "10.3.0.1")
)


def entry(words: str, *more: str) -> Listing:
    """A configuration with one entry on the interface `in`."""
    rest = f"access-list l extended {words}\naccess-group l in interface in\n"
    return read(HEAD + "\n".join(more) + "\n" + rest)


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


def test_the_campus_is_understood_and_lets_handsets_register() -> None:
    listing = read(CAMPUS)
    assert unread(listing) == {at(CAMPUS, TUNNEL)} and not listing.any_any
    needed = (*REGISTRATION, "udp 10.20.0.1:67 10.1.0.10:67")
    assert [words for words in needed if not fares(listing, words, Moment.OPENS)] == []
    assert fares(listing, "tcp 10.20.0.50:40000 10.1.0.20:443", Moment.OPENS) is False
    assert listing.inactive[0].place == at(CAMPUS, "log disable inactive")


def test_the_source_of_a_packet_chooses_the_list_that_decides() -> None:
    listing = read(CAMPUS)
    assert decided(listing, "udp 10.20.0.50:49309 10.1.0.30:1719") == at(CAMPUS, "object ras 10.20.0.0")
    assert decided(listing, "tcp 10.20.0.50:9 10.31.0.9:80") == at(
        CAMPUS, "from-phones extended deny ip any any"
    )
    branch = "from-branches extended permit tcp object branch-07 datacentre"
    assert decided(listing, "tcp 10.37.0.9:9 10.1.0.99:8085") == at(CAMPUS, branch)
    assert decided(listing, "udp 10.37.0.9:9 10.1.0.31:53") == at(
        CAMPUS, "object-group directory object branch-07"
    )
    # The deny that stands on no line is the binding's.
    bound = at(CAMPUS, "access-group from-branches in")
    assert decided(listing, "udp 10.37.0.9:9 10.1.0.99:53") == bound


def test_timers_and_inspection() -> None:
    timers = {t.name: (t.seconds, t.place) for t in read(CAMPUS).settings.timers}
    conn = at(CAMPUS, "timeout conn")
    assert timers["udp"] == (120, conn) and timers["conn"] == (3600, conn)
    assert timers["h323"][0] == 300 and timers["h225"][0] == 3600
    h323 = [(i.name, i.on, i.place) for i in read(PLANT).settings.inspections if i.name.startswith("h323")]
    assert h323 == [
        ("h323 h225", True, at(PLANT, "inspect h323 h225")),
        ("h323 ras", True, at(PLANT, "inspect h323 ras")),
    ]
    off = [(i.name, i.on) for i in read(CAMPUS).settings.inspections if i.name.startswith("h323")]
    assert off == [("h323 h225", False), ("h323 ras", False)]


def test_translations_are_named_with_the_packets_they_touch() -> None:
    listing, space = read(CAMPUS), Space()
    assert [t.place for t in listing.translations] == [
        at(CAMPUS, "nat (servers,outside) static 198.51.100.5"),
        at(CAMPUS, "nat (branches,outside)"),
    ]
    phones = space.of(box for row in listing.chains[0].rows for box in row.boxes if "from-phones" in row.id)
    to_servers = phones - space.of(box for t in listing.translations for box in t.boxes)
    assert packet(REGISTRATION[2]) in to_servers
    planted = read(PLANT)
    assert [t.place for t in planted.translations] == [at(PLANT, "nat (phones,servers)")]
    touched = space.of(planted.translations[0].boxes)
    assert packet(REGISTRATION[2]) in touched and packet("udp 10.37.0.9:9 10.1.0.31:53") not in touched


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    assert {part.place: part.why for part in listing.unread}.keys() == {
        at(PLANT, TUNNEL),
        at(PLANT, "object-group round eq"),
        at(PLANT, "object-group nobody eq"),
        at(PLANT, "object-group six-only eq"),
        at(PLANT, "object twice eq"),
        at(PLANT, "object by-name eq"),
        at(PLANT, "object unheard-of eq"),
        at(PLANT, "eq tsunami"),
        at(PLANT, "time-range office-hours"),
        at(PLANT, "user EXAMPLE"),
        at(PLANT, "established tcp 1720"),
    }
    everything = at(PLANT, "from-branches extended permit ip any any")
    assert listing.any_any == (f"{everything} from-branches in branches",)
    strays = (at(PLANT, "established tcp 1720"), at(PLANT, TUNNEL))
    assert certain(listing, REGISTRATION[2]) is None
    assert certain(listing, REGISTRATION[2], *strays) is True
    assert certain(listing, "tcp 203.0.113.9:9 10.1.0.39:80", *strays) is False
    assert certain(listing, "tcp 10.20.0.50:9 10.1.0.72:9", *strays) is None
    with pytest.raises(InputError, match="contains itself"):
        listing.permitted(Space())


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("permit udp any4 any4 neq snmp", "udp 10.1.0.9:67 10.3.0.1:160", "udp 10.1.0.9:67 10.3.0.1:161"),
        ("permit udp any4 eq bootps any4", "udp 10.1.0.9:67 10.3.0.1:1", "udp 10.1.0.9:68 10.3.0.1:1"),
        ("permit tcp any any lt www", "tcp 10.1.0.9:9 10.3.0.1:79", "tcp 10.1.0.9:9 10.3.0.1:80"),
        ("permit tcp any any gt h323", "tcp 10.1.0.9:9 10.3.0.1:1721", "tcp 10.1.0.9:9 10.3.0.1:1720"),
        ("permit icmp any any echo log 4", "icmp 10.1.0.9:8 10.3.0.1:0", "icmp 10.1.0.9:0 10.3.0.1:0"),
        ("permit icmp any any unreachable 3", "icmp 10.1.0.9:3 10.3.0.1:3", "icmp 10.1.0.9:3 10.3.0.1:4"),
        ("permit 17 any host 10.3.0.1", "udp 10.1.0.9:8 10.3.0.1:0", "tcp 10.1.0.9:0 10.3.0.1:0"),
        ("permit ip 10.1.0.8 255.255.255.248 any", "tcp 10.1.0.9:0 10.3.0.1:0", "tcp 10.1.0.7:0 10.3.0.1:0"),
    ],
)  # fmt: skip
def test_entries(words: str, inside: str, outside: str) -> None:
    listing = entry(words)
    assert passes(listing, inside) and not passes(listing, outside)


@pytest.mark.parametrize(
    "words",
    [
        "permit tcp any any eq nothing-known",
        "permit tcp any any range 9 1",
        "permit tcp any any eq 65536",
        "permit udp any any established",
        "permit tcp any",
        "permit tcp any host",
        "permit tcp 10.1.0.0 255.0.255.0 any",
        "permit tcp interface in any",
        "permit ip any any eq 80",
        "permit object-group nothing any any",
        "permit tcp any any eq www object-group-user staff",
        "allow tcp any any",
    ],
)
def test_an_entry_outside_what_is_modelled_is_named(words: str) -> None:
    listing = entry(words)
    assert len(listing.unread) == 1 and words in listing.unread[0].text
    with pytest.raises(InputError):
        listing.permitted(Space())


def test_without_a_list_the_security_level_decides() -> None:
    listing = read(HEAD)
    assert passes(listing, "udp 10.1.0.9:1 10.2.0.9:1") and passes(listing, "udp 10.2.0.9:1 10.3.0.9:1")
    assert not passes(listing, "udp 10.3.0.9:1 10.2.0.9:1")


def test_a_list_ends_in_a_deny_even_towards_lower_levels() -> None:
    listing = entry("permit udp any host 10.2.0.9")
    assert passes(listing, "udp 10.1.0.9:1 10.2.0.9:1") and not passes(listing, "udp 10.1.0.9:1 10.3.0.9:1")
    assert passes(listing, "udp 10.2.0.9:1 10.3.0.9:1")


def test_the_global_list_comes_after_that_of_the_interface_and_before_the_deny() -> None:
    more = "access-list g extended permit udp any any\naccess-group g global"
    listing = entry("deny udp any host 10.2.0.9", more)
    assert not passes(listing, "udp 10.1.0.9:1 10.2.0.9:1")
    assert passes(listing, "udp 10.1.0.9:1 10.2.0.8:1") and passes(listing, "udp 10.3.0.9:1 10.2.0.9:1")
    assert not passes(listing, "tcp 10.2.0.9:1 10.3.0.9:1")  # levels no longer count


def test_a_list_on_the_way_out_must_permit_too() -> None:
    more = "access-list o extended permit udp any host 10.2.0.9\naccess-group o out interface dmz"
    listing = entry("permit ip any any", more)
    assert passes(listing, "udp 10.1.0.9:1 10.2.0.9:1") and not passes(listing, "udp 10.1.0.9:1 10.2.0.8:1")
    assert passes(listing, "udp 10.1.0.9:1 10.3.0.8:1")


def test_no_list_opens_the_way_between_interfaces_of_one_level() -> None:
    equal = HEAD.replace("security-level 50", "security-level 100")
    rest = "access-list l extended permit ip any any\naccess-group l in interface in\n"
    assert not passes(read(equal + rest), "udp 10.1.0.9:1 10.2.0.9:1")
    same = "same-security-traffic permit inter-interface\n"
    assert passes(read(equal + same + rest), "udp 10.1.0.9:1 10.2.0.9:1")


def test_routes_say_what_lives_behind_an_interface() -> None:
    routes = ("route out 0.0.0.0 0.0.0.0 10.3.0.254 1", "route dmz 10.9.0.0 255.255.0.0 10.2.0.254 1")
    listing = entry("deny ip any any", *routes)
    assert passes(listing, "udp 10.9.1.1:1 192.0.2.1:1")  # dmz to out, by level
    assert not passes(listing, "udp 192.0.2.1:1 10.9.1.1:1")
    learned = entry("deny ip any any", "router ospf 1", " network 10.0.0.0 255.0.0.0 area 0")
    assert "routes learned" in learned.unread[0].why


def test_an_interface_of_which_nothing_is_known_leaves_its_list_unread() -> None:
    head = HEAD.replace(" ip address 10.1.0.1 255.255.255.0\n", "")
    listing = read(head + "access-list l extended permit ip any any\naccess-group l in interface in\n")
    assert "no networks named" in listing.unread[0].why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (config("srx-campus.txt"), "neither access lists nor interfaces"),
        (config("iptables-campus.txt"), "neither access lists nor interfaces"),
        ("\x7fELF\x00", "binary"),
        ("   \n", "empty"),
        (CAMPUS[:9000] + "\n<--- More --->\n" + CAMPUS[9000:], "pager"),
    ],
)
def test_what_is_no_asa_configuration_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("cisco-asa", text)


def test_a_configuration_that_breaks_off_is_not_trusted() -> None:
    broken = CAMPUS[: CAMPUS.index("pager lines")]
    assert any("end mark" in part.why for part in read(broken).unread)
    assert unread(read(CAMPUS)) == {at(CAMPUS, TUNNEL)}
