"""Who is learnt to be what, where a capture holds more than a registration."""

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.capture.frame import Tap
from ringfence.diagnosis.explain import explain
from ringfence.learning.facts import UNKNOWN, Fact
from ringfence.learning.network import LeasedNetwork, overlap, zone_facts
from ringfence.learning.site import Learned, learn_site
from support.captures.capture_files import pcap
from support.captures.recorded_site import (
    GATEKEEPER,
    HANDSET,
    PUSH,
    SETTINGS,
    VOICE_GIADDR,
    Run,
    ask,
    boot,
    connect,
    fetch,
    gcf,
    grq,
    lease,
    nsm,
    rcf,
    rrq,
    segment,
    to_gatekeeper,
    to_handset,
    urq,
)

WEB = IPv4Address("10.1.0.80")
TLS_DATA = b"\x17\x03\x03\x00\x04data"


def learnt(run: Run, folder: Path) -> Learned:
    path = folder / "site.pcap"
    path.write_bytes(pcap([(each.time, each.data) for each in run.frames if each.tap == Tap.SERVERS]))
    return learn_site([explain([path])], "site")


def browse(run: Run, to: tuple[IPv4Address, int], asked: bytes, answers: int) -> None:
    here = (HANDSET, 42000 + to[1])
    assert connect(run, here, to)
    run.tcp(segment(here, to, PUSH, asked), by=Tap.HANDSETS)
    for number in range(answers):
        head = b"HTTP/1.1 200 OK\r\n\r\n" if asked.startswith(b"GET") and not number else b""
        said = head or (TLS_DATA if not asked.startswith(b"GET") else b"x" * 100)
        run.tcp(segment(to, here, PUSH, said), by=Tap.SERVERS)


@pytest.mark.parametrize(
    ("port", "asked"),
    [
        (80, b"GET /phone/app.wml?user=2001 HTTP/1.1\r\n\r\n"),
        (80, b"GET / HTTP/1.1\r\n\r\n"),
        (443, TLS_DATA),
    ],
    ids=["page", "root", "tls"],
)
def test_an_application_that_says_more_is_no_file_server(port: int, asked: bytes, tmp_path: Path) -> None:
    run = boot()
    browse(run, (WEB, port), asked, answers=50)
    fact = learnt(run, tmp_path).facts["file_server.address"]
    assert fact.value == "10.1.0.20"
    assert "the lease names it" in fact.note


@pytest.mark.parametrize("settings", [SETTINGS, "MCIPADD=10.1.0.30"], ids=["named", "unnamed"])
def test_pages_alone_make_no_file_server(settings: str, tmp_path: Path) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 2, settings=settings)
    browse(run, (WEB, 80), b"GET /index.html HTTP/1.1\r\n\r\n", answers=9)
    ask(run, grq(10), gcf(10))
    learned = learnt(run, tmp_path)
    assert "file_server.address" in learned.unknown
    assert "10.1.0.80:80 served no handset's files" in learned.facts["file_server.address"].note


def test_a_server_that_no_lease_names_is_known_by_what_is_asked_of_it(tmp_path: Path) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 2, settings="MCIPADD=10.1.0.30")
    browse(run, (WEB, 443), TLS_DATA, answers=9)
    fetch(run)
    learned = learnt(run, tmp_path)
    assert (learned.facts["file_server.address"].value, learned.facts["file_server.address"].assumed) == (
        "10.1.0.20",
        False,
    )


def test_what_cannot_be_seen_into_is_assumed_at_most(tmp_path: Path) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 2, settings="MCIPADD=10.1.0.30")
    browse(run, (WEB, 443), TLS_DATA, answers=9)
    fact = learnt(run, tmp_path).facts["file_server.address"]
    assert (fact.value, fact.assumed) == ("10.1.0.80", True)


@pytest.mark.parametrize(("said", "seen"), [(None, False), (nsm(900), True), (urq(901), True)])
def test_what_a_gatekeeper_opened_is_not_called_unseen(
    said: bytes | None, seen: bool, tmp_path: Path
) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 2)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))
    if said is not None:
        run.send(to_handset(said), by=Tap.SERVERS)
    notes = " ".join(learnt(run, tmp_path).unseen)
    assert ("sends first" not in notes) is seen


def test_an_answer_is_nothing_that_a_gatekeeper_opened(tmp_path: Path) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 2)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))
    run.send(to_gatekeeper(nsm(12)))
    run.send(to_handset(nsm(12)), by=Tap.SERVERS)
    assert "sends first" in " ".join(learnt(run, tmp_path).unseen)


@pytest.mark.parametrize(
    ("leased", "server", "said"),
    [
        ("10.1.0.32/27", "10.1.0.30", None),
        ("10.1.0.28/30", "10.1.0.26", "10.1.0.24/29 overlaps 10.1.0.28/30"),
        ("10.0.0.0/8", "10.1.0.30", "10.1.0.30 in the handsets' own network"),
    ],
)
def test_zones_that_overlap_are_said(leased: str, server: str, said: str | None) -> None:
    network = IPv4Network(leased)
    voice = LeasedNetwork(network, network[1], True, 0)
    given_facts = {"relay.uplink": Fact(UNKNOWN), "firewall.handset_side": Fact(UNKNOWN)}
    fact = zone_facts(given_facts, voice, None, {IPv4Address(server)})["zones.servers"]
    if said is None:
        listed = [IPv4Network(each) for each in yaml.safe_load(fact.value)]
        assert any(IPv4Address(server) in each for each in listed)
        assert not any(each.overlaps(network) for each in listed)
    else:
        assert fact.value == UNKNOWN
        assert said in fact.note


def test_leases_of_networks_in_each_other_are_said() -> None:
    outer, inner = IPv4Network("10.0.0.0/8"), IPv4Network("10.20.0.0/24")
    given_facts = {"relay.uplink": Fact(UNKNOWN), "firewall.handset_side": Fact(UNKNOWN)}
    facts = zone_facts(
        given_facts,
        LeasedNetwork(inner, inner[1], True, 20),
        LeasedNetwork(outer, outer[1], True, 0),
        {IPv4Address("192.0.2.7")},
    )
    assert facts["zones.handsets"].value == UNKNOWN
    assert "10.20.0.0/24 overlaps 10.0.0.0/8" in facts["zones.handsets"].note


def test_a_relay_that_asks_from_a_leased_network_makes_no_zone_of_its_own() -> None:
    network = IPv4Network("10.20.0.0/24")
    voice = LeasedNetwork(network, network[1], True, 0)
    known = {"relay.uplink": Fact("10.20.0.1"), "firewall.handset_side": Fact("10.20.0.2")}
    facts = zone_facts(known, voice, None, {GATEKEEPER})
    assert facts["zones.handsets"].value == "[10.20.0.0/24]"


NETWORKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0x0A000000, 0x0A00FFFF),
    st.integers(16, 32),
)


@given(st.lists(NETWORKS, max_size=6))
def test_an_overlap_is_found_when_there_is_one(networks: list[IPv4Network]) -> None:
    found = overlap(networks)
    assert (found is not None) is any(one.overlaps(other) for one, other in combinations(networks, 2))
    assert found is None or found[0].subnet_of(found[1])
