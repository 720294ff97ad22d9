"""What `ringfence prove` shows: the site, the stages, the rules, the verdict."""

from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText
from ringfence.apps.report.leases import lease_words
from ringfence.diagnosis.ladder import ladder
from ringfence.drivers.recording import RunRecording
from ringfence.firewalls.kernel import KERNEL
from ringfence.model.site import Addressing, CallControl, Discovery, Group, RelaySource, Site
from ringfence.verify.judging import timeline_of
from ringfence.verify.report import (
    KindResult,
    NetworkKind,
    ProofVerdict,
    Report,
    RuleResult,
    RunResult,
    StageResult,
    StageState,
)

_MARKS = {
    StageState.REACHED: ("ok", "green"),
    StageState.FAILED: ("FAILED", "bold red"),
    StageState.NOT_REACHED: ("-", "dim"),
}
_WHO = {NetworkKind.SIMULATED: "simulated network", NetworkKind.KERNEL: "kernel firewall, real packets"}
_LISTED = 8
_NAMED = 5
_WIDE = 150


def print_report(out: Screen, site: Site, report: Report) -> None:
    """The whole report for a person, the verdict last, where the eye rests."""
    _print_site(out, site)
    if report.kinds:
        _print_kinds(out, report.kinds)
    _print_stages(out, report.runs[-1])
    if report.rules:
        _print_rules(out, report.rules)
    _print_measures(out, report)
    _print_reasons(out, report)
    _print_verdict(out, report)


def print_trace(out: Screen, site: Site, recording: RunRecording) -> None:
    """Every message of the full run as a ladder."""
    line = timeline_of(site, recording)
    out.print()
    if line is None:
        out.print("trace: nothing of the handset reached the firewall")
        return
    out.print(ladder(line), soft_wrap=True, end="")


def _print_site(out: Screen, site: Site) -> None:
    group = site.groups[0]
    vlans = f"handsets {group.voice.network}"
    if group.moves:
        vlans += f" (VLAN {group.voice.id}; they boot untagged on {group.boot_vlan.network})"
    files = ", ".join(f"{each.scheme}://{each.address}:{each.port}" for each in group.files)
    gatekeepers = ", ".join(str(each.address) for each in group.gatekeepers)
    out.print(StyledText(site.site, style="bold").append(f"  {vlans}"))
    out.print(
        f"  {_dhcp(site, group)} | files {files}"
        f" | gatekeeper {gatekeepers}, {_discovery(group)}, {_call_control(group)}",
        soft_wrap=True,
    )


def _dhcp(site: Site, group: Group) -> str:
    servers = ", ".join(str(each.address) for each in group.dhcp)
    relay = group.voice.relay
    if group.addressing is Addressing.STATIC:
        return "static addresses"
    if all(each.address in group.voice.network for each in group.dhcp) or relay is None:
        return f"DHCP {servers} in the VLAN"
    owner = site.own_addresses.get(group.voice.router)
    if owner is not None:
        return f"{owner} is router and relay | DHCP {servers}"
    asks = "its uplink" if relay.source is RelaySource.UPLINK else "its giaddr"
    return f"relay {group.voice.uplink or relay.giaddrs[0]} asks from {asks} | DHCP {servers}"


def _discovery(group: Group) -> str:
    return "found by multicast" if group.calls.discovery is Discovery.MULTICAST else "asked by unicast"


def _call_control(group: Group) -> str:
    gatekeeper, calls = group.gatekeepers[0], group.calls
    match calls.call_control:
        case CallControl.GATEKEEPER:
            return f"opens call signalling {calls.gatekeeper_ports} -> {calls.signalling_port}"
        case CallControl.HANDSET:
            return f"handsets open call signalling -> {gatekeeper.signalling_port}"
        case CallControl.HANDSET_TLS:
            return f"handsets open call signalling over TLS -> {gatekeeper.tls_port}"


def _print_kinds(out: Screen, kinds: tuple[KindResult, ...]) -> None:
    """Which group was booted, and for which others it stands."""
    out.print()
    out.print(
        "kinds of groups (one phone of each kind boots; groups of the same kind are proved on packet sets)",
        style="bold",
    )
    rows = []
    for kind in kinds:
        failed = kind.run.failed
        others = kind.groups[1:]
        stands = ", ".join(others[:_NAMED]) + (
            f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        )
        said = "every stage reached" if failed is None else f"stops at {failed.stage.value}"
        rows.append((kind.booted, said, f"stands for {stands}" if others else ""))
    out.print(table(("booted", "with all rules", ""), rows, wrap=""))


