"""Each kind of failure, made in the simulator and captured, is explained by its own stage and cause."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from random import Random

import msgspec
import pytest

import recorded_site
from example_sites import example, varied
from ringfence.actors.io import Command, Listen, SendDatagram, SendStream
from ringfence.capture.explain import Explained, explain
from ringfence.capture.frame import TappedFrame
from ringfence.capture.legs import Leg, Remedy, legs, missing_rules
from ringfence.capture.ras_view import ras_view
from ringfence.capture.timeline import State, Verdict
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.links import cable, choosing, doubling, lossy, slow
from ringfence.model.errors import DecodeError
from ringfence.model.packet import ECHO_REPLY, Packet, Protocol, TcpFlags
from ringfence.model.registration import flows
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.verify.probes import covers
from ringfence.verify.site_network import DHCP_SERVER, FILE_SERVER, HANDSET, ROUTER
from ringfence.wire import dhcp, ras
from ringfence.wire.dhcp_options import LEASE_TIME, SITE_242, MessageType
from ringfence.wire.ethernet import EthernetFrame, encode_ethernet
from ringfence.wire.frame import dissect
from ringfence.wire.h225.ras_registration import RegistrationRequest
from ringfence.wire.icmp import quoting
from ringfence.wire.ipv4 import encode_ipv4
from simulated_failures import (
    BOOT,
    RENEWALS,
    Cast,
    Frames,
    Scene,
    Tampered,
    files,
    is_udp,
    packets,
    play,
    readdressed,
    replaced,
)

HANDSET_IP = IPv4Address("10.20.0.128")
GATEKEEPER_IP = IPv4Address("10.1.0.30")
GATEKEEPER = "gatekeeper-1"
OUTSIDE = IPv4Address("198.51.100.7")
BOTH = ("handsets", "servers")


@dataclass(frozen=True)
class Case:
    """`stage` None: the code is about the capture or the whole dialogue. `remedy`: of the lost leg."""

    scene: Scene
    code: str
    stage: Stage | None = None
    verdict: Verdict | None = None
    sides: tuple[str, ...] = BOTH
    remedy: Remedy | None = None
    says: str = ""
    snap: int = 262144


def tampered(node: str, change: Callable[[Command], Command | None]) -> Callable[[Cast], None]:
    def recast(machines: Cast) -> None:
        machines[node] = Tampered(machines[node], change)

    return recast


def datagrams(change: Callable[[bytes], bytes | None]) -> Callable[[Command], Command | None]:
    """`change` sees what is sent over UDP; None: it is never sent."""

    def changed(command: Command) -> Command | None:
        if not isinstance(command, SendDatagram):
            return command
        data = change(command.data)
        return None if data is None else msgspec.structs.replace(command, data=data)

    return changed


def streams(change: Callable[[bytes], bytes | None]) -> Callable[[Command], Command | None]:
    def changed(command: Command) -> Command | None:
        if not isinstance(command, SendStream):
            return command
        data = change(command.data)
        return None if data is None else msgspec.structs.replace(command, data=data)

    return changed


def dhcp_options(change: Callable[[int, bytes], bytes | None]) -> Callable[[Cast], None]:
    """The DHCP server's options; None: left out."""

    def changed(data: bytes) -> bytes:
        try:
            message = dhcp.decode(data)
        except DecodeError:
            return data
        kept = [(code, change(code, value)) for code, value in message.options]
        options = tuple((code, value) for code, value in kept if value is not None)
        return dhcp.encode(replace(message, options=options))

    return tampered(DHCP_SERVER, datagrams(changed))


def without_option(code: int) -> Callable[[Cast], None]:
    return dhcp_options(lambda each, value: None if each == code else value)


def phone_option(old: bytes, new: bytes) -> Callable[[Cast], None]:
    return dhcp_options(lambda code, value: value.replace(old, new) if code == SITE_242.code else value)


def nak(data: bytes) -> bytes:
    message = dhcp.decode(data)
    if message.message_type != MessageType.ACK:
        return data
    refusal = tuple(
        (code, bytes([MessageType.NAK]) if code == 53 else value) for code, value in message.options
    )
    return dhcp.encode(replace(message, options=refusal, yiaddr=IPv4Address(0)))


def answering(confirm: str, reject: Callable[[int], bytes]) -> Callable[[Cast], None]:
    """The gatekeeper says no where it would have said yes."""

    def changed(data: bytes) -> bytes:
        view = ras_view(data)
        return reject(view.number) if view is not None and view.message == confirm else data

    return tampered(GATEKEEPER, datagrams(changed))


