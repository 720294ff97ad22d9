"""iptables-save of other people's firewalls: what is understood is right, what is not is named."""

import re
from ipaddress import ip_network

import pytest

from ringfence.firewalls.iptables.read import read
from ringfence.firewalls.recognise import read_as
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing, Moment
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, at, certain, config, decided, fares, packet, unread

CAMPUS = config("iptables-campus.txt")
PLANT = config("iptables-plant.txt")


def rules(*lines: str, policy: str = "DROP", chains: tuple[str, ...] = ()) -> Listing:
    head = ["*filter", f":FORWARD {policy} [0:0]", *(f":{name} - [0:0]" for name in chains)]
    return read("\n".join([*head, *lines, "COMMIT", ""]))


def passes(listing: Listing, words: str) -> bool:
    return packet(words) in listing.permitted(Space())


def test_the_campus_is_understood_and_lets_handsets_register() -> None:
    listing = read(CAMPUS)
    assert not listing.unread and not listing.any_any
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("tcp 10.20.0.50:40000 10.1.0.20:443") not in permitted
    assert packet("udp 10.1.0.30:1719 10.20.0.50:49300") not in permitted
    chain = listing.chains[0]
    assert chain.stateful and chain.related == (at(CAMPUS, "-A FORWARD -m conntrack --ctstate RELATED"),)


def test_every_packet_is_decided_by_the_line_that_says_so() -> None:
    listing = read(CAMPUS)
    ras = at(CAMPUS, "-A voice -s 10.20.0.0/22 -d 10.1.0.30/31 -p udp")
    assert decided(listing, "udp 10.20.0.50:49300 10.1.0.31:1719") == ras
    web = at(CAMPUS, '"web for site7"')
    assert decided(listing, "tcp 10.37.1.1:1024 10.1.2.9:8080") == web
    assert decided(listing, "tcp 10.37.1.1:1024 10.1.2.9:8081") == at(CAMPUS, "-A site7 -j DROP")
    # RETURN before the chain's own drop: the packet falls back to the policy of FORWARD.
    assert decided(listing, "icmp 10.37.1.1:8 10.1.9.9:0") == ""


def test_translations_are_named_with_the_packets_they_touch() -> None:
    listing = read(CAMPUS)
    assert {t.place for t in listing.translations} == {
        at(CAMPUS, "-j DNAT --to-destination"),
        at(CAMPUS, "-j SNAT --to-source"),
    }
    space = Space()
    phones = space.of(listing.chains[0].rows[0].boxes)
    assert listing.translated(space, phones, space.nothing()) == ()
    hidden = read(PLANT).translations
    assert [t.place for t in hidden] == [at(PLANT, "-j MASQUERADE")]


def test_the_planted_faults_are_found_by_line() -> None:
    listing = read(PLANT)
    assert unread(listing) == {
        at(PLANT, "--match-set phones"),
        at(PLANT, "-A FORWARD -i wlan0"),
        at(PLANT, "--timestart"),
        at(PLANT, "--dport tsunami"),
        at(PLANT, "-A about -j round"),
        at(PLANT, "-j NFQUEUE"),
        at(PLANT, "10.8.0.0/255.0.255.0"),
    }
    assert listing.any_any == (at(PLANT, "-A FORWARD -j ACCEPT"),)
    assert [(i.name, i.place) for i in listing.settings.inspections] == [
        ("RAS", at(PLANT, "--helper RAS")),
        ("Q.931", at(PLANT, "--helper Q.931")),
    ]
    with pytest.raises(InputError, match="match module set"):
        listing.permitted(Space())


def test_what_is_certain_is_told_from_what_hangs_on_an_unread_line() -> None:
    listing = read(PLANT.replace("-A FORWARD -j ACCEPT\n", "-A FORWARD -j DROP\n"))
    assert certain(listing, "udp 10.20.0.50:49300 10.1.0.30:1719") is True
    assert certain(listing, "tcp 10.20.0.50:49300 10.2.0.30:1719") is False
    assert certain(listing, "tcp 172.16.9.9:1024 10.1.0.20:80") is None
    except_for = at(PLANT, "--timestart"), at(PLANT, "-A FORWARD -i wlan0")
    assert certain(listing, "tcp 172.16.9.9:1024 10.1.0.20:80", *except_for) is False


