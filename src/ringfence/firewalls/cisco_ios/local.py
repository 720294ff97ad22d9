"""Cisco IOS: entries for the phones' broadcasts, which a list bound to their interface judges too."""

from collections.abc import Iterator, Sequence

from ringfence.firewalls.common.ace.entry import entries, with_wildcard
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.local import own_rule
from ringfence.model.own_traffic import OwnTraffic


def broadcast_entries(own: Sequence[OwnTraffic], _device: Device) -> Iterator[str]:
    """They belong into the lists of the interfaces of phones, above what denies."""
    for each in own:
        if not each.outward and each.by_broadcast:
            yield from entries(own_rule(each), with_wildcard)