def lost(passes: Callable[[Packet], bool]) -> Callable[[Frame], tuple[float, ...]]:
    """A cable that loses what `passes` says no to."""

    def carries(frame: Frame) -> bool:
        return not isinstance(frame.content, IpPacket) or passes(frame.content.packet)

    return choosing(cable, carries)


def poor(seed: int) -> Callable[[Frame], tuple[float, ...]]:
    """One frame in ten lost, some twice, all late."""
    random = Random(seed)
    return slow(doubling(lossy(cable, 0.1, random), 0.05, random), 0.02, 0.05, random)


def gone(*nodes: str) -> Callable[[Cast], None]:
    def recast(machines: Cast) -> None:
        for node in nodes:
            del machines[node]

    return recast


def http(old: bytes, new: bytes) -> Callable[[Cast], None]:
    return tampered(FILE_SERVER, streams(lambda data: data.replace(old, new, 1)))


def translated(packet: Packet, tap: str) -> Packet:
    """On the server side the handset is another address, and RAS comes from another port."""
    if tap != "servers":
        return packet
    return readdressed(
        packet, HANDSET_IP, OUTSIDE, {49300: 1024} if packet.protocol is Protocol.UDP else None
    )


def inspected(packet: Packet, tap: str) -> Packet:
    """The same, by a firewall that also rewrites what RRQ says."""
    moved = translated(packet, tap)
    if moved is packet or not is_udp(packet, 1719) or packet.source != HANDSET_IP:
        return moved
    message = ras.decode(packet.payload)
    if not isinstance(message, RegistrationRequest):
        return moved
    outside = [recorded_site.address(OUTSIDE, 1024)]
    rewritten = msgspec.structs.replace(message, rasAddress=outside, callSignalAddress=outside)
    return replace(moved, payload=ras.encode(rewritten))


def from_a_stranger(packet: Packet, tap: str) -> Packet | None:
    """Source translation between gatekeeper and handset; the handset ignores what it does not know."""
    if tap == "servers" or packet.protocol is not Protocol.TCP:
        return packet
    if packet.destination == HANDSET_IP and packet.destination_port == 1720:
        return replace(packet, source=OUTSIDE) if packet.flags & TcpFlags.SYN else None
    return None if packet.source_port == 1720 else packet


def only(passes: Callable[[Packet, str], bool]) -> Callable[[Frames], Frames]:
    return packets(lambda packet, tap: packet if passes(packet, tap) else None)


def prohibited(frames: Frames) -> Frames:
    """A router on the handsets' side answers each GRQ: communication administratively prohibited."""
    found = []
    for each in frames:
        found.append(each)
        seen = dissect(each.data)
        packet = seen.packet if seen else None
        if seen and packet and each.tap == "handsets" and packet.destination_port == 1719:
            body = quoting(encode_ipv4(seen.ip))
            error = Packet(Protocol.ICMP, IPv4Address("10.255.0.2"), 3, HANDSET_IP, 13, payload=body)
            told = replaced(each, error)
            found.append(TappedFrame(each.time + 0.001, each.tap, told.data))
    return found


def second_fragments_lost(frames: Frames) -> Frames:
    """RRQ is cut in two on the way, and a filter by port drops the part that bears none."""
    found = []
    for each in frames:
        seen = dissect(each.data)
        packet = seen.packet if seen else None
        view = ras_view(packet.payload) if packet and is_udp(packet, 1719) else None
        if seen is None or view is None or view.message != "RRQ":
            found.append(each)
            continue
        first = replace(
            seen.ip,
            payload=seen.ip.payload[:64],
            more_fragments=True,
            dont_fragment=False,
            identification=view.number & 0xFFFF,
        )
        ethernet = seen.ethernet
        data = encode_ethernet(
            EthernetFrame(ethernet.destination, ethernet.source, 0x0800, encode_ipv4(first))
        )
        found.append(TappedFrame(each.time, each.tap, data))
    return [each for each in found if not _answers_rrq(each)]


def _answers_rrq(frame: TappedFrame) -> bool:
    seen = dissect(frame.data)
    packet = seen.packet if seen else None
    if packet is None or (
        packet.protocol is Protocol.TCP and 1720 in {packet.source_port, packet.destination_port}
    ):
        return packet is not None
    view = ras_view(packet.payload) if is_udp(packet, 1719) else None
    return view is not None and view.message in {"RCF", "NSM", "IRQ", "IRR"}


