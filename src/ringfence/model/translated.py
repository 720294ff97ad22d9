"""What address translation does to the flows of a site: which of them lead to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Network

from ringfence.model.address import Network
from ringfence.model.flow import Flow, Party
from ringfence.model.inspections import inspection_of
from ringfence.model.nat import Nat, NatKind, PhoneAddress
from ringfence.model.site import Firewall, Site
from ringfence.model.stage import Stage


class ClosedBy(StrEnum):
    """Why a flow that is opened towards translated phones does not reach them."""

    SHARED_ADDRESS = "shared address"  # many-to-one: the address stands for all of them
    INSIDE_ADDRESS = "inside address"  # it is taken from a message that nobody translated


@dataclass(frozen=True, slots=True)
class ClosedFlow:
    """A flow that reaches nobody, whatever rule permits it."""

    flow: Flow
    firewall: str
    nat: Nat
    by: ClosedBy

    def __str__(self) -> str:
        here, there = ", ".join(map(str, self.nat.inside)), ", ".join(map(str, self.nat.outside))
        what = f"{self.flow.id} ({self.flow.dialogue})"
        if self.by is ClosedBy.SHARED_ADDRESS:
            return (
                f"{what} is opened towards {there}, which stands for all of {here} (many-to-one): it leads "
                f"to no phone, and no rule mends that; translate one-to-one towards {self.nat.destination}, "
                "or not at all"
            )
        return (
            f"{what} is opened to the address in the phone's messages, which is of {here} and unknown in "
            f"{self.nat.destination}; no rule mends that: have the gatekeeper use the packet's source "
            "(phone_address: as-seen), or an inspection rewrite RAS"
        )


def nat_between(site: Site, firewall: Firewall, inside: Party, peer: Party) -> Nat | None:
    """The entry that translates this party's addresses in packets to and from that one; None: none does."""
    here, there = _zone(site, inside.networks), _zone(site, peer.networks)
    for entry in firewall.nat:
        if (entry.source, entry.destination) == (here, there):
            translated = entry.kind is not NatKind.NONE and _within(inside.networks, entry.inside)
            return entry if translated else None
    return None


def closed_flows(site: Site, found: Sequence[Flow]) -> tuple[ClosedFlow, ...]:
    """Those of the flows that no rule lets through, in their order."""
    closed = []
    for flow in found:
        for name in flow.crosses:
            firewall = site.firewall(name)
            entry = nat_between(site, firewall, flow.responder, flow.initiator)
            by = None if entry is None else _closed_by(site, firewall, entry, flow)
            if entry is not None and by is not None:
                closed.append(ClosedFlow(flow, name, entry, by))
    return tuple(closed)


def passable(site: Site, found: Sequence[Flow]) -> tuple[Flow, ...]:
    """The flows that a rule can let through: a rule for the others would match no packet."""
    shut = {each.flow.id for each in closed_flows(site, found) if each.by is ClosedBy.SHARED_ADDRESS}
    return tuple(flow for flow in found if flow.id not in shut)


def _closed_by(site: Site, firewall: Firewall, entry: Nat, flow: Flow) -> ClosedBy | None:
    if entry.kind is NatKind.MANY_TO_ONE and not _expected(firewall, flow):
        return ClosedBy.SHARED_ADDRESS
    told = any(
        each.phone_address is PhoneAddress.AS_REGISTERED
        for group in site.groups
        for each in group.gatekeepers
        if any(each.address in network for network in flow.initiator.networks)
    )
    rewritten = inspection_of(firewall.inspection).rewrites
    return ClosedBy.INSIDE_ADDRESS if told and not rewritten else None


def _expected(firewall: Firewall, flow: Flow) -> bool:
    """Whether the inspection reads in RAS where this flow will be opened to, and leads it there."""
    return flow.stage is Stage.SIGNAL and bool(inspection_of(firewall.inspection).pinhole)


def _zone(site: Site, networks: Sequence[Network]) -> str | None:
    network = networks[0]
    return site.zone_of(network) if isinstance(network, IPv4Network) else None


def _within(networks: Sequence[Network], inside: Sequence[IPv4Network]) -> bool:
    return any(isinstance(net, IPv4Network) and net.subnet_of(each) for net in networks for each in inside)


def translated_flows(site: Site, found: Sequence[Flow]) -> tuple[Flow, ...]:
    """Those of the flows of which one end is translated on the way."""
    return tuple(
        flow
        for flow in found
        if any(
            nat_between(site, site.firewall(name), end, peer)
            for name in flow.crosses
            for end, peer in ((flow.initiator, flow.responder), (flow.responder, flow.initiator))
        )
    )


def outside_flow(site: Site, flow: Flow) -> Flow:
    """The flow as it is opened: a responder that is translated has its outside addresses."""
    for name in flow.crosses:
        entry = nat_between(site, site.firewall(name), flow.responder, flow.initiator)
        if entry is not None:
            inside = tuple(each for each in flow.responder.networks if isinstance(each, IPv4Network))
            party = replace(flow.responder, networks=entry.outward_networks(inside))
            return replace(flow, responder=party)
    return flow
