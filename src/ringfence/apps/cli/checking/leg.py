"""One configuration of the path, judged: what the screen, JSON and the files for pipelines are made of."""

from dataclasses import dataclass
from functools import cached_property

from ringfence.apps.cli.checking.plain_report import plain_report
from ringfence.check.outcomes import Outcome, outcomes
from ringfence.check.report import CheckReport, DiffReport
from ringfence.model.site import Site


@dataclass(frozen=True)
class Leg:
    """`file` is the configuration's name as given, `firewall` the site's name of its firewall."""

    file: str
    firewall: str
    site: Site
    report: CheckReport
    changes: DiffReport | None = None

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """With nothing unprintable in them, wherever they are written."""
        changes = None if self.changes is None else plain_report(self.changes)
        return outcomes(plain_report(self.report), changes)

    def __str__(self) -> str:
        return f"{self.firewall} ({self.file})"
