"""What was kept of many capture files to one row for each handset: the second step after `events_of`."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.judge import judge
from ringfence.diagnosis.many.events import FileEvents
from ringfence.diagnosis.many.sightings import Life, Sighting, sighting_of
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.recording import MOST_FRAMES, CapturedPackets
from ringfence.diagnosis.timeline import HandsetVerdict, StageStatus
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.defaults import UDP_STREAM_STATE
from ringfence.model.findings import Finding, Severity
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage, position

# As for a single capture: keep-alives lost in a row that end a registration, and losses that are flapping.
_LOST = 3
_FLAPS = 2
_DECIDED = frozenset(HandsetVerdict) - {HandsetVerdict.UNDECIDED}


class SiteRow(msgspec.Struct, frozen=True):
    """One handset over all files. `handset` is its MAC, else its alias, else its address.

    `reached`: stages in the order of the procedure. `first`, `last`: seconds after the epoch. `files`: in
    order of time. `healthy`: registered, and no finding says that something stops it.
    """

    handset: str
    mac: str
    alias: str
    addresses: tuple[str, ...]
    verdict: HandsetVerdict
    sentence: str
    stops_at: str
    reached: tuple[Stage, ...]
    first: float
    last: float
    files: tuple[str, ...]
    codes: tuple[str, ...]
    healthy: bool


class MergedSite(msgspec.Struct, frozen=True):
    """Rows worst first; `sightings` by handset, of the handsets in `rows`; findings about the recording."""

    rows: tuple[SiteRow, ...]
    sightings: dict[str, list[Sighting]]
    findings: tuple[Finding, ...]


@gc_paused()
def merge(events: Sequence[FileEvents], ports: Ports, *, longest: int = MOST_FRAMES) -> MergedSite:
    """What the files say together, as if they were one capture; their order makes no difference.

    More than `longest` frames are judged in parts of so many, in order of time, and the parts' verdicts
    put together: only there can a dialogue that is cut in two be misjudged.
    """
    frames = sorted(
        ((frame, file.file, index) for file in events for index, frame in enumerate(file.kept, 1)),
        key=lambda each: (each[0].time, each[1], each[2]),
    )
    end = max((file.last for file in events), default=0.0)
    # Unmarked DHCP clients too: another part may show that they are handsets.
    options = JudgeOptions(ports=ports, phones_only=False)
    found: list[Sighting] = []
    findings: dict[str, Finding] = {}
    for start in range(0, len(frames), longest):
        part = frames[start : start + longest]
        places = [(file, frame.number or index) for frame, file, index in part]
        recording = CapturedPackets.of(
            (msgspec.structs.replace(each[0], number=number) for number, each in enumerate(part, 1)),
            longest=longest,
        )
        if start + longest >= len(frames):
            recording.end = max(recording.end, end)  # silence lasts to the end of the last file
        judgement = judge(recording, options)
        opened = part[0][0].time if start else None
        found += [
            sighting_of(each, places, opened=opened) for each in judgement.handsets if each.observations
        ]
        findings |= {each.code: each for each in judgement.findings}
    marked = {name: seen for name, seen in by_handset(found).items() if any(each.marked for each in seen)}
    rows = sorted((_row(name, seen) for name, seen in marked.items()), key=_goodness)
    return MergedSite(tuple(rows), marked, tuple(findings.values()))


def by_handset(sightings: Iterable[Sighting]) -> dict[str, list[Sighting]]:
    """Sightings of each handset in order of time.

    One without a MAC (its part shows no DHCP of it) belongs to the MAC that leased its address last before;
    without any such to its alias, else to its endpoint identifier at that address, else to the address.
    """
    ordered = sorted(sightings, key=lambda seen: (seen.since, seen.until, seen.mac, seen.alias))
    owners = _lease_owners(ordered)
    found: dict[str, list[Sighting]] = {}
    by_identifier: dict[tuple[str, str], str] = {}
    by_address: dict[str, set[str]] = {}
    # Those with an alias first, so that a keep-alive of a file before, which bears none, finds its own.
    for seen in sorted(ordered, key=lambda each: not (each.mac or each.alias)):
        at = seen.leases[-1][0] if seen.leases else ""
        identity = (seen.endpoint_identifier, at)
        name = seen.mac or _owner(owners, at, seen.since) or seen.alias
        if not name and seen.endpoint_identifier:
            name = by_identifier.get(identity, "")
        here = by_address.setdefault(at, set())
        # Several behind one translated address cannot be told apart by it.
        name = name or (next(iter(here)) if len(here) == 1 else at)
        if seen.endpoint_identifier:
            by_identifier.setdefault(identity, name)
        here.add(name)
        found.setdefault(name, []).append(seen)
    return {name: sorted(seen, key=lambda each: (each.since, each.until)) for name, seen in found.items()}


def _lease_owners(ordered: Sequence[Sighting]) -> dict[str, list[tuple[float, str]]]:
    owners: dict[str, list[tuple[float, str]]] = {}
    for seen in ordered:
        for address, since in seen.leases if seen.mac else ():
            owners.setdefault(address, []).append((since, seen.mac))
    for held in owners.values():
        held.sort()
    return owners


def _owner(owners: dict[str, list[tuple[float, str]]], address: str, time: float) -> str:
    held = owners.get(address)
    if not held:
        return ""
    return held[max(bisect_right(held, time, key=lambda owner: owner[0]) - 1, 0)][1]


def _row(name: str, seen: Sequence[Sighting]) -> SiteRow:
    only = seen[-1]
    alone = only.verdict, only.sentence, only.stops_at
    verdict, sentence, stops_at = alone if len(seen) == 1 else _verdict(seen)
    reached = _reached(seen)
    return SiteRow(
        name,
        next((each.mac for each in seen if each.mac), ""),
        next((each.alias for each in reversed(seen) if each.alias), ""),
        tuple(dict.fromkeys(address for each in seen for address, _ in each.leases)),
        verdict,
        sentence,
        stops_at,
        tuple(stage for stage in Stage if stage in reached),
        seen[0].since,
        max(each.until for each in seen),
        tuple(dict.fromkeys(file for each in seen for file in each.files)),
        tuple(dict.fromkeys(code for each in seen for code in each.codes)),
        # What an earlier part found may have passed.
        verdict is HandsetVerdict.REGISTERED
        and not any(CATALOGUE[c].severity is Severity.FAILURE for c in only.codes),
    )


def _reached(seen: Sequence[Sighting]) -> set[Stage]:
    """Stages reached in any part, as one capture of everything would name them."""
    reached: set[Stage] = set()
    first_network = next((each.networks[0] for each in seen if each.networks), "")
    before: float | None = None
    for each in seen:
        for step in each.steps:
            stage = step.stage
            if step.state is not StageStatus.REACHED:
                continue
            if stage is Stage.ADDRESS and each.networks[:1] != (first_network,):
                stage = Stage.VLAN_MOVE  # the lease before is in an earlier part
            if stage is Stage.REGISTER and Stage.REGISTER in reached:
                reached.add(Stage.KEEP_ALIVE)
            # What opens a part comes after silence in that part only.
            opens = stage is Stage.NOTIFY and step.began is not None and step.began == each.life.began
            if opens and before is not None and (step.began or 0.0) - before <= UDP_STREAM_STATE:
                continue
            reached.add(stage)
        before = each.until if before is None else max(before, each.until)
    return reached


def _verdict(seen: Sequence[Sighting]) -> tuple[HandsetVerdict, str, str]:
    """The latest state that a part shows, unless a later one, or all together, say otherwise."""
    registered = [each for each in seen if each.state(Stage.REGISTER) is StageStatus.REACHED]
    if registered:
        ended = _ended(seen)
        if ended is not None:
            return *ended, ""
    for index in range(len(seen) - 1, -1, -1):
        each, later = seen[index], seen[index + 1 :]
        if _overtaken(each, later) or not (_decides(each) if registered else each.verdict in _DECIDED):
            continue
        if each.verdict is HandsetVerdict.REGISTERED:
            return _after_registration(seen, each)
        return each.verdict, each.sentence, each.stops_at
    if registered:
        return _after_registration(seen, registered[-1])
    return HandsetVerdict.UNDECIDED, "no stage failed, and no registration is in the captures", ""


def _decides(each: Sighting) -> bool:
    """Whether a part says something about a registration made before it: a lost keep-alive or two do not."""
    return each.verdict in _DECIDED and (each.stops_at != Stage.REGISTER or each.life.asked > 0)


def _overtaken(each: Sighting, later: Sequence[Sighting]) -> bool:
    """Whether a later part shows that the handset got past the stage at which it stopped in this one."""
    if not each.stops_at:
        return False
    stopped = Stage(each.stops_at)
    return any(
        step.state is StageStatus.REACHED and (step.stage is stopped or stopped in step.stage.after)
        for one in later
        for step in one.steps
    )


def _ended(seen: Sequence[Sighting]) -> tuple[HandsetVerdict, str] | None:
    """How a registration was lost, where it takes more than one part to see it; None: it was not."""
    lives = [each.life for each in seen]
    lost = _lost_in_a_row(lives)
    if lost >= _LOST:
        return HandsetVerdict.EXPIRED, f"registered, then {lost} keep-alives in a row were not answered"
    forgotten, endings = sum(life.forgotten for life in lives), sum(life.endings for life in lives)
    again = sum(life.asked for life in lives)
    decisive = [each.verdict is HandsetVerdict.REGISTERED for each in seen if _decides(each)]
    losses = sum(was and not now for was, now in pairwise(decisive))
    if forgotten >= _FLAPS or (again > _FLAPS and endings >= _FLAPS) or losses >= _FLAPS:
        times = max(forgotten, endings, losses)
        return HandsetVerdict.FLAPPING, f"registers repeatedly: it lost its registration {times} times"
    ended = max((life.ended for life in lives if life.ended is not None), default=None)
    confirmed = max((life.confirmed for life in lives if life.confirmed is not None), default=None)
    if ended is not None and (confirmed is None or confirmed < ended):
        return HandsetVerdict.EXPIRED, "the gatekeeper ended the registration with URQ"
    return None


def _lost_in_a_row(lives: Sequence[Life]) -> int:
    lost = 0
    for life in lives:
        lost = life.unanswered + (0 if life.heard else lost)
    return lost


def _after_registration(seen: Sequence[Sighting], each: Sighting) -> tuple[HandsetVerdict, str, str]:
    """Registered; but a signalling channel that failed in an earlier part, and never came since, counts."""
    for one in reversed(seen):
        state = one.state(Stage.SIGNAL)
        if state is StageStatus.REACHED:
            break
        if state is StageStatus.FAILED and one.verdict not in {
            HandsetVerdict.REGISTERED,
            HandsetVerdict.UNDECIDED,
        }:
            return one.verdict, one.sentence, one.stops_at
    because = next((step.because for step in each.steps if step.stage is Stage.REGISTER), each.sentence)
    return HandsetVerdict.REGISTERED, because, ""


def _goodness(row: SiteRow) -> tuple[int, int, str]:
    if row.verdict is HandsetVerdict.REGISTERED:
        rank = 4 if row.healthy else 3
    elif row.verdict is HandsetVerdict.UNDECIDED:
        rank = 2
    else:
        rank = 1 if row.verdict in {HandsetVerdict.EXPIRED, HandsetVerdict.FLAPPING} else 0
    return rank, position(Stage(row.stops_at) if row.stops_at else None), row.handset
