"""The connection table grows old on request, entry by entry as the kernel would do it."""

import select
import socket
from collections.abc import Iterator

import pytest

from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nft import Nft
from ringfence.lab.topology import Lab
from support.lab.firewalls import ESTABLISHED, RAS, RAS_RULE, arrives, ruleset, udp
from support.lab.sites import GATEKEEPER, PHONE, branch_office

pytestmark = pytest.mark.kernel

SIGNALLING = f'ip saddr {GATEKEEPER.ip} tcp sport 61440-61444 tcp dport 1720 accept comment "signalling"'


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(branch_office()) as built:
        nft = Nft(built["firewall"])
        nft.apply(ruleset(ESTABLISHED, RAS_RULE, SIGNALLING))
        nft.close()
        yield built


@pytest.fixture
def conntrack(lab: Lab) -> Iterator[Conntrack]:
    table = Conntrack(lab["firewall"])
    yield table
    table.close()


def test_a_udp_request_is_forgotten_after_30_s_while_tcp_stays(lab: Lab, conntrack: Conntrack) -> None:
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    with (
        lab["phone"].socket(socket.AF_INET, socket.SOCK_STREAM) as listener,
        lab["gatekeeper"].socket(socket.AF_INET, socket.SOCK_STREAM) as caller,
    ):
        listener.bind((str(PHONE.ip), 1720))
        listener.listen()
        caller.bind((str(GATEKEEPER.ip), 61440))
        caller.connect_ex((str(PHONE.ip), 1720))
        assert select.select([listener], [], [], 2)[0]
        accepted, _ = listener.accept()
        assert arrives(phone, gatekeeper)
        conntrack.age(29.5)
        assert {entry.protocol for entry in conntrack.dump()} == {6, 17}
        assert arrives(gatekeeper, phone)
        # That answer was a packet like any other: another 30 s begin.
        conntrack.age(30.5)
        assert not arrives(gatekeeper, phone)
        conntrack.age(100_000)
        with accepted:
            accepted.send(b"alive")
            assert select.select([caller], [], [], 2)[0]


def test_many_short_steps_are_one_long_one(lab: Lab, conntrack: Conntrack) -> None:
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    assert arrives(phone, gatekeeper)
    for _ in range(59):
        conntrack.age(0.49)
    assert len(conntrack.dump()) == 1
    for _ in range(4):
        conntrack.age(0.49)
    assert conntrack.dump() == []


def test_an_answered_flow_older_than_two_seconds_lives_120_s(lab: Lab, conntrack: Conntrack) -> None:
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    assert arrives(phone, gatekeeper)
    assert arrives(gatekeeper, phone)
    conntrack.age(20)
    assert arrives(phone, gatekeeper)
    conntrack.age(118)
    assert arrives(gatekeeper, phone)
    conntrack.age(121)
    assert not arrives(gatekeeper, phone)


def test_flush_forgets_everything(lab: Lab, conntrack: Conntrack) -> None:
    phone, gatekeeper = udp(lab, "phone", PHONE.ip, 49300), udp(lab, "gatekeeper", GATEKEEPER.ip, RAS)
    assert arrives(phone, gatekeeper)
    (entry,) = conntrack.dump()
    assert (entry.original.source, entry.original.source_port) == (PHONE.ip, 49300)
    assert (entry.reply.source, entry.reply.source_port) == (GATEKEEPER.ip, RAS)
    conntrack.flush()
    assert conntrack.dump() == []
    assert not arrives(gatekeeper, phone)


def test_a_forgotten_tcp_connection_stays_forgotten(lab: Lab, conntrack: Conntrack) -> None:
    """By default the kernel picks a connection up again in the middle."""
    nft = Nft(lab["firewall"])
    lab.on_close(nft.close)
    with (
        lab["phone"].socket(socket.AF_INET, socket.SOCK_STREAM) as listener,
        lab["gatekeeper"].socket(socket.AF_INET, socket.SOCK_STREAM) as caller,
    ):
        listener.bind((str(PHONE.ip), 1720))
        listener.listen()
        caller.bind((str(GATEKEEPER.ip), 61440))
        caller.connect_ex((str(PHONE.ip), 1720))
        assert select.select([listener], [], [], 2)[0]
        accepted, _ = listener.accept()
        with accepted:
            nft.apply(ruleset(ESTABLISHED, "ct state new tcp dport 1720 accept"))
            conntrack.flush()
            caller.send(b"lost")
            assert not select.select([accepted], [], [], 0.05)[0]
            assert conntrack.dump() == []
