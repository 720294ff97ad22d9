"""Text of a site file -> `Site`, in either edition of the language; all mistakes of a file at once."""

from collections.abc import Callable
from typing import Any

from ringfence.model.errors import InputError
from ringfence.model.language.checks import faults_of
from ringfence.model.language.document import Mapping, Path, compose
from ringfence.model.language.first import BranchText
from ringfence.model.language.groups import whole
from ringfence.model.language.printing import as_text
from ringfence.model.language.reading import Fault, read, refusal
from ringfence.model.language.resolve import resolved
from ringfence.model.language.schema import of_site
from ringfence.model.language.second import SiteText
from ringfence.model.language.upgrade import place, upgraded
from ringfence.model.site import Site

# Keys that one edition has and the other has not.
_FIRST = frozenset({"vlans", "relay", "firewall", "dhcp_server", "file_server", "gatekeeper", "registration"})
_SECOND = frozenset({"firewalls", "servers", "phones", "all_phones", "phones_table"})


def _no_table(name: str) -> str:
    raise InputError("no table can be read beside this text", where=name)


def parse(text: str, name: str = "site file", table: Callable[[str], str] = _no_table) -> Site:
    """The site that `text` describes. `table` gives the text of a table that it names.

    InputError says what is wrong, with file, line and column; its `others` are the further mistakes.
    """
    root = compose(text, name)
    if _is_first(root):
        old, faults = read(BranchText, root)
        if old is None:
            raise refusal(root, faults)
        new = upgraded(old)
        if new.amended:
            raise refusal(root, [_with_the_way_out(fault, name) for fault in new.amended])
        return _checked(root, new.text, place)
    root, faults = whole(root, table)
    written, more = (None, []) if faults else read(SiteText, root)
    if written is None:
        raise refusal(root, faults + more)
    return _checked(root, written, lambda path: path)


def upgrade(text: str, name: str = "site file") -> str:
    """The text of a file of the first edition, said in the second; InputError when it is no such file."""
    root = compose(text, name)
    if not _is_first(root):
        raise InputError("this file is already in the second edition", where=name)
    old, faults = read(BranchText, root)
    if old is None:
        raise refusal(root, faults)
    return as_text(upgraded(old))


def schema() -> dict[str, Any]:
    """The JSON Schema of a site file (second edition), for editors."""
    return of_site()


def _is_first(root: Mapping) -> bool:
    keys = set(root.entries)
    return len(keys & _FIRST) > len(keys & _SECOND)


def _with_the_way_out(fault: Fault, name: str) -> Fault:
    return Fault(fault.path, fault.what, f"`ringfence site upgrade {name}` writes {fault.remedy}")


def _about_one_thing(one: Fault, other: Fault) -> bool:
    return all(a == b for a, b in zip(one.path, other.path, strict=False))


def _checked(root: Mapping, written: SiteText, where: Callable[[Path], Path]) -> Site:
    site, faults = resolved(written)
    # What leads nowhere has been said: that it also makes no sense would be said of a stopgap.
    faults += [each for each in faults_of(site) if not any(_about_one_thing(each, one) for one in faults)]
    if faults:
        raise refusal(root, [Fault(where(each.path), each.what, each.remedy) for each in faults])
    return site
