"""Rules of nftables as text, through the kernel's own parser to the listing that a reader knows.

The text is loaded in a namespace of its own, with interfaces of the names that it speaks of, and listed. What
nft does not take is refused with its words; nothing of the machine's own rules is looked at or changed.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Final

from ringfence.lab.netlink import NetlinkError
from ringfence.lab.netns import Namespace
from ringfence.lab.nft import Nft, NftError
from ringfence.lab.privilege import acquire
from ringfence.lab.rtnetlink import bridge
from ringfence.model.errors import InputError

_WHERE: Final = "nft list ruleset"
_MOST: Final = 4 * 2**20  # characters; nft takes some seconds for that
_INTERFACES: Final = 64
_FIRST_INDEX: Final = 100
# nft 1.0.6 prints the flags of a table in JSON from memory that it never wrote: they are kept beside it.
_FLAGS: Final = re.compile(r"\bflags\s+((?:dormant|owner|persist)(?:\s*,\s*(?:dormant|owner|persist))*)\s*;?")
_INCLUDE: Final = re.compile(r"^\s*include\s", re.MULTILINE)
# Interfaces that must be there when the text is loaded: iif, oif and devices are looked up by nft.
_NAMED: Final = re.compile(r'\b(?:iif|oif|devices?)\s*[!=]*\s*(?:\{([^}]*)\}|"?([\w.@:+-]{1,15})"?)')
_NAME: Final = re.compile(r"[\w.@:+-]{1,15}")
_TABLE: Final = re.compile(
    r"^\s*(?:add )?table (?:(ip|ip6|inet|arp|bridge|netdev) )?([\w.-]+) \{", re.MULTILINE
)
_CHAIN: Final = re.compile(r"^\s*chain ([\w.-]+) \{")
_HANDLE: Final = re.compile(r"# handle (\d+)\s*$")
# nft 1.0.6 lists `sport >= 1000 dport <= 2000` as `dport 1000-2000`, which is another rule.
_COMPARISON: Final = re.compile(r"[<>]=?|\b(?:lt|gt|le|ge)\b")
_WORDS: Final = re.compile(r'"[^"\n]*"|#.*')
_STATEMENT: Final = re.compile(r"(?:\\\n|[^;\n])+")
_NO_RULE: Final = re.compile(r"^\s*(type \w+ hook|policy |comment |device|flags |#|$)")


def listed_text(text: str) -> str:
    """What `nft -j list ruleset` prints once this text is loaded, with the text's own handles or lines.

    InputError when nft does not take it; LabUnavailable where there is no nft, or no namespace to be had.
    """
    if len(text) > _MOST:
        raise InputError(f"more than {_MOST} characters", where=_WHERE, remedy="give nft -j list ruleset")
    if _INCLUDE.search(text):
        raise InputError(
            "it includes other files", where=_WHERE, remedy="give what nft list ruleset prints instead"
        )
    _refuse_joined_comparisons(text)
    acquire()
    with closing(Namespace("rules as text")) as namespace:
        names = sorted({*_interfaces(text)} - {"lo"})[:_INTERFACES]
        with suppress(NetlinkError):  # nft will say which interface it misses
            namespace.netlink.perform([bridge(_FIRST_INDEX + n, name) for n, name in enumerate(names)])
        # nft asks the thread's own namespace for the numbers of interfaces.
        plain, flags = without_flags(text)
        objects = with_flags(namespace.run(lambda: _loaded(namespace, plain)), flags)
    return json.dumps({"nftables": _with_places(objects, text)})


def _refuse_joined_comparisons(text: str) -> None:
    plain = _WORDS.sub(lambda quoted: " " * len(quoted[0]), text)
    for statement in _STATEMENT.finditer(plain):
        if len(_COMPARISON.findall(statement[0])) > 1:
            line = plain.count("\n", 0, statement.start()) + 1
            raise InputError(
                "two comparisons in one rule, which nft may list as one range",
                where=f"{_WHERE}, line {line}",
                remedy="write each as a range: 1000-65535 for >= 1000",
            )


def without_flags(text: str) -> tuple[str, dict[tuple[str, str], list[str]]]:
    """The text with no table asleep or owned, and the flags that its tables had by family and name."""
    found: dict[tuple[str, str], list[str]] = {}
    begins = list(_TABLE.finditer(text))
    for flags in _FLAGS.finditer(text):
        table = next((one for one in reversed(begins) if one.start() < flags.start()), None)
        if table is not None:
            found[table[1] or "ip", table[2]] = [word.strip() for word in flags[1].split(",")]
    return _FLAGS.sub("", text), found


def with_flags(
    objects: list[dict[str, Any]], flags: dict[tuple[str, str], list[str]]
) -> list[dict[str, Any]]:
    """The objects of a listing with the flags of the tables."""
    for item in objects:
        table = item.get("table")
        if table is not None and (table["family"], table["name"]) in flags:
            table["flags"] = flags[table["family"], table["name"]]
    return objects


def _loaded(namespace: Namespace, text: str) -> list[dict[str, Any]]:
    # The program, as nft 1.0.6 gives up by abort() on some texts, which would end this process too.
    with closing(Nft(namespace, use_library=False)) as nft:
        try:
            nft.apply(text)
        except NftError as error:
            raise InputError(
                f"nft does not accept it: {_first_line(str(error))}",
                where=_WHERE,
                remedy="give what nft -j list ruleset prints (or iptables-save, for rules of iptables)",
            ) from None
        return nft.ruleset_json()


def _first_line(words: str) -> str:
    return " ".join(words.splitlines()[0].split())[:200] if words else "no reason given"


def _interfaces(text: str) -> Iterator[str]:
    for several, one in _NAMED.findall(text):
        yield from _NAME.findall(several) if several else (one,)


def _with_places(objects: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The objects with each rule's handle as the text has it, or its line: the namespace's own are others."""
    places = _places(text)
    rules: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for item in objects:
        rule = item.get("rule")
        if rule is not None:
            rule.pop("handle", None)
            rules.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(rule)
    for key, listed in rules.items():
        known = places.get(key, [])
        if len(known) == len(listed):
            for rule, (line, handle) in zip(listed, known, strict=True):
                rule.update({"handle": handle} if handle else {"line": line})
    return objects


def _places(text: str) -> dict[tuple[str, str, str], list[tuple[int, int]]]:
    """Line and handle (0: none) of each rule by family, table and chain, for text with a rule on a line."""
    found: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    family, table, chain, open_ = "", "", "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        begins, within = _TABLE.match(line), _CHAIN.match(line)
        if begins:
            family, table, chain = begins[1] or "ip", begins[2], ""
        elif within and not open_:
            chain = within[1]
        elif line.strip() == "}" and not open_:
            chain = ""
        elif chain and not _NO_RULE.match(line):
            if not open_:
                handle = _HANDLE.search(line)
                at = (number, int(handle[1]) if handle else 0)
                found.setdefault((family, table, chain), []).append(at)
            open_ += line.count("{") - line.count("}")
    return found
