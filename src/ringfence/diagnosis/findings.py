"""From a handset's timeline to findings: codes, with packet and place."""

from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv4Address

from ringfence.diagnosis.history import HandsetHistory, handset_name
from ringfence.diagnosis.observation import DhcpSeen, Observation, RasSeen, StreamKind
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.phone_settings import option_code, told_by, voice_vlan
from ringfence.diagnosis.stages.dhcp_answer import leased_elsewhere
from ringfence.diagnosis.stages.files import file_connections
from ringfence.diagnosis.stages.ras import full_requests, keep_alives
from ringfence.diagnosis.stages.ras_reasons import reject_words
from ringfence.diagnosis.stages.ras_upkeep import lost_keep_alives, rejected_keep_alives
from ringfence.diagnosis.stages.signalling import signalling_findings
from ringfence.diagnosis.stages.table import STAGE_ROWS
from ringfence.diagnosis.stages.vlan import vlan_findings
from ringfence.diagnosis.timeline import StageOutcome, StageStatus, StageTimeline
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import RAS_SOURCE_ANY
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.address import (
    ADDRESS_DUPLICATE,
    PHONE_OPTION_MISSING,
    PHONE_OPTION_NO_GATEKEEPER,
    PHONE_OPTION_UNREADABLE,
)
from ringfence.model.findings.discover import (
    GRQ_MULTICAST_UNANSWERED,
    GRQ_UNANSWERED,
    PHONE_OPTION_NOT_FOLLOWED,
    RAS_SOURCE_PORT,
)
from ringfence.model.findings.keep_alive import KEEP_ALIVE_REJECTED, KEEP_ALIVE_UNANSWERED
from ringfence.model.findings.path import PATH_ASYMMETRIC, PROHIBITED_BY_ICMP, UNREACHABLE_BY_ICMP
from ringfence.model.findings.recording import CAPTURE_ONE_SIDED
from ringfence.model.findings.register import (
    RAS_NAT_WITHOUT_ALG,
    RAS_UNDECODABLE,
    REGISTRATION_FLAPPING,
)
from ringfence.model.findings.signal import (
    SIGNALLING_STRANGER,
    SIGNALLING_UNANSWERED,
)
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage
from ringfence.wire import ras
from ringfence.wire.dhcp_options import PARAMETER_LIST, SITE_46XX, SITE_242, DhcpMessageType
from ringfence.wire.phone_option_values import no_gatekeeper
from ringfence.wire.phone_options import PhoneParameters

# What normally follows at once and has not come after this many seconds is not merely late: assumed. A user
# who has to type extension and password takes longer, but then the stage before is not complete either.
_NEXT_STAGE_PATIENCE = 30.0
# RRJ reasons by which a gatekeeper says that it knows nothing of a registration (H.225.0 clause 7.9.3).
_START_AGAIN = frozenset({"fullRegistrationRequired", "discoveryRequired"})
_AVAYA = frozenset({(181, 0, 19540), (181, 0, 16726)})  # vendor codes of Lucent's and Avaya's sets (traces)


def handset_findings(
    history: HandsetHistory, lines: tuple[StageTimeline, ...], options: JudgeOptions
) -> tuple[Finding, ...]:
    """Each finding once, failures of stages first."""
    name = handset_name(history)
    found = [
        *_stages(history, lines),
        *_dhcp(history, options.ports),
        *_ras(history, lines),
        *signalling_findings(history, lines[Stage.SIGNAL.order], options),
        *_not_begun(history, lines, options),
        *_one_sided(history, options),
    ]
    return tuple({(each.code, each.sentence): _named(each, name) for each in found}.values())


def _named(finding: Finding, name: str) -> Finding:
    return Finding(finding.code, finding.sentence, finding.stage, finding.frames, name)


def numbers(seen: Iterable[Observation]) -> tuple[int, ...]:
    """The frame numbers of packets, each at the first tap that saw it."""
    return tuple(next(iter(each.crossing.frames.values())) for each in seen)


def _stages(history: HandsetHistory, lines: tuple[StageTimeline, ...]) -> Iterator[Finding]:
    for line in lines:
        if line.stage is Stage.KEEP_ALIVE and lost_keep_alives(history):
            continue  # said better below, with the silence before it
        if line.state is StageStatus.FAILED:
            frames = tuple(number for shown in line.evidence for _, number in shown.frames[:1])
            yield Finding(_code(history, line), line.because, line.stage, frames)


