"""The configurations that `check` is given, each read and judged as that firewall of the site."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from msgspec.structs import replace

from ringfence.apps.cli.checking.leg import Leg
from ringfence.apps.cli.files.config_input import (
    ConfigurationFile,
    device_of,
    read_configuration,
    read_listing,
    shared_out,
    sides_of,
    zones_given,
)
from ringfence.check.check import check
from ringfence.check.diff import diff
from ringfence.check.packet_path import PacketPath, packet_path, parse_packet
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.profile import untracked
from ringfence.firewalls.common.target import Target
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.model.view import seen_from
from ringfence.policy.compile import firewall_of
from ringfence.policy.listing import Listing


@dataclass(frozen=True)
class Given:
    """A configuration with the site as its firewall sees it; `named` are the networks by its names."""

    file: ConfigurationFile
    firewall: str
    site: Site
    named: dict[str, tuple[Network, ...]]
    target: str

    def listing(self, file: ConfigurationFile, target: str) -> tuple[Target, Listing]:
        """What was understood of this configuration, or of an earlier one of the same firewall."""
        with gc_paused():
            return read_listing(file, target, self.named, sides_of(self.site))


def given(
    site: Site, configs: Sequence[str], firewall: str, target: str, pairs: Sequence[str]
) -> tuple[Given, ...]:
    """The configurations, in the order of the path.

    `configs` are FILE, or FIREWALL=FILE with the site's name of a firewall. InputError where the site has
    several firewalls and one is not said of which, or where two are of the same.
    """
    named = [_named(site, config, firewall) for config in configs]
    names = [name for name, _ in named]
    if len(site.firewalls) > 1 and len(set(names)) < len(names):
        raise InputError("two configurations of one firewall", where="--config", remedy="give each once")
    if [path for _, path in named].count("-") > 1:
        raise InputError("standard input can be one configuration only", where="--config")
    files = [read_configuration(path) for _, path in named]
    seen = [seen_from(site, site.firewall(name)) for name in names]
    every = zip(files, names, seen, shared_out(pairs, files), strict=True)
    return tuple(
        Given(file, name, view, dict(zones_given(view, mine)), target) for file, name, view, mine in every
    )


def _named(site: Site, config: str, firewall: str) -> tuple[str, str]:
    """Name of the firewall and path of its configuration."""
    name, found, path = config.partition("=")
    if found and any(name == one.name for one in site.firewalls):
        return name, path
    return firewall_of(site, firewall), config


def judge_leg(one: Given, old: str | None, widen: frozenset[Need] = frozenset()) -> Leg:
    """The report, with what changed from the configuration in file `old` where there is one.

    `widen` is what lines to add may do without.
    """
    target, listing = one.listing(one.file, one.target)
    device = dataclasses.replace(device_of(one.site, one.named, listing), widen=widen)
    with gc_paused():
        report = check(one.site, listing, target, device=device, text=one.file.text.splitlines())
    report = replace(report, sha256=sha256(one.file.octets).hexdigest())
    changes = None
    if old is not None:
        _, before = one.listing(read_configuration(old), target.name)
        changes = diff(one.site, before, listing, target)
    return Leg(one.file.name, one.firewall, one.site, report, changes)


def followed(one: Given, words: str) -> PacketPath:
    """One packet's way through the configuration."""
    target, listing = one.listing(one.file, one.target)
    packet = parse_packet(words)
    tracked = packet.protocol not in untracked(target.profile, listing.settings.inspections)
    return packet_path(listing, packet, tracked=tracked)
