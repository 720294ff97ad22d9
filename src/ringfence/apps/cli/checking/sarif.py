"""The result of `check` as SARIF 2.1.0 (OASIS): what code hosting shows beside the lines of a change.

What GitHub asks of a file beyond the standard is kept too: every result has a file and a line. One without a
line of its own stands at the first.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from ringfence.apps.cli.checking.leg import Leg
from ringfence.check.outcomes import Outcome
from ringfence.check.report import ConfigLine
from ringfence.firewalls.common.reading import line_number
from ringfence.model.findings import Code, Severity
from ringfence.model.provenance import Provenance

_LEVELS = {Severity.FAILURE: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_RELATED = 20  # lines of one result


def sarif(legs: Sequence[Leg], made: Provenance) -> str:
    """One run. Files are named as they were given: relative to the repository's root where that is so."""
    codes = {code: n for n, code in enumerate(sorted({one.code for leg in legs for one in leg.outcomes}))}
    driver = {
        "name": "ringfence",
        "version": made.version,
        "informationUri": "https://github.com/ringfence/ringfence",
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "artifacts": [
            {"location": {"uri": _uri(leg)}, "hashes": {"sha-256": leg.report.sha256}} for leg in legs
        ],
        "results": [_result(leg, one, codes) for leg in legs for one in leg.outcomes],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": str(code),
        "shortDescription": {"text": code.meaning.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": code.meaning},
        "help": {"text": f"Check first: {code.check_first}"},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(leg: Leg, outcome: Outcome, codes: dict[Code, int]) -> dict[str, Any]:
    lines = outcome.lines or (ConfigLine(leg.file),)
    found: dict[str, Any] = {
        "ruleId": str(outcome.code),
        "ruleIndex": codes[outcome.code],
        "level": _LEVELS[outcome.code.severity],
        "message": {"text": outcome.sentence},
        "locations": [_location(leg, lines[0])],
        "partialFingerprints": {"ringfence/v1": _fingerprint(leg, outcome)},
    }
    if lines[1:]:
        found["relatedLocations"] = [_location(leg, line) for line in lines[1:_RELATED]]
    return found


def _location(leg: Leg, line: ConfigLine) -> dict[str, Any]:
    physical = {
        "artifactLocation": {"uri": _uri(leg)},
        "region": {"startLine": line_number(line.place) or 1},
    }
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": line.place}]}


def _uri(leg: Leg) -> str:
    return quote(PurePath(leg.file).as_posix())


def _fingerprint(leg: Leg, outcome: Outcome) -> str:
    """The same while the finding is about the same flow and words, whatever line they have moved to."""
    return sha256("\n".join(_identity(leg, outcome)).encode()).hexdigest()


def _identity(leg: Leg, outcome: Outcome) -> Iterator[str]:
    yield from (leg.file, outcome.code, outcome.flow)
    yield from (line.text or line.place for line in outcome.lines) if not outcome.flow else ()