def _code(history: HandsetHistory, line: StageTimeline) -> Code:
    """The code of a failed stage: its own, or by outcome, made finer where other packets allow."""
    if line.outcome is StageOutcome.PROHIBITED:
        return PROHIBITED_BY_ICMP
    if line.outcome is StageOutcome.UNREACHABLE:
        return UNREACHABLE_BY_ICMP
    code = STAGE_ROWS[line.stage].code(line)
    if code == GRQ_UNANSWERED:
        asked = [seen for seen in history.ras if seen.message == "GRQ"]
        if asked and all(seen.destination.ip.is_multicast for seen in asked):
            return GRQ_MULTICAST_UNANSWERED
    if code == SIGNALLING_UNANSWERED and history.gatekeepers:
        openers = {seen.opener.ip for seen in history.streams if seen.time == line.began}
        if not openers & {*history.gatekeepers, *history.addresses}:
            return SIGNALLING_STRANGER
    return code


def _dhcp(history: HandsetHistory, ports: Ports) -> Iterator[Finding]:
    past = history.leases
    yield from vlan_findings(past)
    declined = [seen for seen in history.dhcp if seen.kind is DhcpMessageType.DECLINE]
    if declined:
        sentence = f"{declined[0].line}: the handset found the address in use"
        yield Finding(ADDRESS_DUPLICATE, sentence, Stage.ADDRESS, numbers(declined[:1]))
    wanted = _phone_options_wanted(history)
    acks = [seen for seen in history.dhcp if seen.kind is DhcpMessageType.ACK]
    for ack in acks:
        told = told_by(ack.message)
        if told is not None:
            for problem in told.problems:
                sentence = f"option {option_code(ack.message)}: {problem}"
                yield Finding(PHONE_OPTION_UNREADABLE, sentence, Stage.ADDRESS, numbers([ack]))
        elif wanted:
            codes = " or ".join(map(str, sorted(wanted)))
            whose = ack.message.yiaddr if int(ack.message.yiaddr) else ack.message.ciaddr
            sentence = f"DHCPACK for {whose} has no option {codes}"
            yield Finding(PHONE_OPTION_MISSING, sentence, Stage.ADDRESS, numbers([ack]))
    yield from _leased_elsewhere(history, acks)
    yield from _no_gatekeeper(history, acks)
    yield from _not_followed(history, acks, ports)


def _leased_elsewhere(history: HandsetHistory, acks: list[DhcpSeen]) -> Iterator[Finding]:
    """The last lease is of another network than its link, and nothing answers the handset there.

    Where several networks share a link, something does.
    """
    ack = acks[-1] if acks else None
    fault = leased_elsewhere(history.dhcp, ack) if ack is not None else None
    if ack is None or fault is None:
        return
    others = (*history.ras, *history.streams, *history.echoes, *history.tftp)
    if not any(seen.destination.ip == ack.message.yiaddr and not seen.dropped for seen in others):
        yield Finding(fault.code, fault.sentence, Stage.ADDRESS, numbers([ack]))


def _no_gatekeeper(history: HandsetHistory, acks: list[DhcpSeen]) -> Iterator[Finding]:
    """The lease that the handset stays with leads to no gatekeeper, and it asks none by address."""
    ack = acks[-1] if acks else None
    told = told_by(ack.message) if ack is not None else None
    if ack is None or told is None:
        return
    asks = any(
        seen.from_handset and not seen.destination.ip.is_multicast and seen.time > ack.time
        for seen in history.ras
    )
    why = no_gatekeeper([each.name for each in told.parameters], told.gatekeepers)
    vlan, went_on = voice_vlan(ack), any(seen.time > ack.time for seen in (*history.streams, *history.ras))
    goes_elsewhere = vlan is not None and vlan != ack.crossing.packet.vlan and not went_on
    if why and not asks and not goes_elsewhere:
        sentence = f"option {option_code(ack.message)} of the lease of {ack.message.yiaddr}: {why}"
        yield Finding(PHONE_OPTION_NO_GATEKEEPER, sentence, Stage.ADDRESS, numbers([ack]))


def _phone_options_wanted(history: HandsetHistory) -> set[int]:
    return {
        code
        for seen in history.dhcp
        if seen.from_handset
        for code in seen.message.raw(PARAMETER_LIST.code) or b""
        if code in {SITE_242.code, SITE_46XX.code}
    }


