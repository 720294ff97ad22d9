"""Findings: a code, what it means, what to check first. One file for each stage."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from ringfence.model.stage import Stage


class Severity(StrEnum):
    FAILURE = "failure"  # a stage stops here
    WARNING = "warning"  # works now, will break or is wider than needed
    NOTE = "note"  # worth knowing


class Code(str):
    """What a kind of finding is called, and what `ringfence why CODE` says of it.

    A string of its own type: nothing but a constant of this package is a code, and reports write it as text.
    `stage` is None where it belongs to no stage. `former`: names it had, which old reports still bear.
    """

    __slots__ = ("check_first", "former", "meaning", "severity", "stage")

    severity: Severity
    stage: Stage | None
    meaning: str
    check_first: str
    former: tuple[str, ...]

    def __new__(
        cls,
        name: str,
        severity: Severity,
        stage: Stage | None,
        meaning: str,
        check_first: str,
        *,
        former: tuple[str, ...] = (),
    ) -> Self:
        code = super().__new__(cls, name)
        code.severity, code.stage, code.former = severity, stage, former
        code.meaning, code.check_first = meaning, check_first
        return code

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """So that a finding can go to another process."""
        named = (str(self), self.severity, self.stage, self.meaning, self.check_first)
        return named, {"former": self.former}


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation. `sentence` names packet, rule or field.

    `stage` is where it was seen, which need not be where its code belongs. `frames` are 1-based frame numbers
    of the capture that shows it, where there is one.
    """

    code: Code
    sentence: str
    stage: Stage | None = None
    frames: tuple[int, ...] = ()
    handset: str = ""
