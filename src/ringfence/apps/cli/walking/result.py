"""What a walk found, on the screen and as a page."""

from collections.abc import Sequence
from pathlib import Path

from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.page import write_page
from ringfence.apps.report.walked import headline, walk_document
from ringfence.capture.frame import Tap
from ringfence.capture.reader import Capture
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.firewalls.choose import target_named
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.insert import add
from ringfence.model.address import UNSPECIFIED
from ringfence.model.defaults import DHCP_CLIENT_PORT
from ringfence.model.errors import InputError
from ringfence.model.ports import Ports
from ringfence.model.site import Site
from ringfence.verify.report import StageState
from ringfence.verify.walked import CrossingState, WalkReport, missing_rules_of

_EVERY_PORT = Ports(ras=frozenset(range(1 << 16)), signalling=frozenset(range(1 << 16)))
_STATES = {
    StageState.REACHED: ("ok", "green"),
    StageState.FAILED: ("FAILED", "red"),
    StageState.NOT_REACHED: ("-", "dim"),
}
_CROSSINGS = {
    CrossingState.PASSED: ("ok", "green"),
    CrossingState.BLOCKED: ("BLOCKED", "red"),
    CrossingState.UNANSWERED: ("no answer", "yellow"),
    CrossingState.UNSHOWN: ("not shown", "yellow"),
    CrossingState.UNTRIED: ("not tried", "yellow"),
}


def captured(path: Path) -> CapturedPackets:
    """Every packet of a recording. InputError: it cannot be read."""
    capture = Capture(path, Tap.ONLY, _EVERY_PORT)
    found = CapturedPackets.of(capture)
    if capture.summary.first is not None:
        found.ran_at(capture.summary.first)
        found.ran_at(capture.summary.last)
    return found


def both_ends(handsets: Path, servers: Path) -> dict[Tap, CapturedPackets]:
    """The recordings of both ends. InputError: one cannot be read, or they are the other way round."""
    near, far = captured(handsets), captured(servers)
    if _has_a_phone(far) and not _has_a_phone(near):
        raise InputError(
            "is of the handsets' end: a phone asks for its address there",
            where=str(servers),
            remedy="name the recording of the handsets' end first",
        )
    return {Tap.HANDSETS: near, Tap.SERVERS: far}


def _has_a_phone(found: CapturedPackets) -> bool:
    """Whether a DHCP client without an address was heard: no router passes that on."""
    return any(each.source == UNSPECIFIED and each.source_port == DHCP_CLIENT_PORT for each in found.packets)


def missing_text(site: Site, report: WalkReport, target: str) -> Rendered | None:
    """The site's own rules that let nothing through, as what adds them; None: there are none.

    InputError for what the target cannot say.
    """
    missing = missing_rules_of(site, report)
    return add(target_named(target), missing, Device(zones=device_zones(site))) if missing else None


def print_walk(out: Screen, report: WalkReport, rules: Rendered | None) -> None:
    rows: list[Sequence[str | StyledText]] = [
        (
            StyledText(*_STATES[each.state]),
            each.stage.value,
            each.dropped or _shown(each.packets, each.reason),
        )
        for each in report.stages
    ]
    out.print(table(("", "stage", "shown by"), rows, wrap="shown by"))
    out.print()
    crossed: list[Sequence[str | StyledText]] = [
        (StyledText(*_CROSSINGS[each.state]), each.id, each.words, each.shown) for each in report.rules
    ]
    out.print(table(("", "rule", "permits", "shown by"), crossed, wrap="shown by"))
    if report.not_walked:
        out.print(f"not walked: {', '.join(report.not_walked)}", soft_wrap=True)
    out.print()
    out.print(headline(report), style="bold", soft_wrap=True)
    if rules is not None:
        out.print()
        out.print(rules.text.rstrip("\n"), soft_wrap=True)
        for note in rules.notes:
            out.print(f"note: {note}", soft_wrap=True)


def _shown(packets: Sequence[str], reason: str) -> str:
    return " ... ".join((*packets[:1], *packets[1:][-1:])) or reason


def write_walk(
    path: Path, site: Site, report: WalkReport, line: HandsetTimeline | None, rules: Rendered | None
) -> None:
    """InputError when the file cannot be written."""
    write_page(path, walk_document(report, line, rules, provenance_of(site)))
