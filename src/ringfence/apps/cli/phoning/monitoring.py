"""The result of one check as a line for Nagios and its kin, and its exit status.

Format and statuses: Monitoring Plugins Development Guidelines, "Plugin Output" and "Plugin Return Codes".
"""

from collections.abc import Sequence
from enum import IntEnum

from ringfence.apps.cli.phoning.line import Phone
from ringfence.model.printable import printable


class CheckStatus(IntEnum):
    """Exit statuses of a monitoring plugin."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def check_result(
    line: Sequence[Phone], *, warning: float | None, critical: float | None
) -> tuple[CheckStatus, str]:
    """The status and the line. `warning` and `critical`: seconds until all is reached that are too many."""
    bad = [phone for phone in line if not phone.good]
    slowest = max((_seconds(phone) for phone in line), default=0.0)
    if bad or (critical is not None and slowest > critical):
        status = CheckStatus.CRITICAL
    elif warning is not None and slowest > warning:
        status = CheckStatus.WARNING
    else:
        status = CheckStatus.OK
    return status, check_line(status, _words(line, bad, slowest), _figures(line, warning, critical))


def check_line(status: CheckStatus, words: str, figures: str = "") -> str:
    """One line, whatever the words hold: a bar would begin the figures."""
    said = printable(words).replace("\n", " ").replace("|", "/")
    return f"REGISTRATION {status.name} - {said}" + (f" | {figures}" if figures else "")


def _words(line: Sequence[Phone], bad: Sequence[Phone], slowest: float) -> str:
    if bad:
        first = f"{bad[0].name}: {bad[0].trouble}"
        return first if len(line) == 1 else f"{len(line) - len(bad)} of {len(line)} registered; {first}"
    if len(line) == 1:
        return f"{line[0].name} registered and left, all reached after {slowest:.2f} s"
    return f"{len(line)} of {len(line)} registered and left, the slowest after {slowest:.2f} s"


def _figures(line: Sequence[Phone], warning: float | None, critical: float | None) -> str:
    """The time at which each stage was reached, the slowest handset's; then the registered ones."""
    found: dict[str, float] = {}
    for phone in line:
        for stage, seconds in phone.times.items():
            found[stage.value] = max(found.get(stage.value, 0.0), seconds)
    limits = f";{_limit(warning)};{_limit(critical)};0"
    times = [f"{stage}={seconds:.3f}s{limits}" for stage, seconds in found.items()]
    return " ".join((*times, f"registered={sum(phone.good for phone in line)};;;0;{len(line)}"))


def _limit(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}"


def _seconds(phone: Phone) -> float:
    return max(phone.times.values(), default=0.0)
