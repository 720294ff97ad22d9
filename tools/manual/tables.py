"""Tables of the manual, each made from the program's own."""

from collections.abc import Iterable

from manual.markdown import code, plain, spans, table
from manual.proofs import report, site
from ringfence.apps.cli.documents.shapes import BY_LINES, SHAPES
from ringfence.apps.cli.exits import MEANINGS
from ringfence.apps.cli.flows import ports
from ringfence.apps.cli.main import VERBS
from ringfence.apps.cli.manuals.verb_manual import Entry, manual_of
from ringfence.dhcp_servers.relays.devices import RELAY_KINDS
from ringfence.dhcp_servers.table import SERVER_KINDS
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.table import TARGETS
from ringfence.model.catalogue import CATALOGUE
from ringfence.model.displays.capture_filter import capture_filter
from ringfence.model.displays.denied_events import EVENTS
from ringfence.model.displays.lookup import DISPLAYS
from ringfence.model.findings import Code
from ringfence.model.flow import Basis, Evidence, Flow
from ringfence.model.registration import flows
from ringfence.model.stage import Purpose, Stage, position
from ringfence.policy.compile import policy_for
from ringfence.policy.words import networks_words

_KINDS = {
    Evidence.STANDARD: "an RFC or ITU-T recommendation",
    Evidence.VENDOR: "a vendor's manual",
    Evidence.CAPTURE: "seen in a capture, a log or an implementation of the real thing",
    Evidence.MEASURED: "measured by us on real programs and kernels",
    Evidence.FIELD_REPORT: "one person's observation",
    Evidence.ASSUMED: "no source found; a setting",
}
_PURPOSES = {
    Purpose.REGISTRATION: "the phone never registers",
    Purpose.CALLS: "registered, and nobody can call",
    Purpose.UPKEEP: "works on, for a time",
}


def stages() -> str:
    rows = ((f"[{stage.value}]({stage.value}.md)", stage.label, _PURPOSES[stage.purpose]) for stage in Stage)
    return table(("stage", "what it is", "without it"), rows)


def flows_of(name: str, stage: Stage | None = None) -> str:
    """Who opens what, of one stage or of all."""
    chosen = [flow for flow in flows(site(name)) if stage in {None, flow.stage}]
    if not chosen:
        return "Nothing of it crosses the firewall at this site.\n"
    rows = (
        (
            flow.stage.value,
            code(flow.id),
            _end(flow, "initiator"),
            _end(flow, "responder"),
            plain(flow.dialogue),
        )
        for flow in chosen
    )
    return table(("stage", "flow", "opened by", "towards", "what travels"), rows)


def _end(flow: Flow, side: str) -> str:
    party = flow.initiator if side == "initiator" else flow.responder
    return f"{party} {networks_words(party.networks)} {ports(flow, side)}".rstrip()


def evidence_of(name: str, stage: Stage | None = None) -> str:
    """What each flow is known from."""
    chosen = [flow for flow in flows(site(name)) if stage in {None, flow.stage}]
    rows = (
        (code(flow.id), basis.kind.value, plain(basis.citation)) for flow in chosen for basis in flow.basis
    )
    return table(("flow", "kind", "source"), rows)


def evidence_kinds() -> str:
    return table(("kind", "what it means"), ((kind.value, said) for kind, said in _KINDS.items()))


def rules_of(name: str, stage: Stage | None = None) -> str:
    """The rules of a proof (of those for flows of a stage), with what happened in the boot without each."""
    serving = {
        rule.id
        for rule in policy_for(site(name)).rules
        if stage is None or any(flow.stage is stage for flow in rule.because)
    }
    rows = (
        (
            code(rule.id),
            plain(rule.words),
            f"stops at {rule.stops_at.value if rule.stops_at else ''}: {plain(rule.first_dropped)}",
        )
        for rule in report(name).rules
        if rule.id in serving or (stage is not None and rule.stops_at is stage)
    )
    return table(("rule", "permits", "the boot without it"), rows)


def findings_of(stage: Stage | None, every: bool = False) -> str:
    """Findings that belong to a stage; `every`: all, in the order of the procedure."""
    chosen = sorted(
        (each for each in CATALOGUE.values() if every or each.stage is stage),
        key=lambda each: (position(each.stage), each),
    )
    return table(("finding", "severity", "what it means"), map(_finding_row, chosen))


def _finding_row(each: Code) -> tuple[str, str, str]:
    link = f"[{code(each)}](../reference/findings.md#{_anchor(each)})"
    return link, each.severity.value, plain(each.meaning)


def _anchor(each: Code) -> str:
    return each.lower()


def findings_page() -> str:
    """Every finding with what to check first, under a heading of its own that can be linked to."""
    parts = []
    for stage in (*Stage, None):
        chosen = sorted(each for each in CATALOGUE.values() if each.stage is stage)
        if chosen:
            parts.append(f"## {stage.label.capitalize() if stage else 'No stage of its own'}\n")
            parts += map(_finding_entry, chosen)
    return "\n".join(parts)


