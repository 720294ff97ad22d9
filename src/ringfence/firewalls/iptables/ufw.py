"""ufw: its settings and rule files, as the chains that it loads.

Written from ufw 0.36.2 (ufw-init-functions, before.rules, after.rules, user.rules): the files are in the form
of iptables-restore, and chains of its own stand around them. A chain that a file declares begins anew there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.reading import Reading, lines_of, place
from ringfence.firewalls.iptables.read import saved_chains
from ringfence.firewalls.iptables.text import TABLES, Saved, SavedRule, SavedTable, take_line
from ringfence.model.errors import InputError
from ringfence.policy.listing import Chain, Helper, Listing, Unbound
from ringfence.policy.space import Place

_WHAT = "ufw files"
_HEADER = re.compile(r"^==> (\S+) <==$")  # tail -n +1 of several files
_SETTING = re.compile(r"^([A-Za-z_][\w/.-]*)\s*=\s*\"?([^\"#]*?)\"?\s*$")
_FAMILY = re.compile(r"\bufw(6?)-(before|after|user)-")
_POLICIES = ("ACCEPT", "DROP", "REJECT")
_PARTS = ("before", "after", "user")
# In this order a packet that is forwarded meets them.
_STATIONS = ("before-logging", "before", "after", "after-logging", "reject", "track")


@dataclass(slots=True)
class _Section:
    """`*table` to COMMIT, with the lines between; `file` from a header, where there is one."""

    table: str
    file: str
    lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Files:
    """What the text has: settings with their lines, and sections in order."""

    settings: dict[str, tuple[int, str]] = field(default_factory=dict)
    sections: list[_Section] = field(default_factory=list)

    def said(self, name: str) -> str:
        return self.settings.get(name, (0, ""))[1].upper()


def read_ufw(text: str, zones: Named | None = None) -> Listing:
    """The rules of both families as far as their files are in the text; `zones` names interfaces.

    InputError for what is not ufw's, or is cut off. A file that is missing is named: what is in it could
    decide about any packet.
    """
    reading = Reading()
    files = _files(lines_of(text, _WHAT), reading)
    if files.said("ENABLED") == "NO":
        line = files.settings["ENABLED"][0]
        reading.unbound.append(Unbound("ufw", place(line), ("ufw enable",)))
        return reading.listing(())
    if "ENABLED" not in files.settings:
        reading.assumed.append("ufw is enabled")
    reading.assumed.append("before.init and after.init add no rules")
    chains: list[Chain] = []
    helpers: list[Helper] = []
    for version, sections in _families(files.sections):
        saved = _loaded(files, sections, version, reading)
        more, heard = saved_chains(saved, zones, reading)
        chains += [replace(chain, place=f"{chain.place} IPv{version}") for chain in more]
        helpers += heard
    if len({chain.versions for chain in chains}) == 1:
        (version,) = chains[0].versions
        reading.assumed.append(f"IPv{10 - version} is filtered elsewhere: these are files of IPv{version}")
    return reading.listing(chains, helpers)


def _files(lines: Sequence[str], reading: Reading) -> _Files:
    files = _Files()
    file = ""
    section: _Section | None = None
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        header = _HEADER.match(stripped)
        if header and section is None:
            file = header[1]
        elif not stripped or stripped[0] in "#;":
            continue
        elif section is not None:
            if stripped == "COMMIT":
                section = None
            else:
                section.lines.append((number, stripped))
        elif stripped[0] == "*":
            if stripped[1:] not in TABLES:
                raise InputError(f"a table called {stripped[1:41]}", where=f"{_WHAT} {place(number)}")
            section = _Section(stripped[1:], file)
            files.sections.append(section)
        elif setting := _SETTING.match(stripped):
            files.settings[setting[1]] = (number, setting[2].strip("' "))
        else:
            reading.stray(number, line, "neither a setting nor a rule")
    if section is not None:
        raise InputError("the text ends before COMMIT", where=f"{_WHAT} {place(len(lines))}")
    if not any(_FAMILY.search(line) for one in files.sections for _, line in one.lines):
        raise InputError("no rules of ufw", where=_WHAT, remedy="take the files of /etc/ufw, user.rules too")
    return files


def _families(sections: Sequence[_Section]) -> Iterator[tuple[int, list[_Section]]]:
    """The sections of IPv4 and those of IPv6; one without ufw's chains goes with the next that has some."""
    found: dict[int, list[_Section]] = {4: [], 6: []}
    waiting: list[_Section] = []
    version = 4
    for section in sections:
        waiting.append(section)
        named = next((m for _, line in section.lines if (m := _FAMILY.search(line))), None)
        if named or section.file:
            six = named[1] == "6" if named else section.file.endswith("6.rules")
            version = 6 if six else 4
            found[version] += waiting
            waiting = []
    found[version] += waiting
    return ((version, own) for version, own in found.items() if own)