def _print_stages(out: Screen, run: RunResult) -> None:
    out.print()
    out.print(f"stages ({_WHO[run.network]}; seconds since power-up)", style="bold")
    out.print(
        table(("", "stage", "at", "shown by"), (_stage_row(stage) for stage in run.stages), wrap="shown by")
    )


def _stage_row(stage: StageResult) -> tuple[StyledText | str, ...]:
    word, style = _MARKS[stage.state]
    at = "" if stage.at is None else f"{stage.at:.1f}"
    if stage.state is StageState.REACHED:
        shown = " ... ".join((*stage.packets[:1], *((stage.message,) if stage.packets[1:] else ())))
    elif stage.dropped:
        shown = f"dropped: {stage.dropped}"
    else:
        shown = stage.reason
    return StyledText(word, style=style), stage.stage.value, StyledText(at, right=True), shown


def _print_rules(out: Screen, rules: tuple[RuleResult, ...]) -> None:
    out.print()
    out.print("rules (state lets replies through; everything else is dropped)", style="bold")
    # In a narrow window the addresses, which the rule has already, would only fill the lines.
    brief = out.width < _WIDE
    rows = (_rule_row(rule, brief=brief) for rule in rules)
    out.print(table(("rule", "permits", "packets", "needed"), rows, wrap="needed"))


def _rule_row(rule: RuleResult, *, brief: bool) -> tuple[StyledText | str, ...]:
    packets = StyledText(str(rule.packets), right=True)
    if not rule.needed:
        return (
            rule.id,
            rule.words,
            packets,
            StyledText("NOT NEEDED: the boot succeeds without it", style="bold red"),
        )
    stops_at = (brief and rule.message) or rule.first_dropped
    return rule.id, rule.words, packets, f"without it: {rule.stops_at} stops at {stops_at}"


def _print_measures(out: Screen, report: Report) -> None:
    out.print()
    if report.probes:
        dropped = sum(not probe.passed_on for probe in report.probes)
        out.print(
            f"probes: {dropped} of {len(report.probes)} packets outside the flows were dropped "
            f"({', '.join(_WHO[kind] for kind in report.networks)})"
        )
    opened, ratio = report.exposure.opened, report.exposure.ratio
    out.print(
        f"exposure: the rules open {opened:,} combinations of addresses and ports; "
        f'"these ports, both ways, any to any" opens {ratio:.1e} times as many'
    )
    if report.shortened_leases:
        out.print(f"leases: {lease_words(report)}")
    if report.failovers:
        over = sum(not each.reason for each in report.failovers)
        lists = ", ".join(dict.fromkeys(each.servers for each in report.failovers))
        out.print(
            f"fail-over: in {over} of {len(report.failovers)} boots in which the first server of a list died "
            f"({lists}) the next one took over"
        )
    if len(report.networks) > 1 and not report.disagreements:
        out.print("agreement: the simulated network and the kernel give the same result for every boot")


def _print_reasons(out: Screen, report: Report) -> None:
    if report.reasons:
        out.print()
        out.print("why it is not proved", style="bold")
        for number, reason in enumerate(report.reasons, 1):
            out.print(f"  {number}. {reason}", soft_wrap=True)
    if report.corrections:
        out.print()
        out.print(
            f"rules to write ({KERNEL.name}; `ringfence rules --for TARGET` writes others)", style="bold"
        )
        for correction in report.corrections:
            for line in correction.nft.splitlines():
                out.print(f"  {line}", soft_wrap=True)
    if report.translation:
        out.print()
        out.print("translation and inspection", style="bold")
        for note in report.translation:
            out.print(f"  {note}", soft_wrap=True)
    if report.notes:
        out.print()
        out.print("open without need", style="bold")
        for note in report.notes[:_LISTED]:
            out.print(f"  {note}", soft_wrap=True)
        if len(report.notes) > _LISTED:
            out.print(f"  and {len(report.notes) - _LISTED} more (--json lists them)")


def _print_verdict(out: Screen, report: Report) -> None:
    out.print()
    cost = f"({report.boots} boots, {report.seconds:.2f} s)"
    if report.verdict is ProofVerdict.PROVED:
        rules = f"{len(report.rules)} rules are enough, each is needed, nothing else gets through"
        out.print(StyledText("PROVED", style="bold green").append(f"  {rules}  {cost}"))
        return
    failed = report.runs[-1].failed
    what = f"the handset stops at {failed.stage}: {failed.stage.label}" if failed else "see the reasons above"
    out.print(StyledText("NOT PROVED", style="bold red").append(f"  {what}  {cost}"))
