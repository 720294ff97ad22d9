"""A good configuration, changed in one way, and what `check` has to say of it then."""

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from support.example_sites import example

BRANCH = example("branch")
RAS = "discover register keep-alive"
EVERYTHING = "address release vlan-move provision discover register signal echo renew notify keep-alive"
FROM_HANDSETS = "address release provision discover register echo renew keep-alive"


@dataclass(frozen=True)
class Mutation:
    """`edits` are pieces of the text and what takes their place; each piece stands in the text once.

    `stopped` are the stages that do not pass for certain, all of them; `blocks`: at least one of them is
    stopped for certain. `opens`: more is open than the procedure needs.
    """

    name: str
    edits: tuple[tuple[str, str], ...]
    stopped: str = ""
    blocks: bool = True
    opens: bool = False


def edited(text: str, edits: Sequence[tuple[str, str]]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def report_of(target: str, text: str, site: Site = BRANCH) -> CheckReport:
    return check(site, read_as(target, text), TARGETS[target], text=text.splitlines())


def not_permitted(report: CheckReport) -> set[str]:
    return {one.stage.value for one in report.stages if one.answer is not Answer.PERMITS}


def assert_good(target: str, text: str) -> None:
    report = report_of(target, text)
    assert report.answer is Answer.PERMITS, (not_permitted(report), report.unread)
    assert not report.exposure and not report.unread and not report.unbound


def assert_judged(target: str, text: str, mutation: Mutation) -> None:
    report = report_of(target, edited(text, mutation.edits))
    wanted = {Stage(name).value for name in mutation.stopped.split()}
    assert not_permitted(report) == wanted, [str(part) for part in report.unread]
    answers = (
        {Answer.BLOCKS} if wanted and mutation.blocks else {Answer.NOT_PROVED} if wanted else {Answer.PERMITS}
    )
    assert report.answer in answers
    assert bool(report.exposure) == mutation.opens, report.exposure
