"""Servers, gatekeepers and handsets, as their messages show them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from itertools import pairwise

from ringfence.diagnosis.explain import Explained
from ringfence.diagnosis.observation import DhcpSeen, EchoSeen, Observation, RasSeen, StreamKind, StreamSeen
from ringfence.diagnosis.stages.connection import SeenConnection, connections
from ringfence.diagnosis.stages.files import asks_for_set_files
from ringfence.diagnosis.stream_messages import MessageKind
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.learning.facts import UNKNOWN, Fact, amount, distinct, fact, yaml_string
from ringfence.learning.ports import Choice, gatekeeper_ports, ras_ports
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError, InputError
from ringfence.wire import phone_options
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    SERVER_ID,
    SITE_46XX,
    SITE_242,
    SUBNET_MASK,
    DhcpMessageType,
)
from ringfence.wire.phone_options import PhoneParameters

_LEASE_OCTETS = 4  # RFC 2132 section 9.2
_LONGEST_LEASE = 10_000_000  # seconds, of `model.site`
_DIALLED = frozenset("0123456789#*,")  # H.225.0 dialedDigits


def dhcp_facts(dhcp: Sequence[DhcpSeen]) -> dict[str, Fact]:
    """The server that granted leases."""
    acks = [each for each in dhcp if each.kind is DhcpMessageType.ACK]
    # To a relay's port 67 only the server speaks; on the handset's own link the relay speaks in its place.
    names = Counter(each.source.ip for each in acks if each.destination.port == DHCP_SERVER_PORT)
    if not names:
        names = Counter(each.destination.ip for each in dhcp if each.unicast_by_client)
    facts = {"dhcp_server.address": fact(next(iter(names), None), "it grants leases")}
    named = next((address for each in acks if (address := _distant_server(each))), None)
    if not names and named is not None:
        facts["dhcp_server.address"] = Fact(str(named), "option 54 of its leases")
    if len(names) > 1:
        others = ", ".join(str(name) for name in list(names)[1:])
        facts["dhcp_server.address"] = Fact(
            str(next(iter(names))), f"{others} grant leases too: one is proved"
        )
    raw = (each.message.raw(LEASE_TIME.code) for each in acks)
    seconds = next((each for each in raw if each and len(each) == _LEASE_OCTETS), None)
    if seconds:
        facts["dhcp_server.lease"] = _lease(int.from_bytes(seconds, "big"))
    if any(each.message.raw(SITE_242.code) for each in acks):
        facts["dhcp_server.option"] = Fact(str(SITE_242.code), "")
    elif any(each.message.raw(SITE_46XX.code) for each in acks):
        facts["dhcp_server.option"] = Fact(str(SITE_46XX.code), "")
    return facts


def _lease(seconds: int) -> Fact:
    """Option 51; one for ever (RFC 2131 section 3.3) is proved as the longest that a site file takes."""
    if seconds > _LONGEST_LEASE:
        return Fact(str(_LONGEST_LEASE), f"option 51 says {seconds} s", assumed=True)
    return Fact(str(max(1, seconds)), "option 51")


def _distant_server(ack: DhcpSeen) -> IPv4Address | None:
    """The server identifier, to which the lease's holder sends its renewals (RFC 2131 section 4.3.2); None
    where it is of the leased network, as a relay's own is that takes the server's place (RFC 5107)."""
    try:
        server, mask = ack.message.get(SERVER_ID), ack.message.get(SUBNET_MASK)
    except DecodeError:
        return None
    if server is None or mask is None:
        return None
    apart = (int(server) ^ int(ack.message.yiaddr)) & int(mask)
    return server if apart else None


def file_facts(
    captures: Sequence[Explained], told: PhoneParameters, timelines: Sequence[HandsetTimeline]
) -> dict[str, Fact]:
    ports = {port for capture in captures for port in capture.ports.files}
    found, others = _file_servers(
        (each for each in connections(_streams(timelines)) if each.responder.port in ports), told
    )
    if not found:
        why = "no file server answered in the capture"
        pages = f"; {', '.join(others)} served no handset's files" if others else ""
        return {"file_server.address": Fact(UNKNOWN, why + pages)}
    (server, secure), best = max(found.items(), key=lambda each: each[1].rank)
    scheme = told.tls if secure else told.http
    facts = {
        "file_server.address": Fact(
            str(server.ip),
            f"{best.why}; it answered in {amount(best.segments, 'segment')}",
            assumed=not (best.named or best.files),
        ),
        "file_server.scheme": Fact(
            "https" if secure else "http", "TLS records" if secure else "HTTP messages"
        ),
        "file_server.port": Fact(str(server.port), ""),
    }
    if scheme.directory:
        facts["file_server.directory"] = _directory(scheme.directory)
    return facts


@dataclass(slots=True)
class _FileServer:
    """How sure it is that a host serves handsets: a lease names it, handsets ask it for files, or neither."""

    named: bool
    files: int = 0
    segments: int = 0

    @property
    def rank(self) -> tuple[bool, int, int]:
        return self.named, self.files, self.segments

    @property
    def why(self) -> str:
        if self.named:
            return "the lease names it"
        return (
            "handsets requested their files from it"
            if self.files
            else "by TLS, so what it serves cannot be seen"
        )


def _file_servers(
    tried: Iterable[SeenConnection], told: PhoneParameters
) -> tuple[dict[tuple[TransportAddress, bool], _FileServer], list[str]]:
    """Who answered as a file server, by address and whether by TLS; and who answered as something else.

    A set's browser, and much else that a capture holds, uses the same ports. Where a lease names the servers
    by address, another host by TLS is none of them.
    """
    named = {*told.http.servers, *told.tls.servers}
    addressed = any(map(_is_address, named))
    found: dict[tuple[TransportAddress, bool], _FileServer] = {}
    others: dict[str, None] = {}
    for each in tried:
        answers = each.said(opener=False)
        if not answers or not isinstance(each.responder.ip, IPv4Address):
            continue
        by_lease, files, secure = (
            str(each.responder.ip) in named,
            asks_for_set_files(each),
            _is_tls(answers[0]),
        )
        if not (by_lease or files or (secure and not addressed)):
            others.setdefault(str(each.responder))
            continue
        server = found.setdefault((each.responder, secure), _FileServer(by_lease))
        server.files += files
        server.segments += len(answers)
    return found, list(others)


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except AddressValueError:
        return False
    return True


def _directory(told: str) -> Fact:
    try:
        phone_options.write_option_string([("HTTPDIR", told)])
    except InputError:
        return Fact(UNKNOWN, "the lease names one with characters that no handset accepts")
    return Fact(yaml_string(told), "from the lease")


def _is_tls(seen: StreamSeen) -> bool:
    if seen.messages:
        return seen.messages[0].kind is MessageKind.TLS
    return seen.crossing.packet.payload[:2] in {b"\x14\x03", b"\x15\x03", b"\x16\x03", b"\x17\x03"}


def _streams(timelines: Iterable[HandsetTimeline]) -> list[StreamSeen]:
    return [
        each
        for each in distinct(seen for line in timelines for seen in line.observations)
        if isinstance(each, StreamSeen)
    ]


def gatekeepers(ras: Iterable[RasSeen], told: PhoneParameters) -> tuple[list[IPv4Address], set[IPv4Address]]:
    """All that are named or answer, in the lease's order; and those that answered."""
    answered = {
        each.source.ip for each in ras if not each.from_handset and isinstance(each.source.ip, IPv4Address)
    }
    try:
        named = [IPv4Address(name) for name in told.gatekeepers]
    except AddressValueError:
        named = []
    return list(dict.fromkeys((*named, *sorted(answered)))), answered


