"""A proof as a document for a change ticket: what is open, why, and what breaks without it."""

from ringfence.apps.report.document import (
    Cell,
    CodeBlock,
    Document,
    Ladder,
    Points,
    Prose,
    Section,
    TableBlock,
    Tone,
)
from ringfence.apps.report.leases import lease_words
from ringfence.apps.report.site_picture import site_picture
from ringfence.diagnosis.ladder import laid_out
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.kernel import KERNEL
from ringfence.firewalls.rendering import render_rules
from ringfence.model.provenance import Provenance, without_audio
from ringfence.model.site import Site
from ringfence.policy.compile import policy_for
from ringfence.verify.report import NetworkKind, ProofVerdict, Report, RuleResult, StageState

_STATES = {
    StageState.REACHED: Tone.GOOD,
    StageState.FAILED: Tone.BAD,
    StageState.NOT_REACHED: Tone.FAINT,
}
_NETWORKS = {NetworkKind.SIMULATED: "simulated", NetworkKind.KERNEL: "kernel firewall, real packets"}


def proof_document(
    site: Site, report: Report, timeline: HandsetTimeline | None, made: Provenance
) -> Document:
    """`timeline` is the handset's in the run with all rules, for the ladder; None: it was never seen."""
    proved = report.verdict is ProofVerdict.PROVED
    sections = (
        _reasons(report),
        Section("The site", (site_picture(site),)),
        _stages(report),
        _rules(report),
        _evidence(report),
        _probes(report),
        Section(
            "The rule set that was loaded",
            tuple(
                CodeBlock(
                    KERNEL.name if len(site.firewalls) == 1 else f"{KERNEL.name}, {firewall.name}",
                    render_rules(KERNEL, policy_for(site, firewall.name), Device(exclusive=True)).text,
                )
                for firewall in site.firewalls
            ),
            True,
        ),
        *(
            (Section("Every message", (Ladder("both sides of the firewall", laid_out(timeline)),), True),)
            if timeline
            else ()
        ),
    )
    return Document(
        f"Firewall rules for H.323 handsets: {report.site}",
        "proved" if proved else "not proved",
        Tone.GOOD if proved else Tone.BAD,
        _lead(report),
        (*_facts(report), *(("not included", said) for said in without_audio(site)), ("made by", str(made))),
        tuple(section for section in sections if section.blocks),
    )


def _lead(report: Report) -> str:
    if report.verdict is ProofVerdict.PROVED:
        return (
            f"{len(report.rules)} rules are enough for a handset to boot, register and stay registered;"
            " each of them is needed; nothing that no flow needs gets through."
        )
    failed = report.runs[-1].failed
    stops = f"A handset stops at {failed.stage.label}. " if failed else ""
    return f"{stops}The reasons come first, in the order in which to correct them."


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    networks = " and ".join(_NETWORKS[kind] for kind in report.networks)
    agree = "they agree on every boot" if not report.disagreements else "they disagree"
    leases = (("leases", lease_words(report)),) if report.shortened_leases else ()
    return (
        ("proved on", f"{networks}; {agree}" if len(report.networks) > 1 else networks),
        *leases,
        ("boots", f"{report.boots} in {report.seconds:.2f} s"),
        ("open", f"{report.exposure.opened:,} combinations of addresses and ports"),
        ("any to any, both ways, would open", f"{report.exposure.ratio:.1e} times as many"),
    )


def _reasons(report: Report) -> Section:
    blocks: list[Points | CodeBlock] = []
    if report.reasons:
        blocks.append(Points("", report.reasons))
    if report.corrections:
        text = "\n".join(correction.nft for correction in report.corrections)
        blocks.append(CodeBlock(f"rules to write instead ({KERNEL.name})", text + "\n"))
    if report.translation:
        blocks.append(Points("Translation and inspection:", report.translation))
    if report.notes:
        blocks.append(Points("Open without need:", report.notes))
    return Section("Why it is not proved" if report.reasons else "Open without need", tuple(blocks))


def _stages(report: Report) -> Section:
    rows = tuple(
        (
            Cell(stage.state.value, _STATES[stage.state]),
            Cell(stage.stage.label),
            Cell("" if stage.at is None else f"{stage.at:.1f} s"),
            Cell(
                stage.dropped or " ... ".join((*stage.packets[:1], *stage.packets[1:][-1:])) or stage.reason
            ),
        )
        for stage in report.runs[-1].stages
    )
    return Section("Stages of the boot", (TableBlock(("state", "stage", "after", "shown by"), rows, 3),))


def _rules(report: Report) -> Section:
    if not report.rules:
        return Section("Rules", ())
    rows = tuple(
        (Cell(rule.id), Cell(rule.words), Cell(str(rule.packets)), _without(rule)) for rule in report.rules
    )
    headings = ("rule", "permits", "packets", "without it")
    return Section("Rules, and what breaks without each", (TableBlock(headings, rows, 3),))


def _without(rule: RuleResult) -> Cell:
    if not rule.needed:
        return Cell("nothing breaks: not needed", Tone.BAD)
    return Cell(f"{rule.stops_at.label if rule.stops_at else ''} stops at {rule.first_dropped}")


def _evidence(report: Report) -> Section:
    rows = tuple((Cell(rule.id), Cell("; ".join(rule.evidence))) for rule in report.rules if rule.evidence)
    return Section("Evidence", (TableBlock(("rule", "evidence"), rows, 1),) if rows else ())


def _probes(report: Report) -> Section:
    if not report.probes:
        return Section("Probes outside the flows", ())
    through = [probe for probe in report.probes if probe.passed_on]
    said = f"{len(report.probes)} packets just outside the permitted ones, none of them needed by a flow: "
    said += f"{len(through)} got through." if through else "all were dropped."
    rows = tuple(
        (
            Cell("passed" if probe.passed_on else "dropped", Tone.BAD if probe.passed_on else Tone.GOOD),
            Cell(probe.kind),
            Cell(probe.packet),
        )
        for probe in (*through, *(probe for probe in report.probes if not probe.passed_on))
    )
    return Section(
        "Probes outside the flows",
        (Prose(said), TableBlock(("verdict", "kind", "packet"), rows, 2, dense=True)),
        folded=not through,
    )
