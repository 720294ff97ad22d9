"""Running configurations of IOS routers: lists without state, wildcard masks, bindings."""

import pytest

from ringfence.firewalls.cisco_ios.read import read
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, packet, unread

CAMPUS = config("ios-campus.txt")
PLANT = config("ios-plant.txt")
HEAD = "version 15.9\ninterface Vlan1\n ip address 10.1.0.1 255.255.255.0\n ip access-group {} in\n"
HEAD += "interface Vlan2\n ip address 10.2.0.1 255.255.255.0\n"


def entry(words: str, *more: str) -> Listing:
    text = HEAD.format("l") + "\n".join(more) + f"\nip access-list extended l\n {words}\n"
    return read(text)


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


def test_the_campus_is_understood_and_lets_handsets_register() -> None:
    listing = read(CAMPUS)
    assert not listing.unread and not listing.any_any
    space = Space()
    passing = listing.permitted(space) & listing.answers(space)
    assert [words for words in REGISTRATION if packet(words) not in passing] == []
    assert all(not chain.stateful for chain in listing.chains)


def test_an_established_entry_takes_answers_and_opens_nothing() -> None:
    listing = read(CAMPUS)
    space = Space()
    answer = packet("tcp 10.1.0.20:80 10.20.0.50:40000")
    assert answer in listing.answers(space) and answer not in listing.permitted(space)


def test_every_packet_is_decided_by_the_line_that_says_so() -> None:
    listing = read(CAMPUS)
    assert decided(listing, "udp 10.20.0.50:49309 10.1.0.30:1719") == at(CAMPUS, " 50 permit udp")
    assert decided(listing, "udp 10.20.0.50:49310 10.1.0.30:1719") == at(CAMPUS, " 80 deny ip any any")
    # The deny that stands on no line is the binding's.
    assert decided(listing, "udp 10.1.0.30:1718 10.20.0.50:49309") == at(
        CAMPUS, "ip access-group from-wan in"
    )
    printer = "permit tcp 10.1.0.0 0.0.0.255 10.37.0.0 0.0.0.255 eq 9100 515 631"
    assert decided(listing, "tcp 10.1.0.9:1 10.37.0.9:515", chain=1) == at(CAMPUS, printer)


def test_a_banner_is_no_configuration() -> None:
    assert "access-list 101 permit ip any any" in CAMPUS
    assert not read(CAMPUS).any_any


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    assert unread(listing) == {
        at(PLANT, "0.0.252.255"),
        at(PLANT, "object-group round eq"),
        at(PLANT, "object-group nobody eq"),
        at(PLANT, "eq tsunami"),
        at(PLANT, "time-range office-hours"),
        at(PLANT, "fragments"),
        at(PLANT, "reflect back"),
        at(PLANT, "ip access-group not-there"),
    }
    everything = PLANT[: PLANT.index("ip any any")].count("\n") + 1
    assert [int(name.split()[1]) for name in listing.any_any] == [everything]
    assert [t.place for t in listing.translations] == [at(PLANT, "ip nat inside source")]
    settings = listing.settings
    assert [(t.name, t.seconds) for t in settings.timers] == [("nat udp-timeout", 60)]
    assert [(i.name, i.on) for i in settings.inspections] == [("nat service ras", False)]
    assert certain(listing, "udp 10.1.0.30:1719 10.20.0.50:49300") is True
    # A list that is not there is in doubt for what comes in by its own interface.
    assert certain(listing, "udp 10.77.0.9:1719 10.20.0.50:49300") is None


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("permit ip 10.1.0.8 0.0.0.7 any", "tcp 10.1.0.9:0 10.2.0.1:0", "tcp 10.1.0.7:0 10.2.0.1:0"),
        ("permit tcp any any eq www 443", "tcp 10.1.0.9:0 10.2.0.1:443", "tcp 10.1.0.9:0 10.2.0.1:442"),
        ("permit tcp any eq 1 2 host 10.2.0.1", "tcp 10.1.0.9:2 10.2.0.1:9", "tcp 10.1.0.9:3 10.2.0.1:9"),
        ("permit icmp any any port-unreachable", "icmp 10.1.0.9:3 10.2.0.1:3", "icmp 10.1.0.9:3 10.2.0.1:1"),
        ("10 permit 89 any any log", "ospf", "tcp 10.1.0.9:0 10.2.0.1:0"),
    ],
)
def test_entries(words: str, inside: str, outside: str) -> None:
    listing = entry(words)
    if inside != "ospf":
        assert passes(listing, inside)
    assert not passes(listing, outside)


def test_a_standard_list_looks_at_the_source_alone() -> None:
    text = (
        HEAD.format("10") + "access-list 10 permit 10.1.0.9\naccess-list 10 permit 10.1.0.16 0.0.0.15 log\n"
    )
    listing = read(text)
    assert passes(listing, "udp 10.1.0.9:1 10.2.0.1:1") and passes(listing, "udp 10.1.0.31:1 10.2.0.1:1")
    assert not passes(listing, "udp 10.1.0.8:1 10.2.0.1:1")


def test_numbered_entries_count_by_their_numbers() -> None:
    listing = entry("20 permit ip any any\n 10 deny udp any any")
    assert passes(listing, "tcp 10.1.0.9:1 10.2.0.1:1") and not passes(listing, "udp 10.1.0.9:1 10.2.0.1:1")


def test_an_interface_without_a_list_lets_everything_pass() -> None:
    assert passes(entry("deny ip any any"), "udp 10.2.0.9:1 10.1.0.9:1")


@pytest.mark.parametrize(
    "words",
    [
        "permit tcp any any syn",
        "permit tcp any any match-all +ack -syn",
        "permit udp any any dscp ef",
        "permit udp any any established",
        "evaluate back",
        "permit ip 10.1.0.0 255.0.255.0 any",
        "permit tcp any host fd01::1",
        "permit udp any any range 9 1",
    ],
)
def test_an_entry_outside_what_is_modelled_is_named(words: str) -> None:
    listing = entry(words)
    assert len(listing.unread) == 1 and words in listing.unread[0].text


def test_next_hops_say_behind_which_interface_a_network_lives() -> None:
    listing = entry("deny ip any any", "ip route 10.9.0.0 255.255.0.0 10.1.0.254")
    assert not passes(listing, "udp 10.9.0.1:1 10.2.0.1:1")
    assert passes(listing, "udp 10.8.0.1:1 10.2.0.1:1")
    learned = entry("deny ip any any", "router eigrp 1", " network 10.0.0.0")
    assert "routes learned" in learned.unread[0].why


def test_what_is_no_ios_configuration_is_refused() -> None:
    with pytest.raises(InputError, match="neither access lists nor interfaces"):
        read(config("srx-campus.txt"))
    broken = CAMPUS[: CAMPUS.index("line con 0")]
    assert any("end mark" in part.why for part in read(broken).unread)