def twice(frames: Frames) -> Frames:
    return [copy for each in frames for copy in (each, TappedFrame(each.time + 1e-5, each.tap, each.data))]


def deaf(command: Command) -> Command | None:
    """The handset's signalling port stays closed."""
    return None if isinstance(command, Listen) else command


def claimed_twice(frames: Frames) -> Frames:
    """Another machine answers ARP for the handset's address."""
    other = bytes.fromhex("0242ac110002")
    found = list(frames)
    for each in frames:
        if each.tap == "trunk" and each.data.find(b"\x08\x06\x00\x01") > 0:
            found.append(TappedFrame(each.time + 0.01, each.tap, each.data.replace(recorded_site.MAC, other)))
    return sorted(found, key=lambda each: each.time)


def is_echo_reply(packet: Packet) -> bool:
    return packet.protocol is Protocol.ICMP and packet.source_port == ECHO_REPLY


def is_ras(packet: Packet, *kinds: str) -> bool:
    view = ras_view(packet.payload) if is_udp(packet, 1719) else None
    return view is not None and view.message in kinds


MULTICAST = example("https-multicast")
RULE = Remedy.RULE
CASES = {
    # Each rule of the branch office taken away.
    "rule relay to DHCP server": Case(
        Scene(without=("dhcp-relay",)),
        "DHCP_SILENT",
        Stage.ADDRESS,
        Verdict.SILENT,
        sides=("handsets",),  # nothing of the handset is on the other side, so nothing can be matched
        remedy=Remedy.PERHAPS_RULE,
    ),
    "rule answers to the first giaddr": Case(
        Scene(without=("dhcp-answer-data",)),
        "DHCP_ANSWER_DROPPED",
        Stage.ADDRESS,
        Verdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule release": Case(
        Scene(without=("dhcp-release",)),
        "DHCP_RELEASE_DROPPED",
        Stage.RELEASE,
        Verdict.REGISTERED,
        remedy=RULE,
    ),
    "rule answers to the voice giaddr": Case(
        Scene(without=("dhcp-answer-voice",)),
        "DHCP_ANSWER_DROPPED",
        Stage.VLAN_MOVE,
        Verdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule files": Case(
        Scene(without=("files-http",)), "FILES_UNREACHABLE", Stage.PROVISION, Verdict.SILENT, remedy=RULE
    ),
    "rule RAS": Case(
        Scene(without=("discover+ras+ras-refresh",)),
        "RAS_DROPPED",
        Stage.DISCOVER,
        Verdict.SILENT,
        remedy=RULE,
    ),
    "rule call signalling": Case(
        Scene(without=("signal-gatekeeper",)), "SIGNALLING_DROPPED", Stage.SIGNAL, Verdict.SILENT, remedy=RULE
    ),
    "rule echo": Case(Scene(without=("echo",)), "ECHO_LOST", Stage.ECHO, Verdict.REGISTERED, remedy=RULE),
    "rule renewal": Case(
        Scene(without=("dhcp-renew",), seconds=RENEWALS),
        "RENEWAL_RESCUED",
        Stage.RENEW,
        Verdict.REGISTERED,
        remedy=RULE,
    ),
    "rule gatekeeper speaks first": Case(
        Scene(without=("ras-notify",), seconds=RENEWALS),
        "NOTIFY_DROPPED",
        Stage.NOTIFY,
        Verdict.REGISTERED,
        remedy=RULE,
    ),
    # Those that only other sites have.
    "rule multicast discovery": Case(
        Scene(MULTICAST, without=("discover-multicast",)), "RAS_DROPPED", Stage.DISCOVER, remedy=RULE
    ),
    "rule answer to multicast": Case(
        Scene(MULTICAST, without=("discover-answer+ras-notify",)),
        "RAS_ANSWER_DROPPED",
        Stage.DISCOVER,
        Verdict.ONE_WAY,
        remedy=RULE,
    ),
    "rule renewed registration": Case(
        Scene(MULTICAST, without=("ras-refresh",), seconds=RENEWALS),
        "RAS_DROPPED",
        Stage.KEEP_ALIVE,
        remedy=RULE,
    ),
    "rule handset opens signalling": Case(
        Scene(example("handset-opens"), without=("signal-handset",)),
        "SIGNALLING_DROPPED",
        Stage.SIGNAL,
        remedy=RULE,
    ),
    # DHCP and what it says.
    "no lease time": Case(
        Scene(recast=without_option(LEASE_TIME.code)), "DHCP_OFFER_INCOMPLETE", Stage.ADDRESS, Verdict.SILENT
    ),
    "no option 242": Case(Scene(recast=without_option(SITE_242.code)), "PHONE_OPTION_MISSING", Stage.ADDRESS),
    "option 242 unreadable": Case(
        Scene(recast=phone_option(b"MCPORT=1719", b"MCPORT=17a9")), "PHONE_OPTION_UNREADABLE", Stage.ADDRESS
    ),
    "option 242 names another gatekeeper": Case(
        Scene(recast=phone_option(b"10.1.0.30", b"10.1.0.99")),
        "RAS_DROPPED",
        Stage.DISCOVER,
        Verdict.SILENT,
        says="10.1.0.99",
    ),
    "handset goes elsewhere than its lease says": Case(
        Scene(
            frames=packets(
                lambda packet, _: (
                    replace(packet, payload=packet.payload.replace(b"=10.1.0.30", b"=10.1.0.99"))
                    if is_udp(packet, 67)
                    else packet
                )
            )
        ),
        "PHONE_OPTION_NOT_FOLLOWED",
        Stage.DISCOVER,
    ),
    "NAK": Case(
        Scene(recast=tampered(DHCP_SERVER, datagrams(nak))), "DHCP_REFUSED", Stage.ADDRESS, Verdict.REJECTED
    ),
    "DHCP server down": Case(Scene(recast=gone(DHCP_SERVER)), "DHCP_SILENT", Stage.ADDRESS),
    "no relay agent": Case(
        Scene(recast=gone(ROUTER)), "DHCP_SILENT", Stage.ADDRESS, Verdict.SILENT, sides=("trunk",)
    ),
    "VLAN loop": Case(
        Scene(links=((ROUTER, "voice", lost(lambda packet: not is_udp(packet, 67))),)),
        "VLAN_LOOP",
        Stage.VLAN_MOVE,
        sides=("trunk",),
    ),
    "duplicate address": Case(Scene(frames=claimed_twice), "ADDRESS_DUPLICATE", sides=("trunk",)),
    # Files.
    "files 404": Case(Scene(recast=http(b"200 OK", b"404 Not Found")), "FILES_NOT_FOUND", Stage.PROVISION),
    "files redirected": Case(
        Scene(recast=http(b"HTTP/1.1 ", b"HTTP/1.1 301 Moved\r\nX-Was: ")),
        "FILES_REDIRECTED",
        Stage.PROVISION,
    ),
    "files 500": Case(
        Scene(recast=http(b"HTTP/1.1 ", b"HTTP/1.1 500 Error\r\nX-Was: ")), "FILES_REJECTED", Stage.PROVISION
    ),
    "file server down": Case(
        Scene(recast=gone(FILE_SERVER)), "FILES_REFUSED", Stage.PROVISION, Verdict.REFUSED
    ),
    "file server mute": Case(
        Scene(recast=tampered(FILE_SERVER, streams(lambda data: None))), "FILES_MUTE", Stage.PROVISION
    ),
    # RAS.
    "gatekeeper down": Case(
        Scene(
            recast=gone(GATEKEEPER),
            links=((GATEKEEPER, "eth0", lost(lambda p: p.protocol is not Protocol.ICMP)),),
        ),
        "DISCOVERY_SILENT",
        Stage.DISCOVER,
        Verdict.SILENT,
    ),
    "gatekeeper not listening": Case(
        Scene(recast=gone(GATEKEEPER)),
        "DISCOVERY_SILENT",
        Stage.DISCOVER,
        Verdict.SILENT,
        says="port unreachable",
    ),
    "GRJ": Case(
        Scene(recast=answering("GCF", lambda number: recorded_site.grj(number, "terminalExcluded"))),
        "DISCOVERY_REJECTED",
        Stage.DISCOVER,
        Verdict.REJECTED,
        says="terminalExcluded",
    ),
    "wrong password": Case(
        Scene(recast=answering("RCF", lambda number: recorded_site.rrj(number, "securityDenial"))),
        "REGISTRATION_REJECTED",
        Stage.REGISTER,
        Verdict.REJECTED,
        says="password",
    ),
    "extension in use": Case(
        Scene(recast=answering("RCF", lambda number: recorded_site.rrj(number, "duplicateAlias"))),
        "REGISTRATION_REJECTED",
        Stage.REGISTER,
        Verdict.REJECTED,
        says="duplicateAlias",
    ),
    "RRQ unanswered": Case(
        Scene(links=((GATEKEEPER, "eth0", lost(lambda p: not is_ras(p, "RCF", "RRJ"))),)),
        "REGISTRATION_SILENT",
        Stage.REGISTER,
        Verdict.SILENT,
    ),
    "an inspection drops RCF": Case(
        Scene(
            links=((ROUTER, "uplink", lost(lambda p: not is_ras(p, "RCF", "RRJ"))),),
            frames=only(lambda packet, tap: tap == "servers" or not is_ras(packet, "RCF", "RRJ")),
        ),
        "RAS_ANSWER_DROPPED",
        Stage.REGISTER,
        remedy=Remedy.STATE,
    ),
    "an inspection drops RRQ": Case(
        Scene(
            links=((GATEKEEPER, "eth0", lost(lambda p: not is_ras(p, "RRQ"))),),
            frames=only(
                lambda packet, tap: (
                    not (tap == "servers" and is_ras(packet, "RRQ", "RCF"))
                    and not (tap == "handsets" and is_ras(packet, "RCF"))
                )
            ),
        ),
        "RAS_DROPPED",
        Stage.REGISTER,
        remedy=Remedy.INSPECTION,
    ),
    "source port outside the range": Case(
        Scene(varied("branch", ("ras_ports: 49300", "ras_ports: 50000"))), "RAS_SOURCE_PORT", Stage.DISCOVER
    ),
    "translation without ALG": Case(
        Scene(frames=packets(translated)), "RAS_NAT_WITHOUT_ALG", Stage.REGISTER, sides=("servers",)
    ),
    "translation without ALG, both sides": Case(
        Scene(frames=packets(translated)), "RAS_NAT_WITHOUT_ALG", Stage.REGISTER
    ),
    "ALG rewrites RAS": Case(Scene(frames=packets(inspected)), "RAS_REWRITTEN", Stage.REGISTER),
    "prohibited by ICMP": Case(
        Scene(without=("discover+ras+ras-refresh",), frames=prohibited),
        "PROHIBITED_BY_ICMP",
        Stage.DISCOVER,
        Verdict.PROHIBITED,
        sides=("handsets",),
        remedy=RULE,
    ),
    "registration lost after ageing": Case(
        Scene(later=((300.0, ("discover+ras+ras-refresh",)),), seconds=RENEWALS),
        "RAS_DROPPED",
        Stage.KEEP_ALIVE,
    ),
    "fragments lost": Case(Scene(frames=second_fragments_lost), "FRAGMENTS_LOST"),
    # Call signalling and echo.
    "call-back from a stranger": Case(
        Scene(frames=packets(from_a_stranger)), "SIGNALLING_STRANGER", Stage.SIGNAL, sides=("handsets",)
    ),
    "1720 refused": Case(
        Scene(recast=tampered(HANDSET, deaf)),
        "SIGNALLING_REFUSED",
        Stage.SIGNAL,
        Verdict.REFUSED,
    ),
    "SYN unanswered": Case(
        Scene(links=((HANDSET, "eth0", lost(lambda p: p.destination_port != 1720)),)),
        "SIGNALLING_UNANSWERED",
        Stage.SIGNAL,
        Verdict.SILENT,
    ),
    "TPKT silent": Case(
        Scene(recast=tampered(HANDSET, streams(lambda data: data if data.startswith(b"GET") else None))),
        "SIGNALLING_MUTE",
        Stage.SIGNAL,
    ),
    "echo unanswered": Case(
        Scene(links=((GATEKEEPER, "eth0", lost(lambda p: not is_echo_reply(p))),)),
        "ECHO_LOST",
        Stage.ECHO,
        Verdict.REGISTERED,
    ),
    # The capture itself.
    "one direction only": Case(
        Scene(frames=only(lambda packet, _: not is_udp(packet, 1719) or packet.source_port == 1719)),
        "CAPTURE_ONE_SIDED",
        Stage.DISCOVER,
        sides=("servers",),
    ),
    "asymmetric path": Case(
        Scene(frames=only(lambda packet, _: not is_udp(packet, 1719) or packet.source_port == 1719)),
        "PATH_ASYMMETRIC",
        Stage.DISCOVER,
    ),
    "clipped": Case(Scene(), "CAPTURE_CLIPPED", sides=("servers",), snap=60),
    "mirrored twice": Case(Scene(frames=twice), "CAPTURE_DUPLICATED", verdict=Verdict.REGISTERED),
}


