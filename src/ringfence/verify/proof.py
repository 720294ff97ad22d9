"""The proof: sufficient, needed, nothing more, and the networks agree."""

import time
from collections.abc import Callable, Sequence

from ringfence.drivers.recording import RunRecording
from ringfence.model.policy import Policy
from ringfence.model.registration import flows_through
from ringfence.model.site import Site
from ringfence.model.translated import ClosedFlow, closed_flows, passable
from ringfence.policy.compile import firewall_of, policy_for
from ringfence.verify.boots import Boot, Boots
from ringfence.verify.corrections import corrections
from ringfence.verify.exposure import beyond, measure
from ringfence.verify.failover import failover_reasons, prove_failovers
from ringfence.verify.needed import RuleNeed, needs
from ringfence.verify.probes import Probe, probes
from ringfence.verify.report import (
    Correction,
    NetworkKind,
    ProbeResult,
    ProofVerdict,
    Report,
    StageState,
)
from ringfence.verify.testbed import Testbed
from ringfence.verify.testbeds import LONGEST_LEASE, shortened_leases
from ringfence.verify.translation_notes import translation_notes


def prove(
    site: Site,
    testbeds: Sequence[Testbed],
    progress: Callable[[str], object],
    *,
    clock: Callable[[], float] = time.monotonic,
    policy: Policy | None = None,
    firewall: str = "",
    failing: bool = True,
) -> tuple[Report, dict[NetworkKind, RunRecording]]:
    """Prove the policy of one firewall on every testbed, the most real one last.

    `site` has one group of phones. Without a `policy` it is the site's own; without a `firewall` the site has
    one. `failing`: fail-over is tried too, which concerns all firewalls at once. Gives the report, and of
    each network the recording with all rules in place.
    """
    began = clock()
    policy = policy_for(site, firewall) if policy is None else policy
    boots = Boots(site, testbeds, progress, firewall)
    full = boots.through(policy, "all rules")
    passed = all(boot.result.passed for boot in full)
    need = needs(policy, boots, full[-1].result.counters) if passed else RuleNeed((), (), ())
    progress("probes")
    tried = _offered(site, policy, testbeds, firewall) if passed else ()
    taken_over = prove_failovers(site, testbeds, progress) if passed and failing else ()
    mended = () if passed else corrections(site, policy, boots)[0]
    name = firewall_of(site, firewall)
    crossing = flows_through(site, name)
    extra = beyond(policy, passable(site, crossing))
    reasons = (
        *_closed(closed_flows(site, crossing), full),
        *_failures(full, mended),
        *need.reasons,
        *failover_reasons(taken_over),
        *_doubts(site, need, tried, boots, extra),
    )
    report = Report(
        site=site.site,
        verdict=ProofVerdict.NOT_PROVED if reasons else ProofVerdict.PROVED,
        networks=tuple(testbed.kind for testbed in testbeds),
        runs=tuple(boot.result for boot in full),
        rules=need.rules,
        unneeded=need.unneeded,
        corrections=mended,
        probes=tried,
        exposure=measure(policy),
        disagreements=tuple(boots.disagreements),
        reasons=reasons,
        notes=extra,
        boots=boots.count + len(taken_over),
        seconds=clock() - began,
        shortened_leases=shortened_leases(site),
        proved_lease=LONGEST_LEASE,
        translation=translation_notes(site),
        failovers=taken_over,
    )
    return report, boots.recordings


def _offered(
    site: Site, policy: Policy, testbeds: Sequence[Testbed], firewall: str
) -> tuple[ProbeResult, ...]:
    tried: Sequence[Probe] = probes(site, testbeds[0].network)
    packets = tuple(probe.packet for probe in tried)
    passed: dict[NetworkKind, frozenset[object]] = {}
    for testbed in testbeds:
        testbed.load(policy, firewall)
        passed[testbed.kind] = frozenset(testbed.offer(packets))
    return tuple(
        ProbeResult(
            str(probe.packet),
            probe.kind,
            tuple(kind for kind, through in passed.items() if probe.packet in through),
        )
        for probe in tried
    )


def _closed(closed: Sequence[ClosedFlow], full: Sequence[Boot]) -> list[str]:
    """Of the flows that translation leads to nobody, those whose stage was not reached otherwise."""
    failed = {
        stage.stage for boot in full for stage in boot.result.stages if stage.state is StageState.FAILED
    }
    return [f"{each.flow.stage} stops: {each}" for each in closed if each.flow.stage in failed]


def _failures(full: Sequence[Boot], mended: Sequence[Correction]) -> list[str]:
    if mended:
        return [correction.sentence for correction in mended]
    found = []
    for boot in full:
        failed = boot.result.failed
        if failed is not None:
            found.append(f"{boot.result.network}: {failed.stage} stops: {failed.dropped or failed.reason}")
    return found


def _doubts(
    site: Site, need: RuleNeed, tried: Sequence[ProbeResult], boots: Boots, extra: Sequence[str]
) -> list[str]:
    doubts = [f"rule {rule} is not needed: the boot succeeds without it" for rule in need.unneeded]
    doubts += [
        f"permitted although no flow needs it: {probe.packet} ({probe.kind})"
        for probe in tried
        if probe.passed_on
    ]
    doubts += [
        f"{d.rules}: the simulator says {d.simulated}; the kernel says {d.kernel}"
        for d in boots.disagreements
    ]
    if not site.rules:
        # Generated rules must be the flows exactly; for a written table the exposure is reported beside it.
        doubts += extra
    return doubts
