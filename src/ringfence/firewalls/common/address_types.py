"""What netfilter asks of a packet's addresses without naming any: their kind, and where routes lead.

A listing of rules holds neither the firewall's own addresses nor its routes: the answers rest on sentences
that a listing states among its assumptions.
"""

from collections.abc import Mapping
from typing import Final

from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import SOURCE, TOP, Intervals, complement, joined

ROUTED: Final = (
    "each packet enters by the interface to which its source is routed, as reverse-path matches require"
)
NOT_OWN: Final = (
    "no address between the two zones is the firewall's own, one of many hosts (anycast), or the broadcast "
    "address of a network of its"
)
CLEAR: Final = "no packet between the two zones comes or goes by IPsec"

_GROUPS: Final[Mapping[int, Intervals]] = {
    4: ((0xE0000000, 0xEFFFFFFF),),  # RFC 5771
    6: ((0xFF << 120, (1 << 128) - 1),),  # RFC 4291 section 2.7
}
_EVERYBODY: Final[Mapping[int, Intervals]] = {4: ((0xFFFFFFFF, 0xFFFFFFFF),), 6: ()}  # RFC 919


def addresses_of_type(name: object, version: int) -> Intervals:
    """The addresses of a kind (rtnetlink(7), rtm_type), as far as forwarded packets have them."""
    kind = name.lower() if isinstance(name, str) else _NUMBERS.get(name if isinstance(name, int) else 0)
    if kind == "multicast":
        return _GROUPS[version]
    if kind == "broadcast":
        return _EVERYBODY[version]
    if kind == "unicast":
        others = joined((*_GROUPS[version], *_EVERYBODY[version]))
        return complement(others, TOP[version][SOURCE])
    if kind in {"local", "anycast"}:
        return ()
    raise NotUnderstood(f"addresses of type {str(name)[:40]}")


_NUMBERS: Final = {1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast"}
