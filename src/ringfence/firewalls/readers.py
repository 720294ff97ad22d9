"""The registry of readers of running configurations, by the names that `recognise` gives."""

import json
from collections.abc import Callable
from typing import TypeAlias

from ringfence.firewalls.aws.read import read_acls, read_groups
from ringfence.firewalls.cisco_asa import read as cisco_asa_read
from ringfence.firewalls.cisco_ios import read as cisco_ios_read
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.reading import lines_of
from ringfence.firewalls.fortios import read as fortios_read
from ringfence.firewalls.iptables import read as iptables_read
from ringfence.firewalls.nftables import read as nftables_read
from ringfence.firewalls.panos import read as panos_read
from ringfence.firewalls.recognise import NAMES, expect, recognise
from ringfence.firewalls.srx import read as srx_read
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing

Reader: TypeAlias = Callable[[str, Named | None], Listing]


def _nftables(text: str, zones: Named | None) -> Listing:
    lines_of(text, "nft listing")
    expect(text, "nftables")
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"damaged JSON: {error}", where="nft listing", remedy="take nft -j list ruleset again"
        ) from error
    return nftables_read.read(listed, zones)


READERS: dict[str, Reader] = {
    "aws-nacl": read_acls,
    "aws-sg": read_groups,
    "cisco-asa": cisco_asa_read.read,
    "cisco-ios": cisco_ios_read.read,
    "fortios": fortios_read.read,
    "iptables": iptables_read.read,
    "nftables": _nftables,
    "panos": panos_read.read,
    "srx": srx_read.read,
}


def read_any(text: str, zones: Named | None = None) -> tuple[str, Listing]:
    """The name of the dialect and the listing. InputError when no reader knows the text."""
    lines_of(text, "configuration")
    name = recognise(text)
    if name not in READERS:
        looks = (
            f"it looks like {NAMES[name]}, which is not read" if name else "it looks like none that is known"
        )
        raise InputError(
            looks,
            where="configuration",
            remedy=f"what is read: {', '.join(NAMES[known] for known in sorted(READERS))}",
        )
    return name, READERS[name](text, zones)
