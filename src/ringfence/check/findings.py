"""What a configuration's timers, inspections and odd lines do to the procedure."""

from collections.abc import Iterable, Iterator, Sequence

from ringfence.check.report import Answer, StageCheck
from ringfence.firewalls.common.profile import IdleTime, Profile, idle_times, untracked
from ringfence.firewalls.common.target import Target
from ringfence.model.defaults import KEEPALIVE_IDLE, REFRESH
from ringfence.model.findings import Finding
from ringfence.model.findings.policy import (
    ADDRESSES_TRANSLATED,
    ANY_ANY_LINE,
    ECHO_NOT_TRACKED,
    ECHO_TRACKING_NOT_STATED,
    H323_INSPECTED,
    H323_INSPECTION_NOT_STATED,
    RELATED_ACCEPTED,
    SIGNALLING_BY_HELPER,
    SIGNALLING_NEEDS_KEEPALIVE,
    SIGNALLING_STATE_TOO_SHORT,
    UDP_STATE_HOLDS_SILENCE,
    UDP_STATE_SHORTER_THAN_SILENCE,
)
from ringfence.model.packet import Protocol
from ringfence.model.site import Site
from ringfence.model.stage import Stage, position
from ringfence.policy.listing import FlowKind, Inspected, Inspection, Listing, Timer

HOUR = 3600
# nf_conntrack_h323: the default life of a registration, 300 s, less 60 s; measured with kernel 6.18.
EXPECTED_FOR = 240


def findings(
    site: Site, target: Target, listing: Listing, stages: Sequence[StageCheck], *, keeps_state: bool
) -> tuple[Finding, ...]:
    """In the order of the procedure; what concerns no stage comes last."""
    found = [*_inspection(target, listing), *_translated(stages, listing), *_lines(listing)]
    if keeps_state:
        services = _services(listing, stages)
        times = idle_times(
            target.name, target.profile, listing, lambda timer: _concerns(timer, site, services)
        )
        found += [
            *_gatekeeper_speaks(site, times, stages),
            *_signalling(times),
            *_echo(target.profile, listing),
        ]
    return tuple(sorted(found, key=lambda one: position(one.stage)))


def by_helper(flows: Iterable[str]) -> Iterator[Finding]:
    """Of each flow that passes only while a helper expects it."""
    for flow in flows:
        sentence = f"{flow} passes as RELATED alone: for {EXPECTED_FOR} s after each full RRQ"
        yield Finding(SIGNALLING_BY_HELPER, sentence, Stage.SIGNAL)


def _services(listing: Listing, stages: Sequence[StageCheck]) -> frozenset[str]:
    """The named services that the deciding lines of the procedure's flows ask for."""
    deciding = {line.place for stage in stages for flow in stage.flows for line in flow.by}
    rows = (row for chain in listing.chains for row in chain.rows if row.id in deciding)
    return frozenset(name for row in rows for name in row.services)


def _concerns(timer: Timer, site: Site, services: frozenset[str]) -> bool:
    """Whether a timer of one service, or of some ports, is about RAS or call signalling."""
    if timer.service:
        return timer.service in services
    if timer.ports is None:
        return True
    mine = {group.calls.signalling_port for group in site.groups}
    for group in site.groups:
        for each in group.gatekeepers:
            mine |= {each.ras_port, each.signalling_port, each.tls_port}
    return any(port in timer.ports for port in mine)


def _gatekeeper_speaks(
    site: Site, times: Sequence[IdleTime], stages: Sequence[StageCheck]
) -> Iterator[Finding]:
    notify = next((stage for stage in stages if stage.stage is Stage.NOTIFY), None)
    if notify is None or notify.answer is Answer.PERMITS:
        return  # it has a rule of its own, and no timer matters
    silence = min(group.calls.notify_after for group in site.groups)
    for time in times:
        if time.kind is not FlowKind.UDP:
            continue
        if time.seconds is not None and time.seconds < silence:
            sentence = (
                f"UDP idle timeout {time.seconds} s ({time.place}) is less than a silence of {silence} s: "
                "gatekeeper-opened RAS needs a separate rule"
            )
            yield Finding(UDP_STATE_SHORTER_THAN_SILENCE, sentence, Stage.NOTIFY)
        elif time.seconds is None or time.seconds > REFRESH:
            sentence = (
                f"UDP idle timeout {_seconds(time)} ({time.place}) is longer than the handset's refresh of "
                f"{REFRESH} s; gatekeeper-opened RAS may pass by state, which is not counted as permitted"
            )
            yield Finding(UDP_STATE_HOLDS_SILENCE, sentence, Stage.NOTIFY)


