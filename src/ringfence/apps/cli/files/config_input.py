"""A firewall's configuration from the file a person names."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

from ringfence.firewalls.common.document import Device, Zone
from ringfence.firewalls.common.site_zones import servers_zone, zones_where_placed
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.recognise import described, read_as, readable, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.firewalls.translation import outside_behind
from ringfence.lab.nft_text import listed_text
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.listing import Listing

_MOST_OCTETS = 64 * 2**20
_ZONE = "--zone"


class ConfigurationFile(NamedTuple):
    """The text and where it came from; `digest` is what a change ticket quotes."""

    name: str
    text: str
    octets: bytes


def read_configuration(name: str) -> ConfigurationFile:
    """The text of file `name` ("-": standard input). InputError for what is no text, or too much of it."""
    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            octets = sys.stdin.buffer.read(_MOST_OCTETS + 1)
        else:
            with Path(name).open("rb") as file:
                octets = file.read(_MOST_OCTETS + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=shown) from None
    if len(octets) > _MOST_OCTETS:
        raise InputError(f"larger than {_MOST_OCTETS // 2**20} MiB: not a configuration", where=shown)
    return ConfigurationFile(shown, _text(octets, shown), octets)


def _text(octets: bytes, shown: str) -> str:
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:  # what PowerShell redirects into a file
        try:
            return octets.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError("binary data, not a configuration", where=shown) from None
    at = octets.find(b"\0")
    if at >= 0:
        raise InputError(f"binary data, not a configuration: octet {at} is zero", where=shown)
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("latin-1")  # remarks in the administrator's own language


def read_listing(
    configuration: ConfigurationFile,
    target: str,
    named: Mapping[str, tuple[Network, ...]],
    sides: Callable[[Target], Mapping[str, tuple[Network, ...]]] | None = None,
) -> tuple[Target, Listing]:
    """The target (recognised when `target` is empty) and what its reader understood.

    `sides` gives the networks of zones by the names that our own rules give them: they are taken for a zone
    of such a name behind which neither `named` nor the text says what lives.
    """
    text = configuration.text
    # What lives behind a name that is not there would meet no rule at all.
    absent = {name: nets for name, nets in named.items() if not _stands_in(name, text)}
    configuration, target = _listed(configuration, target)
    text = configuration.text
    chosen = TARGETS.get(target) if target else recognise(text)
    names = ", ".join(readable())
    if target and target not in readable():
        raise InputError(f"there is no reader for {target!r}", where="--for", remedy=f"one of: {names}")
    if chosen is None or chosen.name not in readable():
        what = (
            f"{described(chosen)} cannot be read"
            if chosen
            else "not recognised as the configuration of a known firewall"
        )
        raise InputError(what, where=configuration.name, remedy=f"choose one with --for: {names}")
    try:
        present = {name: nets for name, nets in named.items() if name not in absent}
        listing = read_as(chosen.name, text, present or None)
        known = {**(sides(chosen) if sides else {}), **absent}
        more = {name: nets for name, nets in known.items() if name in listing.unplaced}
        for name in absent.keys() - more.keys():  # a device may ask for a name that its text leaves unsaid
            raise InputError(f"{name!r} is not in {configuration.name}", where=_ZONE)
        return chosen, read_as(chosen.name, text, {**named, **more}) if more else listing
    except InputError as error:
        where = error.where if error.where == _ZONE else f"{configuration.name}: {error.where}".rstrip(": ")
        raise InputError(error.what, where=where, remedy=error.remedy) from None


def _listed(configuration: ConfigurationFile, target: str) -> tuple[ConfigurationFile, str]:
    """A text that the kernel here can turn into the form of another target, as that; any other unchanged."""
    found = recognise(configuration.text)
    form = found.configuration if found else None
    if found is None or form is None or not form.listed_as or target not in {"", found.name, form.listed_as}:
        return configuration, target
    try:
        return configuration._replace(text=listed_text(configuration.text)), form.listed_as
    except LabUnavailable as error:
        raise InputError(
            f"{form.what} cannot be read here ({error.call})",
            where=configuration.name,
            remedy=f"give what {form.take} prints",
        ) from None
    except InputError as error:
        raise InputError(
            error.what, where=f"{configuration.name}: {error.where}", remedy=error.remedy
        ) from None


def _stands_in(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def shared_out(pairs: Sequence[str], files: Sequence[ConfigurationFile]) -> list[tuple[str, ...]]:
    """`SIDE=NAME` pairs to the configurations in which their names stand; one alone gets all of them.

    InputError for a name that stands in none.
    """
    if len(files) == 1:
        return [tuple(pairs)]
    for pair in pairs:
        name = pair.partition("=")[2]
        if not any(_stands_in(name, file.text) for file in files):
            raise InputError(f"{name!r} is in none of the configurations", where=_ZONE)
    return [tuple(pair for pair in pairs if _stands_in(pair.partition("=")[2], file.text)) for file in files]


def sides_of(site: Site) -> Callable[[Target], Mapping[str, tuple[Network, ...]]]:
    """The networks of the zones by the names that `rules` gives them, as a target meets them."""

    def named(target: Target) -> dict[str, tuple[Network, ...]]:
        found: dict[str, tuple[Network, ...]] = {}
        for zone in site.zones:
            name = zone.interface or zone.name
            behind = (*zone.networks, *outside_behind(target, site, zone.name))
            found[name] = (*found.get(name, ()), *behind)
        return found

    return named


def zones_given(site: Site, given: Sequence[str]) -> Mapping[str, tuple[Network, ...]]:
    """`SIDE=NAME` pairs as the networks behind each of the device's names. InputError for any other pair.

    A side is a zone of the site, or one network, for a name that stands for a part of a zone.
    """
    networks = {zone.name: zone.networks for zone in site.zones}
    found: dict[str, tuple[Network, ...]] = {}
    for pair in given:
        side, _, name = pair.partition("=")
        try:
            behind = networks.get(side) or (ip_network(side),)
        except ValueError:
            behind = ()
        if not behind or not name:
            raise InputError(
                f"{pair!r} is not SIDE=NAME",
                where=_ZONE,
                remedy=f"write {', '.join(f'{zone}=NAME' for zone in networks)} or 10.1.0.0/24=NAME",
            )
        found[name] = (*found.get(name, ()), *behind)
    return found


def device_of(site: Site, named: Mapping[str, tuple[Network, ...]], listing: Listing) -> Device:
    """The device for writers, with its own names of the zones: those given, else those of the listing."""
    given = tuple(Zone(name, networks) for name, networks in named.items())
    zones = zones_where_placed(site, given, listing.placed)
    return Device(zones=zones, inside=servers_zone(site, zones))
