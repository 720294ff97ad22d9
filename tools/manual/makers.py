"""What a page can ask for by `<!-- make: NAME ARGUMENTS -->`."""

from collections.abc import Callable, Sequence

from manual import house, pictures, tables
from ringfence.model.language.reference import as_markdown
from ringfence.model.stage import Stage

BRANCH = "branch"


def _stage(of: Callable[[str, Stage], str]) -> Callable[..., str]:
    return lambda stage, site=BRANCH: of(site, Stage(stage))


MAKERS: dict[str, Callable[..., str]] = {
    "stages": tables.stages,
    "flows": lambda site=BRANCH: tables.flows_of(site),
    "evidence": lambda site=BRANCH: tables.evidence_of(site),
    "rules": lambda site=BRANCH: tables.rules_of(site),
    "stage-flows": _stage(tables.flows_of),
    "stage-evidence": _stage(tables.evidence_of),
    "stage-rules": _stage(tables.rules_of),
    "stage-findings": lambda stage: tables.findings_of(Stage(stage)),
    "stage-displays": lambda stage: tables.displays_of(Stage(stage)),
    "ladder": lambda site=BRANCH: pictures.whole_ladder(site),
    "stage-ladder": _stage(pictures.stage_ladder),
    "failing-ladder": _stage(pictures.failing_ladder),
    "beside-packets": _stage(pictures.beside_packets),
    "evidence-kinds": tables.evidence_kinds,
    "findings": tables.findings_page,
    "displays": lambda: tables.displays_of(None, every=True),
    "events": tables.events,
    "capture-filters": lambda site=BRANCH: tables.capture_filters(site),
    "targets": tables.targets,
    "readable": tables.readable,
    "dhcp-kinds": tables.dhcp_kinds,
    "exit-statuses": tables.exit_statuses,
    "json-formats": tables.json_formats,
    "verbs": tables.verbs_page,
    "site-language": as_markdown,
    "house": house.drawn,
    "decisions": house.decisions,
}


def make(name: str, arguments: Sequence[str]) -> str:
    """TypeError or ValueError where a page asks for it with other arguments than it takes."""
    return MAKERS[name](*arguments)
