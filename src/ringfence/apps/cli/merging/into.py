"""`ringfence rules SITE --into FILE`: only what a running configuration lacks, read back and judged."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.files.config_input import (
    ConfigurationFile,
    device_of,
    read_listing,
    sides_of,
    zones_given,
)
from ringfence.apps.cli.screen import print_json, progress_console
from ringfence.apps.provenance import provenance_of
from ringfence.check.completion import Completed, completed
from ringfence.firewalls.common.capability import Need
from ringfence.model.printable import printable
from ringfence.model.provenance import without_audio
from ringfence.model.site import Site
from ringfence.policy.listing import Listing


class LineOptions(NamedTuple):
    """How a person wants the lines: the device's names of zones, a prefix of names, what may be wider."""

    zones: Sequence[str]
    name: str
    widen: frozenset[Need]


def print_into(site: Site, running: ConfigurationFile, target: str, given: LineOptions, *, json: bool) -> int:
    """The lines to standard output, where they go and the verdict to standard error. Gives the exit status.

    `target`: its name, or empty to have it recognised.
    """
    named = zones_given(site, given.zones)
    chosen, listing = read_listing(running, target, named, sides_of(site))
    device = replace(device_of(site, named, listing), name=given.name, widen=given.widen)

    def read(text: str) -> Listing:
        return read_listing(running._replace(text=text), chosen.name, named, sides_of(site))[1]

    merged = completed(site, chosen, running.text, read, device)
    if json:
        print_json(merged, provenance_of(site))
    else:
        _print(site, running.name, merged)
    return OK if merged.proved else NOT_PROVED


def _print(site: Site, name: str, merged: Completed) -> None:
    out = progress_console()
    out.print("; ".join((f"made by {provenance_of(site)}", *without_audio(site))), soft_wrap=True)
    for fix in merged.added:
        sys.stdout.write("".join(f"{line}\n" for line in fix.lines))
        out.print(f"{len(fix.lines)} lines, {fix.where}: {', '.join(fix.flows)}", soft_wrap=True)
    for fix in merged.refused:
        out.print(f"cannot be added, {fix.where}: {fix.refused} ({', '.join(fix.flows)})", soft_wrap=True)
    for note in merged.after.notes:
        out.print(f"note: {note}", soft_wrap=True)
    before, after = merged.before.answer, merged.after.answer
    added = "with these lines" if merged.added else "nothing was added"
    out.print(f"{printable(name)}: {before} without, {after} {added}", soft_wrap=True)
    if not merged.proved:
        out.print("why: ringfence check with the same files", soft_wrap=True)