def _loaded(files: _Files, sections: Sequence[_Section], version: int, reading: Reading) -> Saved:
    """What ufw makes of the files: its own chains, the files in their order, and the policy."""
    name = "ufw6" if version == 6 else "ufw"
    line, policy = files.settings.get("DEFAULT_FORWARD_POLICY", (0, ""))
    if policy not in _POLICIES:
        reading.stray(line or name, policy or "/etc/default/ufw", "DEFAULT_FORWARD_POLICY is not in the text")
        policy = "DROP"
    tables: dict[str, SavedTable] = {"filter": SavedTable()}
    own = tables["filter"]
    own.declare("FORWARD", "DROP" if policy == "REJECT" else policy)
    for station in _STATIONS:
        own.declare(f"{name}-{station}-forward", "-")
        _add(own, "FORWARD", line, ("-j", f"{name}-{station}-forward"))
    if policy == "REJECT":
        _add(own, f"{name}-reject-forward", line, ("-j", "REJECT"))
    if policy == "ACCEPT":
        for protocol in ("tcp", "udp"):
            state = ("-p", protocol, "-m", "conntrack", "--ctstate", "NEW", "-j", "ACCEPT")
            _add(own, f"{name}-track-forward", line, state)
    for chain in ("logging-deny", "logging-allow", "user-logging-forward", "user-limit", "user-limit-accept"):
        own.declare(f"{name}-{chain}", "-")
    own.declare(f"{name}-skip-to-policy-forward", "-")
    _add(own, f"{name}-skip-to-policy-forward", line, ("-j", policy))
    there = {part for part in _PARTS for one in sections if _is_part(one, name, part)}
    for part in _PARTS:
        if part not in there:
            suffix = "6" if version == 6 else ""
            reading.stray(name, f"{part}{suffix}.rules", "the file is not in the text")
    # The order in which ufw loads them, whatever theirs in the text.
    for section in sorted(sections, key=lambda one: _rank(one, name)):
        _restore(tables, section)
    _add(own, f"{name}-before-forward", line, ("-j", f"{name}-user-forward"))
    own.chains.setdefault(f"{name}-user-forward", [])
    own.policies["FORWARD"] = "DROP" if policy == "REJECT" else policy
    return Saved(tables, version)


def _add(table: SavedTable, chain: str, line: int, words: tuple[str, ...]) -> None:
    """A rule that ufw itself adds, under the line of the setting that it comes from."""
    text = f"-A {chain} {' '.join(words)} (added by ufw)"
    table.chains[chain].append(SavedRule(line, text, words, Place(line, chain, table="filter")))


def _is_part(section: _Section, name: str, part: str) -> bool:
    return any(f":{name}-{part}-" in line for _, line in section.lines)


def _rank(section: _Section, name: str) -> int:
    return next((n for n, part in enumerate(_PARTS) if _is_part(section, name, part)), 0)


def _restore(tables: dict[str, SavedTable], section: _Section) -> None:
    """As iptables-restore --noflush: a chain of one's own that is declared is emptied."""
    table = tables.setdefault(section.table, SavedTable())
    for number, line in section.lines:
        words = line.split()
        if line[0] == ":" and len(words) > 1 and words[1] == "-":
            table.chains[words[0][1:]] = []
        take_line(table, section.table, number, line, where=f"{_WHAT} {place(number)}")
