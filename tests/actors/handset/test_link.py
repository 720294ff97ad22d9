"""A registered handset that loses its link or its gatekeeper, in virtual time."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors import journal
from ringfence.actors.dhcp.client_states import AfterLink, ClientSettings
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    CloseStream,
    Command,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    StageFailed,
    StageReached,
    StopListening,
    StreamAccepted,
    StreamClosed,
)
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.links import cable, choosing
from ringfence.model.address import TransportAddress
from ringfence.model.site import CallControl
from ringfence.model.stage import Stage
from ringfence.wire import dhcp, ras
from support.actors.handset_boot import MAC, OPTION, SERVER, SPARE, Boot

ENDS = (CloseStream, StopListening, RemoveAddress)


def registered(control: CallControl, option: str = OPTION, **details: Any) -> Boot:
    """Well after power-up, with everything before forgotten."""
    boot = Boot(control, option, **details)
    assert boot.run(60, lambda: Stage.SIGNAL in boot.reached())
    boot.run(10)
    boot.entries.clear()
    return boot


def said(boot: Boot) -> list[str]:
    """What the handset sent by DHCP and RAS, in order."""
    return [name(sent) for sent in boot.commands(SendDatagram)]


def name(sent: SendDatagram) -> str:
    if sent.destination.port == 67:
        kind = dhcp.decode(sent.data).message_type
        return kind.name if kind is not None else "BOOTP"
    return type(ras.decode(sent.data)).__name__


def bounce(boot: Boot, seconds: float) -> None:
    boot.network.unplug("handset")
    boot.run(seconds)
    boot.network.plug("handset")


def taken_down(boot: Boot) -> list[Command]:
    return [command for kind in ENDS for command in boot.commands(kind)]


def is_ras(frame: Frame) -> bool:
    """The gatekeeper is deaf, while the call's connection lives."""
    match frame.content:
        case IpPacket(packet=packet):
            return 1719 in {packet.source_port, packet.destination_port}
        case _:
            return False


def happened(boot: Boot, kind: type) -> int:
    return sum(isinstance(entry.event, kind) for entry in boot.entries)


def test_a_short_loss_keeps_the_call_and_registers_again_with_the_same_gatekeeper() -> None:
    boot = registered(CallControl.HANDSET)
    bounce(boot, 5.0)
    boot.run(30)
    assert said(boot) == ["REQUEST", "GatekeeperRequest", "RegistrationRequest"]
    assert taken_down(boot) == boot.commands(OpenStream) == boot.commands(StageFailed) == []
    assert happened(boot, StreamClosed) == 0


def test_with_time_to_service_a_loss_leads_to_no_registration() -> None:
    boot = registered(CallControl.GATEKEEPER)
    bounce(boot, 5.0)
    boot.run(30)
    assert said(boot) == ["REQUEST"]
    assert taken_down(boot) == []
    assert happened(boot, StreamClosed) == happened(boot, StreamAccepted) == 0


def test_unless_it_is_told_to() -> None:
    boot = registered(CallControl.GATEKEEPER, register_after_link=True)
    bounce(boot, 5.0)
    boot.run(30)
    assert said(boot) == ["REQUEST", "GatekeeperRequest", "RegistrationRequest"]


def test_with_time_to_service_the_gatekeeper_rebuilds_the_socket_and_nothing_else() -> None:
    boot = registered(CallControl.GATEKEEPER)
    bounce(boot, 120.0)
    boot.run(60)
    # Both ends have found out by keep-alive, in 45 s; the gatekeeper opens as soon as it gets through.
    assert happened(boot, StreamClosed) == happened(boot, StreamAccepted) == 1
    assert [failed.stage for failed in boot.commands(StageFailed)] == [Stage.SIGNAL]
    assert boot.reached().count(Stage.SIGNAL) == 1
    assert said(boot) == ["REQUEST"]
    assert boot.commands(StopListening) == []


