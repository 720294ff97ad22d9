"""What fails in a simulation: servers, firewalls, phones, each by a name that a person writes."""

from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address

from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.filter import StatefulFilter
from ringfence.roles.site_network import SiteNetwork
from ringfence.simulation.population import Population
from ringfence.simulation.scenario import SERVERS, Failure, Happening, SitePart

PHONES = "phones"


def nodes_of(
    whom: str, site: Site, network: SiteNetwork, roles: dict[str, list[tuple[SitePart, int]]]
) -> list[str]:
    """The nodes that a person means: `dhcp`, `gatekeeper 2`, an address, a firewall's name.

    InputError, with the names that there are, for any other.
    """
    if whom in network.firewalls:
        return [network.firewalls[whom]]
    try:
        return [network.nodes[IPv4Address(whom)]]
    except (ValueError, KeyError):
        pass
    word, _, number = whom.partition(" ")
    if word in {each.value for each in SERVERS} and (not number or number.isdecimal()):
        wanted = (
            [(SitePart(word), int(number) - 1)]
            if number
            else [(SitePart(word), n) for n in range(len(roles) + 9)]
        )
        found = [node for node, here in roles.items() if any(each in here for each in wanted)]
        if found:
            return found
    lists = dict.fromkeys(part.value for here in roles.values() for part, _ in here)
    known = ", ".join([PHONES, *lists, *(f"{each} 2" for each in lists), *network.firewalls])
    raise InputError(
        f"group {site.groups[0].name} has no {whom!r}",
        where="what fails",
        remedy=f"the address of a server, or one of: {known}",
    )


class Failures:
    """Lets things fail in `network` at their time; `reboot` takes power from the phones and gives it back."""

    def __init__(
        self,
        network: FlowNetwork,
        population: Population,
        filters: dict[str, StatefulFilter],
        reboot: Callable[[float], None],
    ) -> None:
        self._network = network
        self._population = population
        self._filters = filters
        self._reboot = reboot

    def plan(self, happening: Happening, nodes: list[str]) -> None:
        begin, end = self._ways(happening, nodes)
        self._network.at(happening.at, begin)
        if happening.lasts is not None and end is not None:
            self._network.at(happening.at + happening.lasts, end)

    def _ways(
        self, happening: Happening, nodes: list[str]
    ) -> tuple[Callable[[], None], Callable[[], None] | None]:
        each = partial(_for_each, nodes)
        match happening.failure:
            case Failure.REBOOT:
                return partial(self._reboot, happening.lasts or 0.0), None
            case Failure.DIES:
                return partial(each, self._die), partial(each, self._return)
            case Failure.UNREACHABLE:
                return partial(each, self._network.unplug), partial(each, self._network.plug)
            case Failure.RESTARTS:
                return partial(each, self._restart), partial(each, self._network.plug)

    def _die(self, node: str) -> None:
        self._network.power_off(node)
        self._network.unplug(node)

    def _return(self, node: str) -> None:
        self._network.plug(node)
        self._network.attach(node, self._population.machine(node))

    def _restart(self, node: str) -> None:
        self._network.unplug(node)
        self._filters[node].flush()


def _for_each(nodes: list[str], action: Callable[[str], None]) -> None:
    for node in nodes:
        action(node)
