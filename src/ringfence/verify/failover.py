"""Fail-over: the first server of a list dies in the middle of a boot, and the next one takes over.

Whether it did is judged by packets: for files, names and gatekeepers by the same judge as any boot, who is
not shown what the dead server said; for DHCP, whose answers belong together from OFFER to renewal, by an ACK
of the living server that reached the phone or its relay agent after the death.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from ringfence.diagnosis.crossing import crossings
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.drivers.recording import RunRecording
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.site import Site
from ringfence.roles.network import HANDSET
from ringfence.roles.turns import Dying, ServerList, Turn, failovers, listed, of_turn
from ringfence.verify.inside_view import inside_view
from ringfence.verify.judging import expected_stages, judged
from ringfence.verify.report import FailoverResult, NetworkKind
from ringfence.verify.testbed import Testbed
from ringfence.verify.watch import reached_at
from ringfence.wire.dhcp import decode
from ringfence.wire.dhcp_options import MESSAGE_TYPE, DhcpMessageType


def prove_failovers(
    site: Site, testbeds: Sequence[Testbed], progress: Callable[[str], object]
) -> tuple[FailoverResult, ...]:
    """Every fail-over of the site's one group, with the rules that are loaded.

    All of them on the simulated network; on the kernel's the last of each list, at which most has to be done
    anew.
    """
    found = []
    every = failovers(site, expected_stages(site))
    last = {turn.dying.of: turn for turn in every if turn.dying is not None}
    for testbed in testbeds:
        for turn in every if testbed.kind is NetworkKind.SIMULATED else last.values():
            assert turn.dying is not None
            progress(f"{turn.dying.of} fails over after {turn.dying.after}")
            recording = testbed.boot(turn)
            found.append(_judged(of_turn(site, turn), testbed.kind, turn, turn.dying, recording))
    return tuple(found)


def _judged(
    site: Site, kind: NetworkKind, turn: Turn, dying: Dying, recording: RunRecording
) -> FailoverResult:
    servers = listed(site.groups[0], dying.of)
    dead, living = servers[0].address, servers[turn.numbers(dying.of)[-1]].address
    died_at = reached_at(recording.journal, HANDSET, dying.after)
    reason = ""
    if died_at is None:
        reason = f"{dying.after} was not reached"
    elif dying.of is ServerList.DHCP:
        if not _acknowledged(site, recording, living, died_at):
            reason = f"{living} never answered a renewal or a DISCOVER"
    else:
        failed = judged(site, kind, recording, dead).failed
        reason = f"{failed.stage} stops: {failed.dropped or failed.reason}" if failed else ""
    return FailoverResult(kind, dying.of.value, str(dead), str(living), dying.after, reason)


def _acknowledged(site: Site, recording: RunRecording, server: IPv4Address, after: float) -> bool:
    packets = inside_view(site, CapturedPackets.of(recording.frames).packets)
    return any(
        crossing.passed and crossing.time > after and _is_ack(crossing.packet.payload)
        for crossing in crossings(packets, both_sides=True)
        if crossing.packet.source == server and crossing.packet.source_port == DHCP_SERVER_PORT
    )


def _is_ack(octets: bytes) -> bool:
    try:
        return decode(octets).get(MESSAGE_TYPE) is DhcpMessageType.ACK
    except DecodeError:
        return False


def failover_reasons(results: Sequence[FailoverResult]) -> list[str]:
    """Why the site is not proved."""
    return [
        f"{each.network}: {each.servers} {each.dead} dies after {each.after}, and {each.living} does not "
        f"take over: {each.reason}"
        for each in results
        if each.reason
    ]