def test_nothing_is_asked_of_the_gatekeeper_before_the_address_is_confirmed() -> None:
    boot = registered(CallControl.HANDSET)
    boot.network.power_off("router")  # the relay agent, and every way out
    bounce(boot, 5.0)
    boot.run(20)
    assert set(said(boot)) == {"REQUEST"}
    boot.run(60)
    assert "DHCP_LEASE_UNCONFIRMED" in boot.findings()
    assert "GatekeeperRequest" in said(boot)


def test_a_link_that_goes_again_is_not_taken_for_one_that_is_back() -> None:
    boot = registered(CallControl.HANDSET)
    boot.network.power_off("router")
    bounce(boot, 5.0)
    boot.run(2)
    boot.network.unplug("handset")
    boot.run(120)
    assert "DHCP_LEASE_UNCONFIRMED" in boot.findings()
    assert set(said(boot)) == {"REQUEST"}
    assert boot.handset.granted is not None


def test_an_address_given_up_takes_everything_with_it() -> None:
    settings = ClientSettings(MAC, interface="eth0", after_link=AfterLink.DISCOVER)
    boot = registered(CallControl.HANDSET, dhcp=settings)
    bounce(boot, 5.0)
    assert boot.run(60, lambda: Stage.SIGNAL in boot.reached())
    assert said(boot)[:4] == ["DISCOVER", "REQUEST", "GatekeeperRequest", "RegistrationRequest"]
    assert len(boot.commands(RemoveAddress)) == 1
    assert len(boot.commands(CloseStream)) >= 1


@pytest.mark.parametrize("control", [CallControl.GATEKEEPER, CallControl.HANDSET])
def test_a_lost_primary_is_searched_for_75_seconds_and_only_then_the_call_ends(control: CallControl) -> None:
    boot = registered(control, OPTION.replace(str(SERVER), f"{SERVER},{SPARE}", 1))
    spare = GatekeeperConfig(SPARE, {"2001": "1234"}, signalling=boot.signalling)
    boot.network.attach("spare", Gatekeeper(spare, Random(3)))
    boot.network.set_link("server", "eth0", choosing(cable, lambda frame: not is_ras(frame)))
    at_spare = TransportAddress(SPARE, 1719)
    assert boot.run(
        3600, lambda: boot.handset.granted is not None and boot.handset.granted.gatekeeper == at_spare
    )
    asked = [
        (entry.time, command.destination.ip)
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, SendDatagram) and command.destination.port == 1719
    ]
    first = next(time for time, whom in asked if whom == SERVER)
    then = next(time for time, whom in asked if whom == SPARE)
    assert 75 <= then - first <= 75 + 15  # the last three tries run out first
    ended = [entry.time for entry in boot.entries if any(isinstance(c, ENDS) for c in entry.commands)]
    assert min(ended) >= first + 75
    assert boot.run(30, lambda: Stage.SIGNAL in boot.reached())


def signalling(boot: Boot) -> bool:
    """What was said of it last is that it works."""
    said_of_it = [
        command
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, StageReached | StageFailed) and command.stage is Stage.SIGNAL
    ]
    return bool(said_of_it) and isinstance(said_of_it[-1], StageReached)


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([CallControl.GATEKEEPER, CallControl.HANDSET]),
    st.lists(st.floats(0.001, 150.0), max_size=8),
)
def test_however_the_link_flaps_it_comes_back_and_the_journal_replays(
    control: CallControl, waits: list[float]
) -> None:
    boot = Boot(control)
    for wait in waits:
        boot.network.unplug("handset")
        boot.run(wait)
        boot.network.plug("handset")
        boot.run(wait / 2)
    assert boot.run(900, lambda: boot.handset.granted is not None and signalling(boot))
    lines = [journal.encode_entry(entry) for entry in boot.entries]
    assert journal.replay(boot.fresh(), journal.read_entries(lines)) is None
