"""The kernel's Q.931 and H.245 helpers do to every segment what their model does, pinhole for pinhole."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

import pytest

from ringfence.lab.expectations import Expectations
from ringfence.lab.nat_text import helper_text
from ringfence.lab.nft import NftError
from ringfence.lab.topology import Lab
from ringfence.model.address import TransportAddress
from ringfence.model.nat import NatRule
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire import tpkt
from ringfence.wire.h225.call_signalling import H323messagebody
from support.firewalls.filter_tables import EVERYTHING
from support.lab import call_messages as say
from support.lab.helper_worlds import NATS, KernelWorld, SimulatedWorld
from support.lab.ras_worlds import World
from support.lab.translating import CORE, LAB, TranslatingKernel

pytestmark = pytest.mark.kernel

PHONE, GATEKEEPER = IPv4Address("10.20.0.49"), IPv4Address("10.30.0.10")
THIRD = IPv4Address("10.30.0.9")
_SYN, _ACK = TcpFlags.SYN, TcpFlags.ACK
LENGTHS = (None, 1, 8, 9, 12, 16, 17, 22, 23, 24, 32, 40)


class Connection:
    """One TCP connection of a world, opened by the phone or towards where it can be called."""

    def __init__(self, world: World, opener: TransportAddress, to: TransportAddress) -> None:
        self._world = world
        self._ends = opener, to
        first = world.forwards(self._segment(opener, to, _SYN))
        assert first is not None
        # Each side knows the other by what arrived.
        self._seen = TransportAddress(first.source, first.source_port)
        self._reached = TransportAddress(first.destination, first.destination_port)
        world.forwards(self._segment(self._reached, self._seen, _SYN | _ACK))
        world.forwards(self._segment(opener, to, _ACK))

    def says(self, octets: bytes, *, opener: bool) -> Packet | None:
        source, to = self._ends if opener else (self._reached, self._seen)
        return self._world.forwards(self._segment(source, to, _ACK | TcpFlags.PSH, octets))

    def names(self, *, opener: bool) -> tuple[TransportAddress, TransportAddress]:
        """A side's own address and what it calls the other."""
        return self._ends if opener else (self._reached, self._seen)

    @staticmethod
    def _segment(
        source: TransportAddress, to: TransportAddress, flags: TcpFlags, octets: bytes = b""
    ) -> Packet:
        return Packet(Protocol.TCP, source.ip, source.port, to.ip, to.port, flags, octets)


def message(random: Random, own: TransportAddress, to: TransportAddress, *, opener: bool) -> bytes:
    """Any one of the messages that matter, from this side."""
    host = random.choice((own.ip, own.ip, own.ip, THIRD))
    rtp = TransportAddress(host, random.choice((5000, 5002, 5010, 5020, 5030, 5040)))
    h245 = TransportAddress(host, random.choice((6000, 6001)))
    media, control = random.choice((rtp, None)), random.choice((h245, None))
    tunnelling = random.choice((True, False, None))
    tunnelled = random.choice((None, [say.open_channel(rtp)])) if tunnelling else None
    match random.randrange(5):
        case 0:
            body = say.setup(own, to, media, control)
            length = random.choice(LENGTHS)
            if length is not None:
                body, tunnelled = say.with_identifier(body, "x" * length), None
            chosen: H323messagebody = ("setup", body)
        case 1:
            chosen = ("callProceeding", say.proceeding(media, control))
        case 2:
            # With additions it is read or not by what happens to stand behind it: let nothing.
            additions = random.choice((True, False))
            tunnelling, tunnelled = (None, None) if additions else (tunnelling, tunnelled)
            chosen = ("connect", say.connect(control, media, additions=additions))
        case 3:
            chosen = ("facility", say.facility(media))
        case _:
            chosen = ("progress", say.progress(media, control))
    return say.tpkt_of(chosen, from_destination=not opener, tunnelling=tunnelling, control=tunnelled)


def words(left: Packet | None) -> Packet | None:
    """The packet; a port that a firewall chose for media is any."""
    media = left is not None and left.protocol is Protocol.UDP and left.source_port != 7000
    return replace(left, source_port=0) if left is not None and media else left


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[TranslatingKernel, Expectations]]:
    with Lab(LAB) as lab:
        built = TranslatingKernel(lab)
        expectations = Expectations(lab["firewall"])
        lab.on_close(expectations.close)
        try:
            built.load(EVERYTHING, (), helper_text((1719,), (1720,)))
        except NftError as error:
            pytest.skip(f"this kernel has no H.323 helper: {error}")
        yield built, expectations


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", NATS)
def test_any_call_signalling_is_read_alike(
    kernel: tuple[TranslatingKernel, Expectations], name: str, seed: int
) -> None:
    rules = (NatRule(nat, (CORE,)),) if (nat := NATS[name]) else ()
    kernel[0].load(EVERYTHING, rules, helper_text((1719,), (1720,)))
    worlds: tuple[World, World] = KernelWorld(*kernel), SimulatedWorld(rules)
    random = Random(seed)
    phone, gatekeeper = TransportAddress(PHONE, 3333), TransportAddress(GATEKEEPER, 1720)
    told, ours = (Connection(world, phone, gatekeeper) for world in worlds)
    for step in range(25):
        opener = random.choice((True, False))
        if random.random() < 0.2 and worlds[0].pinholes():
            _, peer, to, port = random.choice(sorted(worlds[0].pinholes()))
            other = THIRD if peer in CORE else PHONE + 1
            came = Packet(Protocol.UDP, random.choice((peer, peer, other)), 7000, to, port, payload=b"rtp")
            theirs, mine = (world.forwards(came) for world in worlds)
        else:
            octets = message(random, *told.names(opener=opener), opener=opener)
            if random.random() < 0.2:
                octets += message(random, *told.names(opener=opener), opener=opener)
            theirs, mine = (each.says(octets, opener=opener) for each in (told, ours))
        assert words(theirs) == words(mine), step
        assert worlds[0].pinholes() == worlds[1].pinholes(), step


def test_the_connection_that_an_h245_address_announced_is_read_as_h245(
    kernel: tuple[TranslatingKernel, Expectations],
) -> None:
    nat = NATS["one-to-one"]
    assert nat is not None
    rules = (NatRule(nat, (CORE,)),)
    kernel[0].load(EVERYTHING, rules, helper_text((1719,), (1720,)))
    worlds: tuple[World, World] = KernelWorld(*kernel), SimulatedWorld(rules)
    phone, gatekeeper = TransportAddress(PHONE, 3333), TransportAddress(GATEKEEPER, 1720)
    announced = say.setup(phone, gatekeeper, None, TransportAddress(PHONE, 6000))
    octets = say.tpkt_of(("setup", announced), from_destination=False, tunnelling=None, control=None)
    outside = TransportAddress(nat.outward(PHONE), 6000)
    found = []
    for world in worlds:
        Connection(world, phone, gatekeeper).says(octets, opener=True)
        control = Connection(world, TransportAddress(GATEKEEPER, 6666), outside)
        said = [
            control.says(tpkt.frame(make(TransportAddress(host, port))), opener=opener)
            for make, host, port, opener in (
                (say.open_channel, PHONE, 5000, False),
                (say.acknowledge, PHONE, 5010, False),
                (say.open_channel, GATEKEEPER, 5020, True),
                (say.acknowledge, THIRD, 5030, True),
            )
        ]
        found.append((said, world.pinholes()))
    assert found[0] == found[1]
    assert {port for _, _, to, port in found[0][1] if to == outside.ip} == {5000, 5001, 5010, 5011}
