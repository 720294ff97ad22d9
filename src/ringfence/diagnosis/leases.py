"""A handset's DHCP sorted by purpose: addresses got on each network, renewals, releases."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.diagnosis.observation import DhcpSeen
from ringfence.wire.dhcp_options import DhcpMessageType


@dataclass(slots=True)
class Acquisition:
    """The messages of getting one address on one network, and the network: giaddr or VLAN."""

    network: str
    messages: list[DhcpSeen] = field(default_factory=list)

    def of(self, kind: DhcpMessageType) -> list[DhcpSeen]:
        return [seen for seen in self.messages if seen.kind is kind]

    @property
    def ack(self) -> DhcpSeen | None:
        return next((seen for seen in self.of(DhcpMessageType.ACK) if not seen.dropped), None)


@dataclass(slots=True)
class DhcpHistory:
    """A handset's DHCP sorted by purpose."""

    network_names: dict[int, str]  # by transaction
    acquisitions: list[Acquisition]
    renewals: list[DhcpSeen]  # REQUESTs that name an address in use, and their answers
    releases: list[DhcpSeen]

    @property
    def networks(self) -> list[str]:
        """In order, each change once: `[data, voice]`; a loop shows as `[data, voice, data]`."""
        found: list[str] = []
        for acquisition in self.acquisitions:
            if not found or found[-1] != acquisition.network:
                found.append(acquisition.network)
        return found

    def on_first(self) -> list[DhcpSeen]:
        """Messages on the network where the handset began."""
        first = self.networks[:1]
        return [seen for each in self.acquisitions if [each.network] == first for seen in each.messages]

    def on_later(self) -> list[DhcpSeen]:
        first = self.networks[:1]
        return [seen for each in self.acquisitions if [each.network] != first for seen in each.messages]

    @property
    def first_ack(self) -> DhcpSeen | None:
        return next((each.ack for each in self.acquisitions if each.ack), None)


def dhcp_history(messages: Sequence[DhcpSeen]) -> DhcpHistory:
    """Sort messages by transaction, and transactions by network."""
    names = _network_names(messages)
    acquisitions: list[Acquisition] = []
    renewals: list[DhcpSeen] = []
    releases: list[DhcpSeen] = []
    renewing: dict[int, bool] = {}
    informs: set[int] = set()
    for seen in messages:
        xid = seen.message.xid
        if seen.kind in {DhcpMessageType.RELEASE, DhcpMessageType.INFORM, DhcpMessageType.DECLINE}:
            if seen.kind is DhcpMessageType.RELEASE:
                releases.append(seen)
            informs |= {xid} if seen.kind is DhcpMessageType.INFORM else set()
            continue
        if xid in informs and not int(seen.message.yiaddr):
            continue
        if seen.from_handset:
            renewing[xid] = seen.kind is DhcpMessageType.REQUEST and int(seen.message.ciaddr) != 0
        if renewing.get(xid):
            renewals.append(seen)
            continue
        network = names.get(xid, "")
        if not acquisitions or acquisitions[-1].network != network:
            acquisitions.append(Acquisition(network))
        acquisitions[-1].messages.append(seen)
    return DhcpHistory(names, acquisitions, renewals, releases)


def _network_names(messages: Sequence[DhcpSeen]) -> dict[int, str]:
    """A name of the network for each transaction.

    giaddr names it best; a broadcast bears only its VLAN tag, so a tag seen in the same transaction as a
    giaddr means that giaddr in other transactions too.
    """
    giaddrs: dict[int, str] = {}
    tags: dict[int, str] = {}
    for seen in messages:
        if int(seen.message.giaddr):
            giaddrs[seen.message.xid] = str(seen.message.giaddr)
        else:
            tags[seen.message.xid] = f"VLAN {seen.crossing.packet.vlan or 'untagged'}"
    same = {tags[xid]: giaddr for xid, giaddr in giaddrs.items() if xid in tags}
    return {**{xid: same.get(tag, tag) for xid, tag in tags.items()}, **giaddrs}