def _signalling(times: Sequence[IdleTime]) -> Iterator[Finding]:
    for time in times:
        if (
            time.kind not in {FlowKind.TCP, FlowKind.SIGNALLING}
            or time.seconds is None
            or time.seconds >= HOUR
        ):
            continue
        what = f"TCP idle timeout {time.seconds} s ({time.name}, {time.place})"
        if time.seconds <= KEEPALIVE_IDLE:
            sentence = (
                f"{what} is not longer than the keep-alive interval of {KEEPALIVE_IDLE} s: the signalling "
                "channel is lost"
            )
            yield Finding(SIGNALLING_STATE_TOO_SHORT, sentence, Stage.SIGNAL)
        else:
            sentence = f"{what}: only keep-alives every {KEEPALIVE_IDLE} s keep the signalling channel open"
            yield Finding(SIGNALLING_NEEDS_KEEPALIVE, sentence, Stage.SIGNAL)


def _echo(profile: Profile, listing: Listing) -> Iterator[Finding]:
    if profile.echo is None:
        return
    inspections = listing.settings.inspections
    if Protocol.ICMP in untracked(profile, inspections):
        sentence = "ICMP is not inspected: echo replies are judged by the access lists"
        yield Finding(ECHO_NOT_TRACKED, sentence, Stage.ECHO)
    elif not inspections:
        command = profile.echo.lines[-1].strip()
        sentence = f"the configuration has no inspection commands: echo replies pass only with {command}"
        yield Finding(ECHO_TRACKING_NOT_STATED, sentence, Stage.ECHO)


def _inspection(target: Target, listing: Listing) -> Iterator[Finding]:
    profile = target.profile
    concerned = [found for found in listing.settings.inspections if found.of is Inspected.H323]
    # A later line takes back what an earlier one said of the same inspection.
    latest: dict[str, Inspection] = {found.name: found for found in concerned}
    for found in latest.values():
        if found.on:
            yield Finding(
                H323_INSPECTED,
                f"{found.name} is inspected ({found.place}){_off(profile.off)}",
                Stage.REGISTER,
            )
    if not concerned and profile.h323:
        default = f"H.323 inspection is on by default on {target.name}"
        sentence = f"{default}, and the configuration does not switch it off"
        yield Finding(H323_INSPECTION_NOT_STATED, f"{sentence}{_off(profile.off)}", Stage.REGISTER)


def _off(commands: tuple[str, ...]) -> str:
    return f"; off with: {' / '.join(line.strip() for line in commands)}" if commands else ""


def _translated(stages: Sequence[StageCheck], listing: Listing) -> Iterator[Finding]:
    doubted = {place for stage in stages for flow in stage.flows for place in flow.unread}
    for found in listing.translations:
        if found.place in doubted:
            sentence = f"{found.place} may translate addresses between the two zones: {found.text}"
            yield Finding(ADDRESSES_TRANSLATED, sentence)


def _lines(listing: Listing) -> Iterator[Finding]:
    for place in listing.any_any:
        sentence = f"{place} permits every service from anywhere to anywhere"
        yield Finding(ANY_ANY_LINE, sentence)
    for chain in listing.chains:
        for place in chain.related:
            yield Finding(
                RELATED_ACCEPTED, f"{place} accepts packets that are related by a helper or an ICMP error"
            )


def _seconds(time: IdleTime) -> str:
    return "never ends" if time.seconds is None else f"{time.seconds} s"