def explained(case: Case, folder: Path) -> tuple[Explained, tuple[Leg, ...]]:
    paths = files(play(case.scene), folder, case.scene.seconds, case.snap)
    found = explain([paths[side] for side in case.sides])
    both = len(case.sides) == 2
    return found, legs(found.judgement.handsets, both_sides=both, state_timeout=120.0)


@pytest.mark.parametrize("name", CASES)
def test_each_failure_is_explained_by_its_stage_and_cause(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found, lost_legs = explained(case, tmp_path)
    every = [*found.judgement.findings, *(f for line in found.judgement.handsets for f in line.findings)]
    shown = "\n".join(f"{each.code} {each.stage}: {each.sentence}" for each in every)
    assert case.code in {each.code for each in every}, shown
    finding = next(each for each in every if each.code == case.code)
    if case.stage is not None:
        assert finding.stage is case.stage, shown
    assert case.says in finding.sentence
    if case.verdict is not None:
        (line,) = found.judgement.handsets
        assert line.verdict is case.verdict, line.sentence
    if case.remedy is not None:
        assert lost_legs and lost_legs[0].remedy is case.remedy, lost_legs
    if case.remedy is RULE:
        (rule, *_) = missing_rules(lost_legs)
        gone_flows = [
            flow
            for flow in flows(case.scene.site)
            if flow.id in {id_ for g in case.scene.without for id_ in g.split("+")}
        ]
        sample = Packet(
            rule.protocol,
            rule.source[0][0],
            rule.icmp_type or rule.source_ports.first,
            rule.destination[0][0],
            rule.destination_ports.first,
        )
        assert any(covers(flow, sample) for flow in gone_flows), rule


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["branch", "handset-opens"])
def test_a_boot_over_bad_cables_is_registered(name: str, seed: int, tmp_path: Path) -> None:
    """Lost, doubled and late frames make retries, not failures; and no rule is missing."""
    links = ((HANDSET, "eth0", poor(seed)), (GATEKEEPER, "eth0", poor(seed + 100)))
    paths = files(play(Scene(example(name), links=links)), tmp_path, BOOT)
    for sides in (BOTH, ("handsets",), ("servers",)):
        found = explain([paths[side] for side in sides])
        (line,) = found.judgement.handsets
        assert line.verdict is Verdict.REGISTERED, line.sentence
        lost_legs = legs([line], both_sides=len(sides) == 2, state_timeout=120.0)
        assert not [leg for leg in lost_legs if leg.remedy is RULE]


