"""nftables: a rule set as text after commands that add rules to it."""

import re
from collections.abc import Sequence

from ringfence.model.errors import InputError

_COMMAND = re.compile(r"nft (insert|add) rule (\S+) (\S+) (\S+)(?: handle (\d+))? '(.*)'")
# What stands before the rules of a chain.
_HEAD = re.compile(r"\s*(type|policy|flags|comment|devices?)\b")


def merge(text: str, lines: Sequence[str]) -> str:
    """`lines` are commands of `insert`.

    InputError for the JSON form, and for a chain that the text does not have line by line.
    """
    if text.lstrip().startswith("{"):
        raise InputError("a rule set as JSON", where="--into", remedy="give what nft -a list ruleset prints")
    done = text.splitlines()
    for line in lines:
        found = _COMMAND.fullmatch(line)
        if found is None:
            raise AssertionError(f"not a command of ours: {line}")
        verb, family, table, chain, handle, rule = found.groups()
        begin, end = _chain(done, (family, table, chain))
        at = end if verb == "add" else begin
        if handle:
            at = _rule(done, (begin, end), handle)
        done.insert(at, f"\t\t{rule}")
    return "".join(f"{line}\n" for line in done)


def _rule(lines: Sequence[str], within: tuple[int, int], handle: str) -> int:
    for n in range(*within):
        if lines[n].rstrip().endswith(f"# handle {handle}"):
            return n
    raise InputError(
        f"no rule with handle {handle} is at the end of a line",
        where="--into",
        remedy="give what nft -a list ruleset prints",
    )


def _chain(lines: Sequence[str], name: tuple[str, str, str]) -> tuple[int, int]:
    """Where the rules of a chain begin, and the line that closes it."""
    family, table, chain = name
    heads = {f"table {family} {table}", *([f"table {table}"] if family == "ip" else [])}
    within = begin = None
    for n, line in enumerate(lines):
        words = " ".join(line.split("#")[0].replace("{", " ").split())
        if words in heads and "{" in line:
            within = n
        elif within is not None and words == f"chain {chain}" and "{" in line:
            begin = n + 1
        elif begin is not None and words == "}":
            while begin < n and _HEAD.match(lines[begin]):
                begin += 1
            return begin, n
    raise InputError(f"chain {' '.join(name)} is not written over lines of its own", where="--into")
