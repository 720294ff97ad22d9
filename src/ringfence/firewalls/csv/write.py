"""CSV (RFC 4180, lines ended by LF): one row a rule."""

import csv
import io

from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.cells import COLUMNS, cells, in_front, meaning
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint
from ringfence.firewalls.common.screening import screen
from ringfence.model.policy import Policy

CAPABILITY = Capability("csv", FULL - {Need.LOG}, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """One row a rule; addresses are separated by spaces."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(cells(rule) for rule in policy.rules)
    return Rendered(CAPABILITY.target, out.getvalue(), (), (), (), meaning(policy), widenings)


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The whole table."""
    return in_front(write(policy, device).text)
