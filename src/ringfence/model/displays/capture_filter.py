"""What to capture of a stage: a filter in libpcap's language, made from the flows of a site."""

from collections.abc import Iterable

from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.flow import Flow
from ringfence.model.stage import Stage


def capture_filter(flows: Iterable[Flow], stage: Stage) -> str:
    """For `tcpdump` and its like, tagged frames too; '' where the site has no flow of that stage.

    A port is matched at either end, so that answers are in it.
    """
    parts = dict.fromkeys(_part(flow) for flow in flows if flow.stage is stage)
    if not parts:
        return ""
    plain = " or ".join(parts)
    # pcap-filter(7): behind `vlan` all offsets are those of a tagged frame, so it stands last.
    return f"{plain} or (vlan and ({plain}))"


def _part(flow: Flow) -> str:
    if flow.icmp_type is not None:
        return flow.protocol.word
    fixed = flow.responder_ports if flow.responder_ports != ANY_PORT else flow.initiator_ports
    return f"{flow.protocol.word} {_ports(fixed)}" if fixed != ANY_PORT else flow.protocol.word


def _ports(ports: PortRange) -> str:
    return f"port {ports}" if len(ports) == 1 else f"portrange {ports}"
