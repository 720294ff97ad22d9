"""The rules that a configuration lacks, in its own syntax, and where in it they belong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ringfence.firewalls import CAPABILITIES, WRITERS
from ringfence.firewalls.cisco_asa.read import SAME_SECURITY
from ringfence.firewalls.common.ace import asa_address, entries, ios_address
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables.write import rule_lines
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule
from ringfence.policy.listing import Chain
from ringfence.policy.reverse import REPLY
from ringfence.policy.space import Row

_ROOM = 1000  # between two entries of a renumbered list


@dataclass(frozen=True, slots=True)
class Spot:
    """Where packets are stopped: at `row`, or (None) by the default of `chain`.

    `near` is the last row that packets from the same place meet: the list that a default belongs to.
    """

    chain: Chain
    row: Row | None
    near: Row | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The same for packets that one place of the configuration stops."""
        if self.row is not None:
            return self.chain.place, self.row.id
        # A chain may be made of several bound lists, each of which ends in the same default.
        bound = self.near.place.list if self.near and self.near.place.way else ""
        return self.chain.place, bound


class Remedy(NamedTuple):
    """`lines` to add at `where`; `refused` says why there are none."""

    where: str
    lines: tuple[str, ...]
    refused: str = ""


_Writer: TypeAlias = Callable[[Spot, Sequence[Rule], Device, Sequence[str]], Remedy | None]


def remedy(dialect: str, spot: Spot, rules: Sequence[Rule], device: Device, text: Sequence[str]) -> Remedy:
    """The rules for this spot. `text` are the configuration's lines; what cannot be said is refused."""
    if dialect not in WRITERS:
        return Remedy(_where(spot), (), f"there is no writer for {dialect}")
    try:
        inserted = _WRITERS[dialect](spot, rules, device, text) if dialect in _WRITERS else None
        return inserted or _whole(dialect, spot, rules, device)
    except InputError as refusal:
        remedy_ = f" ({refusal.remedy})" if refusal.remedy else ""
        return Remedy(_where(spot), (), f"{refusal}{remedy_}")


def _where(spot: Spot) -> str:
    if spot.row is not None:
        return f"before {spot.row.id}"
    return f"at the end of {spot.chain.place}"


def _nftables(spot: Spot, rules: Sequence[Rule], _device: Device, _text: Sequence[str]) -> Remedy:
    lines = [line for rule in rules for line in rule_lines(rule)]
    at = spot.row.place if spot.row and spot.row.place.number else spot.chain.end
    # Inserted one by one before the same rule they keep their order.
    verb = (
        f"insert rule {at.table} {at.list} handle {at.number}"
        if at.number
        else f"add rule {at.table} {at.list}"
    )
    return Remedy(_where(spot), tuple(f"nft {verb} {quoted(line)}" for line in lines))


def quoted(line: str) -> str:
    """For a shell, which would take the braces and quotes away."""
    return f"'{line}'"


def _iptables(spot: Spot, rules: Sequence[Rule], device: Device, text: Sequence[str]) -> Remedy:
    specs = iptables_specs(rules, device)
    tool = "iptables" if rules[0].version == 4 else "ip6tables"
    at = spot.row.place if spot.row else spot.chain.end
    if not 0 < at.number <= len(text):
        return Remedy(_where(spot), tuple(f"{tool} -t {at.table} -A {at.list} {spec}" for spec in specs))
    start = max((n for n, line in enumerate(text[: at.number]) if line.startswith("*")), default=0)
    number = sum(_appends(line, at.list) for line in text[start : at.number])
    lines = [f"{tool} -t {at.table} -I {at.list} {number + n} {spec}" for n, spec in enumerate(specs)]
    return Remedy(_where(spot), tuple(lines))


def iptables_specs(rules: Sequence[Rule], device: Device) -> list[str]:
    """The rules as what stands behind `-A CHAIN`, all of one family."""
    rendered = WRITERS["iptables"](Policy("fix", tuple(rules)), device).text.splitlines()
    head = f"-A {device.name} "
    return [line[len(head) :] for line in rendered if line.startswith(head) and "--comment" in line]


def _appends(line: str, chain: str) -> bool:
    words = line.split()
    if words and words[0].startswith("["):
        words = words[1:]
    return words[:2] in (["-A", chain], ["--append", chain])


def _asa(spot: Spot, rules: Sequence[Rule], _device: Device, text: Sequence[str]) -> Remedy | None:
    row = spot.row or spot.near
    if row is None or not row.place.list:
        return None
    name = row.place.list
    if name == SAME_SECURITY:
        return Remedy(_where(spot), (f"{SAME_SECURITY} {row.place.way}",))
    found = [entry for rule in rules for entry in entries(rule, asa_address)]
    if spot.row is None or spot.row.implicit:
        where = f"at the end of access list {name}"
        return Remedy(where, tuple(f"access-list {name} extended {entry}" for entry in found))
    # An ASA numbers every line of a list, remarks too.
    number = sum(line.startswith(f"access-list {name} ") for line in text[: row.place.number])
    lines = [f"access-list {name} line {number + n} extended {entry}" for n, entry in enumerate(found)]
    return Remedy(_where(spot), tuple(lines))


def _ios(spot: Spot, rules: Sequence[Rule], _device: Device, text: Sequence[str]) -> Remedy | None:
    """Entries with sequence numbers, after a renumbering that makes room before every entry."""
    row = spot.row or spot.near
    if row is None or not row.place.list:
        return None
    name = row.place.list
    listed = _ios_entries(name, text)
    found = [
        # Only what answers may be let back in by its ACK.
        entry
        for rule in rules
        for entry in entries(rule, ios_address, established=rule.id.endswith(REPLY))
    ]
    inside = spot.row is not None and not spot.row.implicit
    if not listed or len(found) >= _ROOM:
        return None
    position = sum(n <= row.place.number for n in listed) if inside else len(listed) + 1
    lines = (
        f"ip access-list resequence {name} {_ROOM} {_ROOM}",
        f"ip access-list extended {name}",
        *(f" {_ROOM * position - len(found) + n} {entry}" for n, entry in enumerate(found)),
    )
    return Remedy(_where(spot) if inside else f"at the end of access list {name}", lines)


def _ios_entries(name: str, text: Sequence[str]) -> list[int]:
    """The lines on which the entries of an extended list stand; none when there is no such list."""
    found: list[int] = []
    within = False
    for number, line in enumerate(text, start=1):
        if not line.startswith(" "):
            within = line.split()[:4] == ["ip", "access-list", "extended", name]
            words = line.split()[:3]
            extended = name.isdigit() and (100 <= int(name) <= 199 or 2000 <= int(name) <= 2699)
            if extended and words[:2] == ["access-list", name] and words[2:] != ["remark"]:
                found.append(number)
        elif within and {"permit", "deny"} & set(line.split()[:2]):
            found.append(number)
    return found


def _whole(dialect: str, spot: Spot, rules: Sequence[Rule], device: Device) -> Remedy:
    """What the writer makes of the rules, objects and all; its notes say how to move them into place."""
    # A device without state is given every rule it lacks, answers among them, and derives none.
    policy = Policy("fix", tuple(rules), stateful=CAPABILITIES[dialect].stateful)
    lines = WRITERS[dialect](policy, device).text.splitlines()
    return Remedy(_where(spot), tuple(line for line in lines if not line.startswith(("#", "!"))))


_WRITERS: dict[str, _Writer] = {
    "nftables": _nftables,
    "iptables": _iptables,
    "cisco-asa": _asa,
    "cisco-ios": _ios,
}
