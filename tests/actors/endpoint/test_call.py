"""Calls between two endpoints and their gatekeeper, and an endpoint's own conduct towards strange peers."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Machine, Noted, OpenStream, SendDatagram, SendStream
from ringfence.actors.ras.dialect import AVAYA, PHONE_FAMILIES, PLAIN, Dialect
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.model.address import Address, TransportAddress, transport
from ringfence.wire import call_signalling, ras, tpkt
from support.link import Link

GATEKEEPER = transport("10.1.0.30", 1719)
ANN, BOB = transport("10.2.0.21", 1720).ip, transport("10.2.0.22", 1720).ip
PLAN = CallPlan("4712", hold=5.0)
ROUTED = RouterConfig()


def endpoint(address: Address, extension: str, plan: CallPlan, dialect: Dialect = PLAIN) -> Endpoint:
    config = RasClientConfig(
        address, (GATEKEEPER,), extension, dialect=dialect, family=PHONE_FAMILIES["h323"]
    )
    return Endpoint(config, Random(int(extension)), calls=plan)


def site(
    ann: CallPlan = PLAN,
    bob: CallPlan | None = None,
    *,
    calls: RouterConfig | None = ROUTED,
    dialect: Dialect = PLAIN,
) -> tuple[Link, Endpoint, Endpoint]:
    gatekeeper = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, dialect=dialect, calls=calls), Random(1))
    called = endpoint(BOB, "4712", bob or replace(ann, call=""), dialect)
    caller = endpoint(ANN, "4711", ann, dialect)
    # Bob registers first, or Ann would call nobody.
    return Link({BOB: called, GATEKEEPER.ip: gatekeeper, ANN: caller}), caller, called


def ras_names(link: Link, who: Address) -> list[str]:
    messages = (one for _, one in link.said(SendDatagram, who) if isinstance(one, SendDatagram))
    return [type(ras.decode(one.data)).__name__ for one in messages]


def signal_names(link: Link, who: Address) -> list[str]:
    streams = (one.data for _, one in link.said(SendStream, who) if isinstance(one, SendStream))
    names = []
    for octets in streams:
        for message in tpkt.split(octets)[0]:
            names.append(call_signalling.decode(message).name)
    return names


def findings(link: Link, who: Address) -> list[str]:
    return [one.finding.sentence for _, one in link.said(Noted, who) if isinstance(one, Noted)]


@pytest.mark.parametrize("routed", [True, False])
@pytest.mark.parametrize("dialect", [PLAIN, AVAYA])
@pytest.mark.parametrize(("fast_start", "tunnelling"), [(True, True), (True, False), (False, True)])
def test_a_call_is_made_and_ended(fast_start: bool, tunnelling: bool, dialect: Dialect, routed: bool) -> None:
    plan = CallPlan("4712", hold=5.0, fast_start=fast_start, tunnelling=tunnelling)
    # A pre-grant is to call by way of the gatekeeper; whoever gives it has to route.
    calls = ROUTED if routed or dialect is AVAYA else None
    link, caller, called = site(plan, dialect=dialect, calls=calls)
    link.run(5.0)
    for side in (caller, called):
        assert side.call is not None
        assert (side.call.connected, side.call.media, side.call.ended) == (True, True, "")
    link.run(30.0)
    assert caller.call is not None
    assert called.call is not None
    assert caller.call.ended == "hung up here"
    assert called.call.ended == "released by the peer: undefinedReason, cause 16"
    assert (caller.call.peer, called.call.peer) == ("4712", "4711")
    wanted = [] if dialect is AVAYA else ["AdmissionRequest", "DisengageRequest"]
    for who in (ANN, BOB):
        calls_of = [name for name in ras_names(link, who) if name in {"AdmissionRequest", "DisengageRequest"}]
        assert calls_of == wanted
    opened = [one.destination for _, one in link.said(OpenStream, ANN) if isinstance(one, OpenStream)]
    assert opened == [TransportAddress(GATEKEEPER.ip if calls else BOB, 1720)]
    assert findings(link, ANN) == findings(link, BOB) == []


@pytest.mark.parametrize(("caller_port", "called_port"), [(0, 30000), (30000, 0), (30000, 30000)])
def test_h245_has_a_connection_of_its_own(caller_port: int, called_port: int) -> None:
    """Neither tunnels nor connects fast: one of them, or both, say where H.245 is awaited."""
    mine = CallPlan("4712", hold=5.0, fast_start=False, tunnelling=False, h245_port=caller_port)
    theirs = CallPlan(fast_start=False, tunnelling=False, h245_port=called_port)
    link, caller, called = site(mine, theirs)
    link.run(5.0)
    for side in (caller, called):
        assert side.call is not None
        assert (side.call.connected, side.call.media) == (True, True)
    link.run(30.0)
    assert caller.call is not None
    assert caller.call.ended == "hung up here"
    assert findings(link, ANN) == findings(link, BOB) == []


def test_the_ladder_of_the_called_side() -> None:
    link, _, _ = site()
    link.run(30.0)
    assert signal_names(link, BOB) == ["CallProceeding", "Alerting", "Connect"]
    assert signal_names(link, ANN) == ["Setup", "ReleaseComplete"]


def test_a_number_that_nobody_has_is_rejected_by_the_gatekeeper() -> None:
    link, caller, _ = site(CallPlan("9999"))
    link.run(10.0)
    assert caller.call is not None
    assert "calledPartyNotRegistered" in caller.call.ended
    assert any("calledPartyNotRegistered" in sentence for sentence in findings(link, ANN))


def test_the_called_side_hangs_up() -> None:
    link, caller, called = site(CallPlan("4712", hold=None))
    link.run(5.0)
    link.cut(BOB)
    link.run(6.0)
    assert caller.call is not None
    assert caller.call.ended == "released by the peer: undefinedReason, cause 41"
    assert called.call is not None
    assert "lost" in called.call.ended


def test_a_second_caller_hears_busy() -> None:
    third = transport("10.2.0.23", 1720).ip
    gatekeeper = Gatekeeper(GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, calls=ROUTED), Random(1))
    machines: dict[Address, Machine] = {
        BOB: endpoint(BOB, "4712", CallPlan()),
        GATEKEEPER.ip: gatekeeper,
        ANN: endpoint(ANN, "4711", CallPlan("4712", hold=None)),
        third: (late := endpoint(third, "4713", CallPlan("4712"))),
    }
    link = Link(machines)
    link.run(20.0)
    assert late.call is not None
    assert late.call.ended == "released by the peer: inConf, cause 17"


def test_ringing_without_end_is_given_up() -> None:
    link, caller, _ = site(CallPlan("4712"), CallPlan(ring=1000.0))
    link.run(300.0)
    assert caller.call is not None
    assert not caller.call.connected
    assert caller.call.ended


def test_the_loss_of_the_registration_ends_the_call() -> None:
    config = GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, calls=ROUTED, time_to_live=10)
    caller, called = endpoint(ANN, "4711", CallPlan("4712", hold=None)), endpoint(BOB, "4712", CallPlan())
    link = Link({BOB: called, GATEKEEPER.ip: Gatekeeper(config, Random(1)), ANN: caller})
    link.run(5.0)
    assert caller.call is not None
    assert caller.call.connected
    # The gatekeeper hears its keep-alives and does not end the call; they are not answered.
    link.passes = lambda sent: sent.destination.ip == GATEKEEPER.ip
    link.run(60.0)
    assert caller.granted is None
    assert caller.call.ended == "the registration was lost"


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_spoilt_octets_neither_raise_nor_leave_a_call_hanging(seed: int) -> None:
    random = Random(seed)
    link, caller, called = site(CallPlan("4712", hold=None), CallPlan(hold=None))

    def spoil(octets: bytes) -> bytes:
        spoilt = bytearray(octets)
        for _ in range(random.randrange(3)):
            spoilt[random.randrange(4, len(spoilt))] ^= 1 << random.randrange(8)
        return bytes(spoilt)

    perform = link._perform

    def mangled(address: Address, command: object) -> None:
        if isinstance(command, SendStream) and len(command.data) > 4:
            command = SendStream(command.stream, spoil(command.data))
        perform(address, command)  # type: ignore[arg-type]

    link._perform = mangled  # type: ignore[method-assign]
    link.run(400.0)
    assert caller.granted is not None
    assert called.granted is not None
    # Neither is stuck in a call that cannot end by itself, unless it was connected.
    for side in (caller, called):
        assert side.call is None or side.call.connected or side.call.ended