@pytest.mark.parametrize("seed", range(8))
def test_a_capture_that_misses_frames_invents_no_failure(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    holes = only(lambda _packet, _tap: random.random() >= 0.04)
    paths = files(play(Scene(frames=holes)), tmp_path, BOOT)
    found = explain([paths[side] for side in BOTH])
    (line,) = found.judgement.handsets
    assert line.verdict is Verdict.REGISTERED, line.sentence


def test_nothing_is_held_against_a_capture_cut_in_its_last_record(tmp_path: Path) -> None:
    paths = files(play(Scene()), tmp_path, BOOT)
    path = paths["servers"]
    path.write_bytes(path.read_bytes()[:-20])
    found = explain([paths["handsets"], path])
    assert found.judgement.handsets[0].verdict is Verdict.REGISTERED
    assert [each.code for each in found.judgement.findings] == ["CAPTURE_DAMAGED"]


def test_what_a_capture_cannot_show_is_not_called_failed(tmp_path: Path) -> None:
    paths = files(play(Scene()), tmp_path, BOOT)
    (line,) = explain([paths["servers"]]).judgement.handsets
    assert {each.state for each in line.stages} == {State.REACHED, State.NOT_VISIBLE}
    assert line.stage(Stage.RELEASE).state is State.NOT_VISIBLE
    assert line.stage(Stage.RENEW).because.startswith("renewal is due 600 s after the lease")


def test_every_rule_of_the_branch_office_has_its_case() -> None:
    taken = {
        name for case in CASES.values() if case.scene.site == Scene().site for name in case.scene.without
    }
    assert taken == {rule.id for rule in generated(Scene().site).rules}
