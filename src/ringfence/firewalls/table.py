"""`TARGETS`, the table that everything outside reads. A firewall is added by a folder and its line here.

A folder is loaded when one of its rows is wanted: whoever writes for one firewall does not wait for the
readers of all of them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from ringfence.firewalls.common.target import Target

# Each folder with what `rules --for` calls its rows. A text is recognised by the first row that knows it:
# where the words of one firewall are part of another's, the one with more words stands first.
_FOLDERS = {
    "nftables": ("nftables",),
    "iptables": ("iptables",),
    "firewalld": (),
    "panos": ("panos",),
    "fortios": ("fortios",),
    "openwrt": (),
    "vyos": (),
    "srx": ("srx",),
    "routeros": ("routeros",),
    "pf": ("pf",),
    "opnsense": ("opnsense",),
    "cisco_asa": ("cisco-asa",),
    "cisco_ios": ("cisco-ios",),
    "cisco_zbf": ("cisco-zbf",),
    "checkpoint": ("checkpoint",),
    "aws": ("aws-sg", "aws-sg-json", "aws-nacl", "aws-nacl-json"),
    "azure_nsg": ("azure-nsg",),
    "gcp": ("gcp",),
    "kubernetes": ("kubernetes",),
    "nsx": ("nsx",),
    "aerleon": ("aerleon",),
    "csv": ("csv",),
    "markdown": ("markdown",),
}
WRITABLE = tuple(sorted(name for names in _FOLDERS.values() for name in names))


class _Table(Mapping[str, Target]):
    """Rows by name, those that are only recognised too. Looking at all of them loads all of them."""

    def __getitem__(self, name: str) -> Target:
        folder = next((folder for folder, names in _FOLDERS.items() if name in names), None)
        return _rows(folder)[name] if folder is not None else _recognised()[name]

    def __iter__(self) -> Iterator[str]:
        return (name for folder in _FOLDERS for name in _rows(folder))

    def __len__(self) -> int:
        return sum(len(_rows(folder)) for folder in _FOLDERS)


@cache
def _rows(folder: str) -> dict[str, Target]:
    rows: tuple[Target, ...] = import_module(f"ringfence.firewalls.{folder}").TARGETS
    return {row.name: row for row in rows}


@cache
def _recognised() -> dict[str, Target]:
    """The rows that nothing is written for."""
    return {name: row for folder in _FOLDERS for name, row in _rows(folder).items() if name not in WRITABLE}


TARGETS: Mapping[str, Target] = _Table()
