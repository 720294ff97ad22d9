"""Findings: a word-code, what it means, what to check first. The catalogue is the manual's chapter."""

from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.stage import Stage


class Severity(StrEnum):
    FAILURE = "failure"  # a stage stops here
    WARNING = "warning"  # works now, will break or is wider than needed
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `ringfence why CODE` prints."""

    code: str
    severity: Severity
    stage: Stage | None
    meaning: str
    check_first: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation. `code` is in the catalogue; `sentence` names packet, rule or field.

    `frames` are 1-based frame numbers of the capture that shows it, where there is one.
    """

    code: str
    sentence: str
    stage: Stage | None = None
    frames: tuple[int, ...] = ()
    handset: str = ""
