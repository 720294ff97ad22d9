"""Markdown: a table for the change ticket, a title above and the meaning of the rules below it."""

from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.cells import COLUMNS, cells, in_front, meaning
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint
from ringfence.firewalls.common.screening import screen
from ringfence.model.policy import Policy

CAPABILITY = Capability("markdown", FULL - {Need.LOG}, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The table as text."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    lines = [f"# {policy.name.replace('|', '/')}", "", _line(COLUMNS), _line(("---",) * len(COLUMNS))]
    lines += [_line(cells(rule)) for rule in policy.rules]
    lines += ["", *meaning(policy)]
    return Rendered(CAPABILITY.target, "\n".join(lines) + "\n", (), (), (), meaning(policy), widenings)


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The whole table."""
    return in_front(write(policy, device).text)


def _line(row: tuple[str, ...]) -> str:
    clean = (cell.replace("|", "/").replace("\n", " ") for cell in row)
    return f"| {' | '.join(clean)} |"