def _not_followed(history: HandsetHistory, acks: list[DhcpSeen], ports: Ports) -> Iterator[Finding]:
    """Whether the handset first goes where the lease before sent it."""
    asked = next((seen for seen in history.ras if seen.message == "GRQ"), None)
    told = _told_before(asked, acks)
    if asked is not None and told is not None:
        gatekeepers = _addresses(told.gatekeepers)
        if gatekeepers and asked.destination.ip not in gatekeepers:
            named = ", ".join(told.gatekeepers)
            sentence = f"the lease names gatekeeper {named}, the GRQ goes to {asked.destination}"
            yield Finding(PHONE_OPTION_NOT_FOLLOWED, sentence, Stage.DISCOVER, numbers([asked]))
    fetch = next((each.events[0] for each in file_connections(history, ports)), None)
    told = _told_before(fetch, acks)
    if fetch is not None and told is not None:
        servers = _addresses((*told.http.servers, *told.tls.servers))
        if servers and fetch.responder.ip not in servers:
            named = ", ".join(map(str, sorted(servers)))
            sentence = f"the lease names file server {named}, the handset connects to {fetch.responder}"
            yield Finding(PHONE_OPTION_NOT_FOLLOWED, sentence, Stage.PROVISION, numbers([fetch]))


def _told_before(seen: Observation | None, acks: list[DhcpSeen]) -> PhoneParameters | None:
    """What the last lease before a packet told."""
    before = [ack for ack in acks if seen is not None and ack.time <= seen.time]
    return told_by(before[-1].message) if before else None


def _addresses(names: tuple[str, ...]) -> set[IPv4Address]:
    """The addresses in a list; empty when one is a name, which may be any address."""
    try:
        return {IPv4Address(name) for name in names}
    except AddressValueError:
        return set()


def _ras(history: HandsetHistory, lines: tuple[StageTimeline, ...]) -> Iterator[Finding]:
    for seen in history.ras:
        if seen.undecodable:
            sentence = f"{seen.line}: {seen.undecodable}"
            yield Finding(RAS_UNDECODABLE, sentence, Stage.REGISTER, numbers([seen]))
            break
    for seen in history.ras:
        if seen.message not in {"GRQ", "RRQ"}:
            continue
        wrong = _from_elsewhere(seen)
        if wrong is not None:
            sentence = f"{seen.line} says {wrong}"
            yield Finding(RAS_NAT_WITHOUT_ALG, sentence, Stage.REGISTER, numbers([seen]))
            break
    yield from _odd_ports(history, lines)
    yield from _registration_life(history)


def _from_elsewhere(seen: RasSeen) -> TransportAddress | None:
    """An address that the message gives for its sender and that is not its source. An endpoint of several
    interfaces lists them all: one of them is enough."""
    source = seen.crossing.packet.source
    for named in (seen.ras_addresses, seen.call_signal_addresses if seen.message == "RRQ" else ()):
        if any(each.ip == source for each in named):
            continue  # as nearly always
        known = [each for each in named if int(each.ip)]
        if known:
            return known[0]
    return None


def _odd_ports(history: HandsetHistory, lines: tuple[StageTimeline, ...]) -> Iterator[Finding]:
    """To a terminal of any other make every port is as good as long as it is answered there."""
    sources: dict[int, RasSeen] = {}
    for seen in history.ras:
        if seen.from_handset and seen.source.port not in RAS_SOURCE_ANY:
            sources.setdefault(seen.source.port, seen)
    if sources and (_is_unheard(lines) or _is_avaya(history)):
        for port, seen in sources.items():
            sentence = f"{seen.line}: source port {port} is outside {RAS_SOURCE_ANY}"
            yield Finding(RAS_SOURCE_PORT, sentence, Stage.DISCOVER, numbers([seen]))


def _is_unheard(lines: tuple[StageTimeline, ...]) -> bool:
    """Whether RAS did not get through; what is rejected did."""
    return any(
        line.state is StageStatus.FAILED and line.outcome is not StageOutcome.REJECTED
        for line in lines
        if line.stage in {Stage.DISCOVER, Stage.REGISTER}
    )


def _is_avaya(history: HandsetHistory) -> bool:
    """Whether DHCP or endpointVendor mark a set of the make that has these ports from its manual."""
    if _phone_options_wanted(history):
        return True
    # All requests of a handset name the same.
    first = {seen.message: seen for seen in reversed(history.ras) if seen.message in {"GRQ", "RRQ"}}
    return any(_vendor(seen) in _AVAYA for seen in first.values())


