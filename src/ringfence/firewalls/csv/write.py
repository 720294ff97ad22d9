"""CSV (RFC 4180, lines ended by LF): one row a rule."""

import csv
import io

from ringfence.firewalls.common.annotation import stated
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.cells import COLUMNS, cells, in_front, meaning
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint
from ringfence.firewalls.common.screening import screen
from ringfence.model.policy import Policy
from ringfence.model.printable import printable

CAPABILITY = Capability("csv", FULL - {Need.LOG}, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """One row a rule; addresses are separated by spaces."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    said = "; ".join(stated(policy, device))
    table.writerow((*COLUMNS, *(("made",) if said else ())))
    table.writerows(map(_safe, (*cells(rule), *((said,) if said else ()))) for rule in policy.rules)
    return Rendered(CAPABILITY.target, out.getvalue(), (), (), (), meaning(policy), widenings)


def _safe(cell: str) -> str:
    """No cell that a spreadsheet takes for a formula (OWASP, "CSV Injection"), and no control characters."""
    clean = printable(cell)
    return f"'{clean}" if clean.lstrip().startswith(("=", "+", "-", "@")) else clean


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The whole table."""
    return in_front(write(policy, device).text)
