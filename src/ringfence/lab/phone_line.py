"""A node's address and VLAN, changed while it runs: what only the owner of the namespaces can do."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.lab.rtnetlink import add_route, assign_address, link_up, remove_address
from ringfence.lab.topology import Lab
from ringfence.lab.wiring import PhonePort
from ringfence.model.address import Address, Network

_EVERYWHERE = IPv4Network("0.0.0.0/0")


class PhoneLine:
    """`drivers.aio`'s network for one node. `port` is None for a node that cannot change VLAN."""

    def __init__(self, lab: Lab, place: tuple[str, str], port: PhonePort | None) -> None:
        self.node, self._interface = place
        self._lab = lab
        self._port = port
        self._vlan = 0
        self._addresses: dict[Address, tuple[int, IPv4Interface]] = {}

    def configure(self, address: Address, network: Network, router: Address | None, interface: str) -> None:
        """Add the address, and the default route through `router`. OSError when the kernel refuses.

        Again with what is there already: only the route changes.
        """
        if not isinstance(address, IPv4Address):
            raise OSError(f"{address}: the lab speaks IPv4")
        index = self._lab.index(self.node, interface or self._interface)
        given = IPv4Interface(f"{address}/{network.prefixlen}")
        operations = [] if self._addresses.get(address) == (index, given) else [assign_address(index, given)]
        if isinstance(router, IPv4Address):
            operations.append(add_route(_EVERYWHERE, router))
        self._lab[self.node].netlink.perform(operations)
        self._addresses[address] = (index, given)

    def remove(self, address: Address, interface: str) -> None:
        """Take the address away; its routes go with it. OSError when it is not there."""
        if address not in self._addresses:
            raise OSError(f"{address} is not configured")
        index, given = self._addresses.pop(address)
        self._lab[self.node].netlink.perform([remove_address(index, given)])

    def set_vlan(self, vlan: int) -> None:
        """Move the switch port to the bridge of `vlan`. OSError when the switch does not have it."""
        if self._port is None or vlan not in self._port.bridges:
            raise OSError(f"the switch port of {self.node} has no VLAN {vlan}")
        if vlan != self._vlan:
            self._attach(vlan)

    def restore(self) -> None:
        """As it was before the run: no address, the first VLAN."""
        for address in tuple(self._addresses):
            self.remove(address, "")
        if self._vlan:
            self._attach(0)

    def _attach(self, vlan: int) -> None:
        assert self._port is not None
        port = self._port
        bridge = self._lab.index(port.switch, port.bridges[vlan])
        operation = link_up(self._lab.index(port.switch, port.port), port.port, master=bridge)
        self._lab[port.switch].netlink.perform([operation])
        self._vlan = vlan