def _finding_entry(each: Code) -> str:
    former = f" Formerly {', '.join(map(code, each.former))}." if each.former else ""
    return (
        f"### {each} {{ #{_anchor(each)} }}\n\n*{each.severity.value}*. {plain(each.meaning)}{former}\n\n"
        f"Check first: {plain(each.check_first)}\n"
    )


def displays_of(stage: Stage | None, every: bool = False) -> str:
    """What phones show there."""
    chosen = [each for each in DISPLAYS if every or each.stage is stage]
    if not chosen:
        return "No words of a display are known for it.\n"
    rows = (
        (plain(each.words), each.families, plain(each.meaning), _findings(each.codes), _sourced(each.basis))
        for each in chosen
    )
    return table(("display", "sets", "what it means", "findings", "source"), rows)


def events() -> str:
    rows = (
        (
            ", ".join(map(str, each.numbers)),
            plain(each.keyword),
            each.stage.value,
            plain(each.meaning),
            ", ".join(each.displays),
            _findings(each.codes),
            _sourced(each.basis),
        )
        for each in EVENTS
    )
    headings = (
        "event",
        "keyword",
        "stage",
        "what it means",
        "the phone probably shows",
        "findings",
        "source",
    )
    return table(headings, rows)


def _findings(codes: Iterable[Code]) -> str:
    return "\n".join(f"[{code(each)}](../reference/findings.md#{_anchor(each)})" for each in codes)


def _sourced(basis: Basis) -> str:
    return "**no source**" if basis.kind is Evidence.ASSUMED else plain(basis.citation)


def capture_filters(name: str) -> str:
    """What to capture of each stage at that site."""
    found = flows(site(name))
    rows = ((stage.value, code(chosen)) for stage in Stage if (chosen := capture_filter(found, stage)))
    return table(("stage", "capture filter"), rows)


def targets() -> str:
    """What each firewall can say, and whether its running configuration can be read."""
    rows = (
        (
            target.title,
            code(name),
            "yes" if target.verified else "from the vendor's reference",
            ", ".join(need.value for need in Need if target.capability and need not in target.capability.can)
            or "nothing",
            "by state" if target.capability and target.capability.stateful else "by reverse rules",
            _read_by(name),
        )
        for name, target in TARGETS.items()
        if target.write is not None
    )
    headings = (
        "firewall",
        "`--for`",
        "text taken by the program itself",
        "cannot say",
        "replies",
        "`check` reads",
    )
    return table(headings, rows)


def _read_by(name: str) -> str:
    configuration = TARGETS[name].configuration
    return plain(configuration.what) if configuration is not None and configuration.read else "no"


def readable() -> str:
    """How to get the configuration that `check` reads, for each firewall that it reads."""
    rows = (
        (target.title, spans(target.configuration.what), code(target.configuration.take))
        for target in TARGETS.values()
        if target.configuration is not None and (target.configuration.read or target.configuration.listed_as)
    )
    return table(("firewall", "what `check` reads", "what prints it"), rows)


def dhcp_kinds() -> str:
    servers = ", ".join(f"{each.title} ({code(name)})" for name, each in SERVER_KINDS.items())
    relays = ", ".join(f"{each.title} ({code(name)})" for name, each in RELAY_KINDS.items())
    return f"DHCP servers (`--for`): {servers}.\n\nRelay agents (`--relay`): {relays}.\n"


def exit_statuses() -> str:
    return table(
        ("status", "what it says"), ((str(status), plain(said)) for status, said in MEANINGS.items())
    )


def json_formats() -> str:
    """A line for each document that a verb prints."""
    rows = (
        (
            code(f"ringfence {verb} --json"),
            f"[{verb}.json](schemas/{verb}.json)",
            "an object a line" if verb in BY_LINES else ", or ".join(_title(each) for each in shapes),
        )
        for verb, shapes in SHAPES.items()
    )
    return table(("verb", "schema", "document"), rows)


def _title(shape: type) -> str:
    return shape.__name__


def verbs_page() -> str:
    """Every verb with its arguments and flags."""
    return "\n".join(map(_verb, VERBS))


def _verb(verb: str) -> str:
    manual = manual_of(verb)
    parts = [
        f"## {verb}\n",
        f"```text\n{manual.usage}\n```\n",
        *(f"{spans(each)}\n" for each in manual.paragraphs),
    ]
    for heading, entries in (("argument", manual.arguments), ("flag", manual.options)):
        if entries:
            parts.append(table((heading, "what it is"), map(_entry, entries)))
    return "\n".join(parts)


def _entry(each: Entry) -> tuple[str, str]:
    return code(each.term), spans(each.meaning)
