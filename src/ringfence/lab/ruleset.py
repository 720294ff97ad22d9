"""Load rules and read them back: what the kernel enforces is what was meant, or an error says where not.

The text is read twice, by nftables and by `ruleset_text`; the kernel's own listing must mean the same as our
reading. So a lost rule, a widened port or another default policy cannot pass as proved, whoever lost it.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from ringfence.lab.nat_text import NAT_TABLES
from ringfence.lab.nft import Nft
from ringfence.lab.ruleset_terms import (
    ADDRESS_CONDITIONS,
    NftChain,
    NftCondition,
    NftHook,
    NftRule,
    NftRuleset,
    NftStatement,
    TermError,
    condition,
    rule_of,
)
from ringfence.lab.ruleset_text import read_ruleset_text


class RulesetDiffers(Exception):  # noqa: N818 - what is the matter, said plainly
    """The kernel does not have the rules that were meant; `differences` says each in a line."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("the kernel's ruleset is not the one intended: " + "; ".join(differences))
        self.differences = differences


def load(nft: Nft, text: str, beside: str = "") -> None:
    """Replace the ruleset and check what the kernel made of it.

    `beside`: tables of `nat_text` to load with it; they permit nothing, and are not compared.

    Raises RulesetNotUnderstood before anything is loaded, NftError when nftables refuses, RulesetDiffers.
    """
    intended = read_ruleset_text(text)
    nft.apply(f"{text}\n{beside}")
    _compare(intended, nft)


def verify_ruleset(nft: Nft, text: str) -> None:
    """Check that the kernel has the rules of `text`, nothing more and nothing less. Raises RulesetDiffers."""
    _compare(read_ruleset_text(text), nft)


def _compare(intended: NftRuleset, nft: Nft) -> None:
    try:
        found = read_ruleset(list(filter(_compared, nft.ruleset_json())))
    except TermError as error:
        raise RulesetDiffers((str(error),)) from error
    if different := tuple(differences(intended, found)):
        raise RulesetDiffers(different)


def _compared(entry: dict[str, Any]) -> bool:
    return not any(
        body.get("name" if kind == "table" else "table", "") in NAT_TABLES for kind, body in entry.items()
    )


def differences(intended: NftRuleset, found: NftRuleset) -> Iterator[str]:
    """Each way in which `found` is not `intended`."""
    for table in sorted(intended.keys() | found.keys()):
        name = " ".join(table)
        if table not in found:
            yield f"table {name} is missing"
        elif table not in intended:
            yield f"table {name} was not meant to be there"
        else:
            yield from _chain_differences(name, intended[table], found[table])


def _chain_differences(
    table: str, intended: dict[str, NftChain], found: dict[str, NftChain]
) -> Iterator[str]:
    for name in sorted(intended.keys() | found.keys()):
        where = f"{table} {name}"
        if name not in found:
            yield f"chain {where} is missing"
        elif name not in intended:
            yield f"chain {where} was not meant to be there"
        else:
            if intended[name].hook != found[name].hook:
                yield f"chain {where}: meant {intended[name].hook}, found {found[name].hook}"
            yield from _row_differences(where, intended[name].rows, found[name].rows)


def _row_differences(where: str, intended: list[NftRule], found: list[NftRule]) -> Iterator[str]:
    alignment = SequenceMatcher(None, intended, found, autojunk=False)
    for change, first, last, start, stop in alignment.get_opcodes():
        if change == "equal":
            continue
        for number, (meant, have) in enumerate(
            zip_longest(intended[first:last], found[start:stop]), first + 1
        ):
            if have is None:
                yield f"chain {where} rule {number} is missing: {meant}"
            elif meant is None:
                yield f"chain {where} has a rule that was not meant: {have}"
            else:
                yield f"chain {where} rule {number}: meant [{meant}], found [{have}]"


def read_ruleset(objects: list[dict[str, Any]]) -> NftRuleset:
    """The rules in a libnftables-json(5) listing. Raises TermError for what `ruleset_text` could not have
    written.
    """
    ruleset: NftRuleset = {}
    for entry in objects:
        for kind, body in entry.items():
            match kind:
                case "metainfo":
                    pass
                case "table":
                    ruleset[body["family"], body["name"]] = {}
                case "chain":
                    ruleset[body["family"], body["table"]][body["name"]] = NftChain(_hook(body))
                case "rule":
                    chain = ruleset[body["family"], body["table"]][body["chain"]]
                    chain.rows.append(rule_of(map(_part, body["expr"]), body.get("comment", "")))
                case _:
                    raise TermError(f"the kernel has a {kind} {body.get('name', '')} that was not meant")
    return ruleset


def _hook(body: dict[str, Any]) -> NftHook | None:
    if "hook" not in body:
        return None
    return NftHook(body["type"], body["hook"], int(body["prio"]), body.get("policy", "accept"))


def _part(expression: dict[str, Any]) -> NftCondition | NftStatement:
    ((word, body),) = expression.items()
    match word:
        case "match":
            return _condition(body)
        case "accept" | "drop" | "return" | "counter":
            return NftStatement(word)
        case "jump" | "goto":
            return NftStatement(word, (("", body["target"]),))
        case "log":
            # The kernel shows no other detail unless one was given.
            return NftStatement(
                "log", tuple(sorted((name, str(value)) for name, value in (body or {}).items()))
            )
        case "reject":
            return _reject(body)
        case _:
            raise TermError(f"the kernel has a statement {word!r} that was not meant")


def _reject(body: dict[str, Any] | None) -> NftStatement:
    if body is None or (body["type"], body.get("expr")) in {("icmpx", 1), ("icmpx", "port-unreachable")}:
        return NftStatement("reject")
    detail = body["type"] if "expr" not in body else f"{body['type']} {body['expr']}"
    return NftStatement("reject", (("with", detail),))


def _condition(body: dict[str, Any]) -> NftCondition:
    ((kind, left),) = body["left"].items()
    match kind:
        case "payload" if "protocol" in left:
            key = f"{left['protocol']} {left['field']}"
        case "meta" | "ct":
            key = f"{kind} {left['key']}"
        case _:
            raise TermError(f"the kernel has a condition {body['left']} that was not meant")
    if key == "ip protocol":
        key = "meta l4proto"
    # A plain "in" is the bit test of connection states; anything else would be another question.
    if body["op"] not in {"==", "!="} and (key, body["op"]) != ("ct state", "in"):
        raise TermError(f"the kernel tests {key} with {body['op']}")
    return condition(key, list(_values(key, body["right"])), negated=body["op"] == "!=")


def _values(key: str, right: Any) -> Iterator[tuple[str, str]]:
    match right:
        case {"set": list(members)}:
            for member in members:
                yield from _values(key, member)
        case list(members) if key == "ct state":
            for member in members:
                yield from _values(key, member)
        case {"range": [low, high]}:
            yield str(low), str(high)
        case {"prefix": {"addr": str(address), "len": int(length)}} if key in ADDRESS_CONDITIONS:
            yield f"{address}/{length}", ""
        case str() | int():
            yield str(right), str(right)
        case _:
            raise TermError(f"the kernel compares {key} with {right}")
