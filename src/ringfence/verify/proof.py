"""The proof: sufficient, needed, nothing more, and the networks agree."""

import time
from collections.abc import Callable, Sequence

from ringfence.drivers.recording import Recording
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.policy.compile import policy_for
from ringfence.verify.boots import Boot, Boots
from ringfence.verify.corrections import corrections
from ringfence.verify.exposure import beyond, measure
from ringfence.verify.needed import Need, needs
from ringfence.verify.probes import Probe, probes
from ringfence.verify.report import (
    Correction,
    NetworkKind,
    ProbeResult,
    Report,
    Verdict,
)
from ringfence.verify.testbed import Rig


def prove(
    site: Site,
    rigs: Sequence[Rig],
    progress: Callable[[str], object],
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Report, dict[NetworkKind, Recording]]:
    """Prove the site's policy on every rig, the most real one last.

    Gives the report, and of each network the recording with all rules in place.
    """
    began = clock()
    policy = policy_for(site)
    boots = Boots(site, rigs, progress)
    full = boots.through(policy, "all rules")
    need = Need((), (), ())
    mended: tuple[Correction, ...] = ()
    tried: tuple[ProbeResult, ...] = ()
    if all(boot.result.passed for boot in full):
        need = needs(policy, boots, full[-1].result.counters)
        progress("probes")
        tried = _offered(site, policy, rigs)
    else:
        mended, _ = corrections(site, policy, boots)
    extra = beyond(policy, flows(site))
    reasons = (*_failures(full, mended), *need.reasons, *_doubts(site, need, tried, boots, extra))
    report = Report(
        site=site.site,
        verdict=Verdict.NOT_PROVED if reasons else Verdict.PROVED,
        networks=tuple(rig.kind for rig in rigs),
        runs=tuple(boot.result for boot in full),
        rules=need.rules,
        unneeded=need.unneeded,
        corrections=mended,
        probes=tried,
        exposure=measure(policy),
        disagreements=tuple(boots.disagreements),
        reasons=reasons,
        notes=extra,
        boots=boots.count,
        seconds=clock() - began,
    )
    return report, boots.recordings


def _offered(site: Site, policy: Policy, rigs: Sequence[Rig]) -> tuple[ProbeResult, ...]:
    tried: Sequence[Probe] = probes(site)
    packets = tuple(probe.packet for probe in tried)
    passed: dict[NetworkKind, frozenset[object]] = {}
    for rig in rigs:
        rig.load(policy)
        passed[rig.kind] = frozenset(rig.offer(packets))
    return tuple(
        ProbeResult(
            str(probe.packet),
            probe.kind,
            tuple(kind for kind, through in passed.items() if probe.packet in through),
        )
        for probe in tried
    )


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
    site: Site, need: Need, tried: Sequence[ProbeResult], boots: Boots, extra: Sequence[str]
) -> list[str]:
    doubts = [f"rule {rule} is not needed: the boot succeeds without it" for rule in need.unneeded]
    doubts += [
        f"permitted though no flow needs it: {probe.packet} ({probe.kind})"
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