def gatekeeper_facts(ras: Sequence[RasSeen], told: PhoneParameters) -> dict[str, Fact]:
    every, answered = gatekeepers(ras, told)
    if not every:
        sixes = sorted({str(each.source.ip) for each in ras if not each.from_handset})
        if sixes:
            note = f"{', '.join(sixes)} answered; a site file takes IPv4 only"
            return {"gatekeeper.addresses": Fact(UNKNOWN, note)}
        return {"gatekeeper.addresses": Fact(UNKNOWN, "no gatekeeper answered, and no lease names one")}
    silent = [str(each) for each in every if each not in answered]
    note = f"{', '.join(silent)}: named by the lease, never answered here" if silent else "each answered"
    facts = {"gatekeeper.addresses": Fact(f"[{', '.join(map(str, every))}]", note)}
    ports = Counter(each.source.port for each in ras if each.message in {"RCF", "RRJ"})
    if ports:
        port, answers = ports.most_common(1)[0]
        facts["gatekeeper.ras_port"] = Fact(str(port), f"{amount(answers, 'answer')} to RRQ came from it")
    return facts


def handset_facts(
    ras: Sequence[RasSeen], timelines: Sequence[HandsetTimeline], told: PhoneParameters
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    sources = [(each.source.ip, each.source.port) for each in ras if each.from_handset]
    if sources:
        facts["handsets.ras_ports"] = _choice(ras_ports(sources))
    mac = next((line.mac for line in timelines if line.mac), "")
    if mac:
        facts["handsets.mac"] = Fact(
            yaml_string(mac), "the first handset of the capture; the proof emulates it"
        )
    alias = next((line.alias for line in timelines if line.alias and not set(line.alias) - _DIALLED), "")
    if alias:
        facts["handsets.extension"] = Fact(yaml_string(alias), "its alias")
    if told.vlantest is not None:
        facts["handsets.vlan_test"] = Fact(str(told.vlantest), "VLANTEST of the lease")
    return facts


def _choice(choice: Choice) -> Fact:
    return Fact(str(choice.ports), choice.why, assumed=choice.documented_only)


def registration_facts(
    ras: Sequence[RasSeen], timelines: Sequence[HandsetTimeline], captures: Sequence[Explained]
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    asked = [each.destination.ip for each in ras if each.message == "GRQ"]
    if asked:
        multicast = any(ip.is_multicast for ip in asked)
        what = f"{amount(len(asked), 'GRQ')} seen"
        facts["registration.discovery"] = Fact("multicast" if multicast else "unicast", what)
    signalling = {port for each in captures for port in each.ports.signalling}
    tls = {port for each in captures for port in each.ports.signalling_tls}
    accepted = [
        each
        for each in _streams(timelines)
        if each.kind is StreamKind.SYN_ACK and each.responder.port in signalling | tls
    ]
    if not accepted:
        why = "no call-signalling connection was accepted in the capture: gatekeeper, handset or handset-tls"
        facts["registration.call_control"] = Fact(UNKNOWN, why)
        return facts
    handsets = {address for line in timelines for address in line.addresses}
    back = [each for each in accepted if each.responder.ip in handsets]
    if back:
        opened = f"{amount(len(back), 'connection')} opened by the gatekeeper"
        facts["registration.call_control"] = Fact("gatekeeper", opened)
        openers = [(each.opener.ip, each.opener.port) for each in back]
        facts["registration.gatekeeper_ports"] = _choice(gatekeeper_ports(openers))
    else:
        secure = all(each.responder.port in tls for each in accepted)
        opened = f"{amount(len(accepted), 'connection')} opened by handsets"
        facts["registration.call_control"] = Fact("handset-tls" if secure else "handset", opened)
    interval = _echo_interval(timelines)
    if interval:
        facts["registration.echo_interval"] = Fact(str(interval), "median time between echo requests")
    return facts


def _echo_interval(timelines: Iterable[HandsetTimeline]) -> int | None:
    """Between echo requests to the same host: a look for the router before the files is none of these."""
    gaps = []
    for line in timelines:
        asked: dict[Address, list[EchoSeen]] = {}
        for each in line.observations:
            if isinstance(each, EchoSeen) and each.request:
                asked.setdefault(each.destination.ip, []).append(each)
        gaps += [later.time - earlier.time for echoes in asked.values() for earlier, later in _pairs(echoes)]
    gaps.sort()
    return max(1, round(gaps[len(gaps) // 2])) if gaps else None


def _pairs(seen: Sequence[Observation]) -> Iterable[tuple[Observation, Observation]]:
    return pairwise(seen)