def _is_other_make(history: HandsetHistory) -> bool:
    """Whether its RRQ names another vendor: such a terminal opens call signalling only for a call."""
    asked = next((seen for seen in history.ras if seen.message == "RRQ" and not seen.undecodable), None)
    return asked is not None and not _is_avaya(history) and _vendor(asked) is not None


def _vendor(seen: RasSeen) -> tuple[int, int, int] | None:
    """T.35 country and extension, and manufacturer; None: it names none, or does not decode."""
    try:
        message = ras.decode(seen.crossing.packet.payload)
    except DecodeError:
        return None
    named = getattr(message, "endpointVendor", None)
    code = named and named.vendor
    return (code.t35CountryCode, code.t35Extension, code.manufacturerCode) if code else None


def _registration_life(history: HandsetHistory) -> Iterator[Finding]:
    gone = lost_keep_alives(history)
    if gone:
        before = [seen.time for seen in history.ras if seen.time < gone[0].time and not seen.dropped]
        idle = f" after {gone[0].time - before[-1]:.0f} s without RAS" if before else ""
        sentence = f"{len(gone)} keep-alives from {gone[0].source} were not answered, the first{idle}"
        yield Finding(KEEP_ALIVE_UNANSWERED, sentence, Stage.KEEP_ALIVE, numbers(gone[:3]))
    forgotten = [seen for seen in history.ras if seen.message == "RRJ" and seen.reason in _START_AGAIN]
    if len(forgotten) > 1 and keep_alives(history) and full_requests(history):
        sentence = f"{len(forgotten)} keep-alives answered with RRJ {forgotten[0].reason}"
        yield Finding(REGISTRATION_FLAPPING, sentence, Stage.REGISTER, numbers(forgotten[:3]))
    asked = keep_alives(history)
    for reason, rejects in rejected_keep_alives(history).items():
        if len(forgotten) > 1 and reason in _START_AGAIN:
            continue  # said above
        request = next(seen for seen in asked if seen.number == rejects[0].number)
        sentence = (
            f"{len(rejects)} of {len({seen.number for seen in asked})} keep-alives answered with RRJ"
            f" {reject_words(rejects[0], request)}"
        )
        yield Finding(KEEP_ALIVE_REJECTED, sentence, Stage.KEEP_ALIVE, numbers([request, *rejects[:3]]))


def _not_begun(
    history: HandsetHistory, lines: tuple[StageTimeline, ...], options: JudgeOptions
) -> Iterator[Finding]:
    """The stage that should have followed the last one reached, when the recording went on long enough."""
    by_stage = {line.stage: line for line in lines}
    for stage in Stage:
        before = STAGE_ROWS[stage].follows
        if before is None:
            continue
        reached, line = by_stage[before], by_stage[stage]
        waited = options.end - (reached.ended or options.end)
        if (
            reached.state is StageStatus.REACHED
            and line.state is StageStatus.NOT_VISIBLE
            and not line.evidence
        ):
            foreign = stage is Stage.SIGNAL and _is_other_make(history)
            if waited > _NEXT_STAGE_PATIENCE and not foreign:
                sentence = (
                    f"{before.label} complete, and nothing of {stage.label} in the {waited:.0f} s after it"
                )
                yield Finding(STAGE_ROWS[stage].absent, sentence, stage)
            return


def _one_sided(history: HandsetHistory, options: JudgeOptions) -> Iterator[Finding]:
    """A dialogue that goes on although one direction of it was never seen.

    With taps on both sides of the firewall no capture filter explains that, only another path does.
    """
    code = PATH_ASYMMETRIC if options.both_sides else CAPTURE_ONE_SIDED
    sides = {seen.from_handset for seen in history.ras}
    first = numbers(history.ras[:1])
    if sides == {False}:
        sentence = f"{len(history.ras)} RAS messages of the gatekeeper were seen, none of the handset"
        yield Finding(code, sentence, Stage.DISCOVER, first)
    elif sides == {True} and {"GRQ", "RRQ"} <= {seen.message for seen in history.ras}:
        sentence = "the handset went on from GRQ to RRQ, so it was answered, and no answer was seen"
        yield Finding(code, sentence, Stage.DISCOVER, first)
    for each in history.connections:
        answered = each.of(StreamKind.SYN_ACK, opener=False) or each.said(opener=False)
        if each.of(StreamKind.SYN, opener=True) and each.said(opener=True) and not answered:
            sentence = f"{each.opener} sends data to {each.responder}, whose packets were not seen"
            yield Finding(code, sentence, Stage.SIGNAL, numbers(each.events[:1]))
            return
