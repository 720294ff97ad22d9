"""The UDP ports of one host: who has bound what, and whom a datagram is for."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ringfence.actors.io import DatagramReceived
from ringfence.model.address import UNSPECIFIED, Address, TransportAddress

Owner: TypeAlias = Callable[[DatagramReceived], None]


class _Bound(NamedTuple):
    """`interface` "": any."""

    ip: Address
    interface: str


class UdpPorts:
    """Ports to what is bound on them, and the machine that did."""

    __slots__ = ("_bound",)

    def __init__(self) -> None:
        self._bound: dict[int, dict[_Bound, Owner]] = {}

    def bind(self, local: TransportAddress, interface: str, owner: Owner) -> bool:
        """False: another machine has it. One machine may have a wildcard and an address on one port."""
        bound = self._bound.setdefault(local.port, {})
        for entry, other in bound.items():
            if other != owner and _overlap(entry, local.ip, interface):
                return False
        bound[_Bound(local.ip, interface)] = owner
        return True

    def unbind(self, local: TransportAddress, interface: str, owner: Owner) -> None:
        bound = self._bound.get(local.port, {})
        if bound.get(_Bound(local.ip, interface)) == owner:
            del bound[_Bound(local.ip, interface)]

    def clear(self) -> None:
        self._bound.clear()

    def address_gone(self, address: Address) -> None:
        for bound in self._bound.values():
            for entry in [entry for entry in bound if entry.ip == address]:
                del bound[entry]

    def may_send(self, source: TransportAddress, owner: Owner) -> bool:
        return any(
            entry.ip in {source.ip, UNSPECIFIED} and other == owner
            for entry, other in self._bound.get(source.port, {}).items()
        )

    def owner(self, destination: TransportAddress, interface: str) -> Owner | None:
        """Who gets a datagram: its address before a wildcard. Broadcasts and groups reach wildcards."""
        best: Owner | None = None
        for entry, owner in self._bound.get(destination.port, {}).items():
            if entry.interface in {"", interface}:
                if entry.ip == destination.ip:
                    return owner
                if entry.ip == UNSPECIFIED:
                    best = owner
        return best


def _overlap(bound: _Bound, ip: Address, interface: str) -> bool:
    same_interface = "" in {bound.interface, interface} or bound.interface == interface
    return same_interface and (bound.ip == ip or UNSPECIFIED in {bound.ip, ip})
