"""The gatekeeper with real handsets, on a link that loses datagrams, and under whatever may come."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.gatekeeper.config import (
    AddressPolicy,
    Expiry,
    GatekeeperConfig,
    Notification,
    NotificationKind,
    Since,
)
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    Command,
    DatagramReceived,
    Event,
    Keep,
    Machine,
    SendDatagram,
    StageFailed,
    StageReached,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.model.address import Address, TransportAddress, transport
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import (
    AVAYA_CONFIG,
    GATEKEEPER,
    GROUP,
    HANDSET,
    OTHER,
    PLAIN_CONFIG,
    Phone,
    answers,
    codes,
    expire,
    keeper,
)
from support.link import Link
from support.script import obey


def client(number: int, **fields: Any) -> RasClient:
    address = transport(f"10.2.0.{number}", 0).ip
    config = RasClientConfig(address, (GATEKEEPER,), str(2000 + number), "", **fields)
    return RasClient(config, Random(number))


def link(clients: Iterable[RasClient], machine: Gatekeeper, loss: float = 0.0, seed: int = 0) -> Link:
    dice = Random(seed)
    machines: dict[Address, Machine] = {GATEKEEPER.ip: machine}
    machines.update((one.local.ip, one) for one in clients)
    return Link(machines, passes=lambda _: dice.random() >= loss)


def plain_clients(count: int) -> list[RasClient]:
    return [client(number, dialect=PLAIN, family=PHONE_FAMILIES["h323"]) for number in range(1, count + 1)]


def test_handset_and_gatekeeper_register_and_stay_registered_for_a_day() -> None:
    config = GatekeeperConfig(GATEKEEPER.ip, {"2001": "1234"})
    phone = RasClient(RasClientConfig(HANDSET.ip, (GATEKEEPER,), "2001", "1234"), Random(1))
    machine = Gatekeeper(config, Random(2))
    network = Link({GATEKEEPER.ip: machine, HANDSET.ip: phone})
    network.run(86_400.0)
    assert phone.granted is not None
    assert phone.granted.since < 1.0
    assert network.said(StageFailed) == []
    grqs = [at for at, one in network.said(SendDatagram, HANDSET.ip) if is_grq(one)]
    assert len(grqs) == 72  # every 1200 s


def is_grq(command: Command) -> bool:
    return isinstance(command, SendDatagram) and isinstance(ras.decode(command.data), h225.GatekeeperRequest)


def test_an_outage_is_survived() -> None:
    phone = client(1, dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    machine = Gatekeeper(PLAIN_CONFIG, Random(2))
    network = link([phone], machine)
    network.run(100.0)
    network.passes = lambda _: False
    network.run(400.0)
    assert (phone.granted, len(machine.registrations)) == (None, 0)
    network.passes = lambda _: True
    network.run(430.0)
    assert [one.ras for one in machine.registrations] == [phone.local]


@pytest.mark.parametrize("seed", range(5))
def test_a_third_of_all_datagrams_lost_keeps_twenty_handsets_registered(seed: int) -> None:
    clients = plain_clients(20)
    machine = Gatekeeper(PLAIN_CONFIG, Random(2))
    network = link(clients, machine, loss=0.33, seed=seed)
    network.run(600.0)
    network.passes = lambda _: True
    network.run(700.0)
    assert all(one.granted is not None for one in clients)
    assert len(machine.registrations) == 20


@pytest.mark.parametrize("kind", list(NotificationKind))
def test_after_silence_the_gatekeeper_speaks_first_and_the_handset_hears(kind: NotificationKind) -> None:
    plan = Notification(600.0, kind)
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, notification=plan), Random(2)))
    network.run(650.0)
    reached = [at for at, one in network.said(StageReached, phone.local.ip) if stage_of(one) is Stage.NOTIFY]
    assert len(reached) == 1
    assert 600.0 < reached[0] < 601.0
    assert phone.granted is not None
    answered = [one for _, one in network.said(StageReached, GATEKEEPER.ip) if stage_of(one) is Stage.NOTIFY]
    assert len(answered) == (0 if kind is NotificationKind.NSM else 1)


def stage_of(command: Command) -> Stage | None:
    return command.stage if isinstance(command, StageReached | StageFailed) else None


def test_a_notification_that_is_not_answered_fails_the_stage() -> None:
    plan = Notification(60.0, NotificationKind.IRQ, Since.REGISTRATION)
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, notification=plan), Random(2)))
    network.run(30.0)
    network.passes = lambda sent: sent.source != GATEKEEPER
    network.run(100.0)
    failed = [stage_of(one) for _, one in network.said(StageFailed, GATEKEEPER.ip)]
    assert failed == [Stage.NOTIFY]
    asked = [at for at, one in network.said(SendDatagram, GATEKEEPER.ip) if at > 50.0]
    assert len(asked) == 3


def test_a_slow_gatekeeper_says_so_and_is_waited_for() -> None:
    phone = client(1)
    network = link([phone], Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, in_progress=20.0), Random(2)))
    network.run(30.0)
    assert phone.granted is not None
    sent = [
        ras.decode(one.data)
        for _, one in network.said(SendDatagram, GATEKEEPER.ip)
        if isinstance(one, SendDatagram)
    ]
    kinds = [type(message) for message in sent]
    assert kinds[:3] == [h225.GatekeeperConfirm, h225.RequestInProgress, h225.RegistrationConfirm]


def test_taken_ports_are_stepped_over() -> None:
    phone = client(1)
    taken = {TransportAddress(phone.local.ip, port) for port in (49300, 49301)}
    machine = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip), Random(2))
    network = link([phone], machine)
    network.taken = taken
    network.run(5.0)
    assert [one.ras.port for one in machine.registrations] == [49302]


def test_more_than_its_capacity_is_refused() -> None:
    machine = Gatekeeper(replace(PLAIN_CONFIG, capacity=3), Random(2))
    network = link(plain_clients(5), machine)
    network.run(5.0)
    assert len(machine.registrations) == 3


def test_a_registration_without_ttl_outlives_the_handsets_timer_and_ends_in_hours() -> None:
    machine = keeper()
    Phone(machine).boot()
    (one,) = machine.registrations
    assert 1200 < one.lifetime < inf
    assert codes(expire(machine, one.lifetime)) == ["TTL_EXPIRED"]


def datagrams() -> st.SearchStrategy[bytes]:
    phone = Phone(keeper())
    phone.discover()
    valid = [
        phone.rrq(),
        phone.channel.discover(GATEKEEPER, 0.0).octets,
        phone.channel.keep_alive(Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0), 60, 0.0).octets,
        phone.channel.leave(Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0), 0.0).octets,
        ras.encode(phone.channel.describe(5, Granted(GATEKEEPER, "1_endp", None, None, 60, 0.0))),
    ]

    def mangle(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
        mangled = bytearray(octets)
        for at, value in changes:
            mangled[at % len(mangled)] = value
        return bytes(mangled)

    changes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3)
    return st.one_of(st.binary(max_size=80), st.builds(mangle, st.sampled_from(valid), changes))


events: st.SearchStrategy[Event] = st.one_of(
    st.just(TimeUp()),
    st.builds(
        DatagramReceived, st.sampled_from([HANDSET, OTHER]), st.sampled_from([GATEKEEPER, GROUP]), datagrams()
    ),
)
CONFIGS = [
    AVAYA_CONFIG,
    replace(PLAIN_CONFIG, notification=Notification(7.0), multicast=True),
    replace(PLAIN_CONFIG, in_progress=2.0, addresses=AddressPolicy.AS_REGISTERED),
]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CONFIGS), st.lists(st.tuples(st.floats(0, 30), events), max_size=15))
def test_whatever_comes_the_laws_hold(config: GatekeeperConfig, story: list[tuple[float, Event]]) -> None:
    obey(keeper(config), story)


def test_once_after_registration_whatever_is_said_meanwhile() -> None:
    plan = Notification(100.0, NotificationKind.IRQ, Since.REGISTRATION)
    phone = client(1, dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    network = link([phone], Gatekeeper(replace(PLAIN_CONFIG, notification=plan), Random(2)))
    network.run(900.0)
    asked = [at for at, one in network.said(SendDatagram, GATEKEEPER.ip) if is_irq(one)]
    assert len(asked) == 1
    assert 100.0 < asked[0] < 101.0


def is_irq(command: Command) -> bool:
    return isinstance(command, SendDatagram) and isinstance(ras.decode(command.data), h225.InfoRequest)


def test_an_answer_of_somebody_else_does_not_settle_a_notification() -> None:
    plan = Notification(60.0, NotificationKind.IRQ, Since.REGISTRATION)
    machine = keeper(replace(AVAYA_CONFIG, notification=plan))
    phone = Phone(machine)
    granted = Granted(GATEKEEPER, phone.boot().endpointIdentifier, None, None, None, 0.0)
    ((_, irq),) = answers(machine.handle(TimeUp(), 60.0))
    assert isinstance(irq, h225.InfoRequest)
    irr = ras.encode(phone.channel.describe(irq.requestSeqNum, granted))
    machine.handle(DatagramReceived(OTHER, GATEKEEPER, irr), 61.0)
    assert answers(machine.handle(TimeUp(), 63.0)) == [(HANDSET, irq)]
    settled = machine.handle(DatagramReceived(HANDSET, GATEKEEPER, irr), 64.0)
    assert [type(one) for one in settled] == [StageReached]
    assert answers(machine.handle(TimeUp(), 70.0)) == []


def test_a_thousand_that_expire_at_once_do_not_keep_the_others_waiting() -> None:
    machine = keeper(replace(PLAIN_CONFIG, expiry=Expiry.SILENT))
    for number in range(1200):
        address = transport(f"10.3.{number >> 8}.{number & 255}", 49300)
        Phone(machine, address, str(3000 + number), password="", dialect=PLAIN).register(0.0)
    assert len(machine.registrations) == 1200
    late = machine.handle(TimeUp(), 1000.0)
    assert len([one for one in late if isinstance(one, Keep)]) == 500
    assert len(machine.registrations) == 700
    assert machine.deadline is not None
    assert 1000.0 < machine.deadline < 1000.1
    expire(machine, 1001.0)
    assert len(machine.registrations) == 0