def test_an_interface_becomes_the_networks_behind_it() -> None:
    listing = read(PLANT, {"wlan0": (ip_network("172.31.0.0/16"),)})
    assert at(PLANT, "-A FORWARD -i wlan0") not in unread(listing)
    assert decided(listing, "tcp 172.31.0.9:1024 10.1.0.9:80") == at(PLANT, "-A guests -p tcp")
    assert "behind wlan0 live only 172.31.0.0/16" in listing.assumed


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("-A FORWARD -p udp -m udp --dport 1719 -j ACCEPT --queue-num 3", "after the target"),
        ("-A FORWARD -m limit --limit 1/sec -j ACCEPT", "limit"),
        ("-A FORWARD -m mark --mark 0x1 -j ACCEPT", "mark"),
        ("-A FORWARD -m conntrack --ctstate LATE -j ACCEPT", "LATE"),
        ("-A FORWARD -m recent --name seen --rcheck -j DROP", "rcheck"),
        ("-A FORWARD --dport 1719 -j ACCEPT", "without a protocol"),
        ("-A FORWARD -p udp -m udp --dport 9:1 -j ACCEPT", "reversed"),
        ("-A FORWARD -s fd00::/8 -j ACCEPT", "address family|other family"),
        ("-A FORWARD -s phones.example.net -j ACCEPT", "not an address"),
        ("-A FORWARD -s 10.0.0.0/0.0.0.255 -j ACCEPT", "not contiguous"),
        ("-A FORWARD -j nowhere", "target nowhere"),
    ],
)
def test_a_line_outside_what_is_modelled_is_named(line: str, why: str) -> None:
    four = "-A FORWARD -s 10.0.0.1/32 -j DROP"
    text = "\n".join(
        ["# Generated by iptables-save", "*filter", ":FORWARD DROP [0:0]", four, line, "COMMIT", ""]
    )
    listing = read(text)
    if "fd00" in line:  # an IPv6 address makes it a list of IPv6, where the other line is out of place
        assert unread(listing) == {"line 4"}
        return
    assert unread(listing) == {"line 5"}
    assert re.search(why, listing.unread[0].why)


def test_negation_ranges_and_lists() -> None:
    listing = rules(
        "-A FORWARD ! -s 10.20.0.0/22 -p udp -m udp --dport 1719 -j DROP",
        "-A FORWARD -p udp -m multiport --dports 67,1719:1720 -j ACCEPT",
        "-A FORWARD -p tcp -m tcp ! --dport 1:1719 -j ACCEPT",
    )
    assert passes(listing, "udp 10.20.1.1:5 10.1.0.1:1719")
    assert not passes(listing, "udp 10.21.1.1:5 10.1.0.1:1719")
    assert passes(listing, "udp 10.21.1.1:5 10.1.0.1:1720")
    assert passes(listing, "tcp 10.21.1.1:5 10.1.0.1:1720")
    assert not passes(listing, "tcp 10.21.1.1:5 10.1.0.1:1719")


def test_goto_ends_the_calling_chain_and_jump_does_not() -> None:
    lines = ("-A FORWARD {} part", "-A part -s 10.0.0.1/32 -j ACCEPT", "-A FORWARD -j ACCEPT")
    jump = rules(*(line.format("-j") for line in lines), chains=("part",))
    goto = rules(*(line.format("-g") for line in lines), chains=("part",))
    assert passes(jump, "udp 10.0.0.2:1 10.0.0.3:1") and not passes(goto, "udp 10.0.0.2:1 10.0.0.3:1")
    assert passes(goto, "udp 10.0.0.1:1 10.0.0.3:1")


def test_a_state_rule_in_a_narrowed_chain_passes_the_answers_of_that_chain_alone() -> None:
    established = "-A part -m state --state ESTABLISHED -j ACCEPT"
    listing = rules("-A FORWARD -p tcp -j part", established, chains=("part",))
    assert fares(listing, "tcp 10.0.0.1:80 10.0.0.2:1024", Moment.ANSWERS)
    assert not fares(listing, "udp 10.0.0.1:80 10.0.0.2:1024", Moment.ANSWERS)


def test_a_drop_in_mangle_counts() -> None:
    text = "*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -j DROP\nCOMMIT\n" + CAMPUS
    listing = read(text.replace("*mangle", "*security", 1))
    assert not passes(listing, REGISTRATION[0])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CAMPUS[: len(CAMPUS) // 2], "ends before COMMIT|not a rule"),
        ("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", "no FORWARD chain"),
        ("", "empty"),
        ("\x00\x01\x02", "binary"),
        ("*filter\n:FORWARD DROP [0:0]\nhello\nCOMMIT\n", "not a rule"),
        ("ASA Version 9.1\n", "looks like a Cisco ASA"),
        ("hello world\n", "not a rule"),
        ("*filter\n:FORWARD DROP [0:0]\n--More--\nCOMMIT\n", "pager"),
    ],
)
def test_what_is_no_saved_ruleset_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("iptables", text)
