"""Rules as a person wrote them, to be judged instead of the generated ones."""

from dataclasses import dataclass

from ringfence.model.address import PortRange


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule table that somebody wrote and wants judged.

    `source` and `destination` are role names (handset, relay, dhcp-server, file-server, gatekeeper) or a
    network.
    """

    source: str
    destination: str
    protocol: str
    source_ports: PortRange
    destination_ports: PortRange
    icmp_type: int | None = None
    note: str = ""
