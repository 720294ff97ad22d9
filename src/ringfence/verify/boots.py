"""Boots on every network at hand, compared: what the simulator claims, the kernel must confirm."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ringfence.drivers.recording import RunRecording
from ringfence.model.policy import Policy
from ringfence.model.site import Site
from ringfence.roles.turns import dead_of, of_turn, turns
from ringfence.verify.judging import judged
from ringfence.verify.report import Disagreement, NetworkKind, RunResult
from ringfence.verify.testbed import Testbed

BootProgress: TypeAlias = Callable[[str], object]


class Boot(NamedTuple):
    """One boot: what was judged, and what it was judged from."""

    result: RunResult
    recording: RunRecording


class Boots:
    """Runs policies of one firewall (the first when none is named) on all testbeds and remembers where they
    disagreed.
    """

    def __init__(
        self, site: Site, testbeds: Sequence[Testbed], progress: BootProgress, firewall: str = ""
    ) -> None:
        self.disagreements: list[Disagreement] = []
        self.recordings: dict[NetworkKind, RunRecording] = {}  # of the first boot on each network
        self.count = 0
        self._site = site
        self._testbeds = testbeds
        self._firewall = firewall
        self._turns = turns(site)
        self._progress = progress

    def through(self, policy: Policy, what: str) -> tuple[Boot, ...]:
        """One result for each network, the most real one last.

        Of several servers of a kind every one is proved alone; the result is that of the first that fails, or
        of the last.
        """
        boots = tuple(self._on(testbed, policy, what) for testbed in self._testbeds)
        first, last = boots[0].result, boots[-1].result
        if first.signature() != last.signature():
            self.disagreements.append(Disagreement(what, _words(first), _words(last)))
        return boots

    def _on(self, testbed: Testbed, policy: Policy, what: str) -> Boot:
        """The first turn that fails; else the last in which no server died, which shows most."""
        testbed.load(policy, self._firewall)
        shown: Boot | None = None
        for turn in self._turns:
            self._progress(what)
            recording = testbed.boot(turn)
            self.count += 1
            self.recordings.setdefault(testbed.kind, recording)
            site = of_turn(self._site, turn)
            boot = Boot(judged(site, testbed.kind, recording, dead_of(site, turn)), recording)
            if not boot.result.passed:
                return boot
            if shown is None or turn.dying is None:
                shown = boot
        assert shown is not None
        return shown


def _words(result: RunResult) -> str:
    failed = result.failed
    if failed is None:
        return "every stage reached"
    return f"{failed.stage} fails: {failed.dropped or failed.reason}"
