"""Markdown: a table for the change ticket, a title above and the meaning of the rules below it."""

from ringfence.firewalls.common.annotation import stated
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.cells import COLUMNS, cells, in_front, meaning
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint
from ringfence.firewalls.common.screening import screen
from ringfence.model.policy import Policy
from ringfence.model.printable import printable

_MARKS = frozenset("\\`*_{}[]<>|#!&~$")
CAPABILITY = Capability("markdown", FULL - {Need.LOG}, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The table as text."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    lines = [f"# {_escaped(policy.name)}", "", _line(COLUMNS), f"|{' --- |' * len(COLUMNS)}"]
    lines += [_line(cells(rule)) for rule in policy.rules]
    lines += ["", *meaning(policy), *(f"\n{_escaped(line)}" for line in stated(policy, device))]
    return Rendered(CAPABILITY.target, "\n".join(lines) + "\n", (), (), (), meaning(policy), widenings)


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The whole table."""
    return in_front(write(policy, device).text)


def _line(row: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    """The text as Markdown shows it: no mark-up, HTML, cell or line of its own (CommonMark 0.31, 2.4)."""
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in printable(text))
