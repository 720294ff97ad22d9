"""What is visibly wrong with a DHCP answer that its client did not take: where it was sent, what it lacks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from ringfence.diagnosis.observation import DhcpSeen
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code
from ringfence.model.findings.address import (
    DHCP_ANSWER_MISDIRECTED,
    DHCP_OFFER_INCOMPLETE,
    DHCP_OFFER_OTHER_NETWORK,
    DHCP_OPTION_82_NOT_ECHOED,
)
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    RELAY_AGENT,
    SUBNET_MASK,
    RelayAgentInformation,
    RelaySubOption,
)


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """`sentence` begins with who answered."""

    code: Code
    sentence: str


def answer_fault(asked: Sequence[DhcpSeen], answers: Sequence[DhcpSeen]) -> AnswerFault | None:
    """What all of a server's answers have wrong, the worst of it; None where nothing of it shows.

    One good answer is enough for a client, whatever others say.
    """
    found = [_fault(_question(asked, each), each) for each in answers]
    known = [each for each in found if each is not None]
    return known[0] if known and len(known) == len(found) else None


def misdirected(asked: Sequence[DhcpSeen], answers: Sequence[DhcpSeen]) -> AnswerFault | None:
    """As `answer_fault`, of where the answers were sent alone."""
    found = answer_fault(asked, answers)
    return found if found is not None and found.code is DHCP_ANSWER_MISDIRECTED else None


def _question(asked: Sequence[DhcpSeen], answer: DhcpSeen) -> DhcpSeen | None:
    """The relayed request that it answers; None where the client asked the server itself."""
    same = [
        seen
        for seen in asked
        if seen.message.xid == answer.message.xid and seen.time <= answer.time and int(seen.message.giaddr)
    ]
    return same[-1] if same else None


def _fault(question: DhcpSeen | None, answer: DhcpSeen) -> AnswerFault | None:
    if question is not None and _is_to_relay(question, answer):
        for check in _RELAYED:
            found = check(question, answer)
            if found is not None:
                return found
    if answer.message.raw(LEASE_TIME.code) is None:
        sentence = f"{_of(answer)} has no lease time (option 51), and these handsets ignore such an offer"
        return AnswerFault(DHCP_OFFER_INCOMPLETE, sentence)
    return _other_network(question, answer)


def leased_elsewhere(asked: Sequence[DhcpSeen], ack: DhcpSeen) -> AnswerFault | None:
    """As `answer_fault`, of an address that was taken: it is of another network than the client's link."""
    return _other_network(_question(asked, ack), ack)


def _of(answer: DhcpSeen) -> str:
    return f"the DHCP{answer.kind.name} of {answer.source.ip} for {answer.message.yiaddr}"


def _is_to_relay(question: DhcpSeen, answer: DhcpSeen) -> bool:
    """Whether this is the server's own packet, and not what a relay agent made of it for the client."""
    agents = {question.message.giaddr, question.source.ip}
    return answer.destination.ip in agents and answer.source.ip not in agents


def _wrong_port(question: DhcpSeen, answer: DhcpSeen) -> AnswerFault | None:
    """RFC 2131 section 4.1: to port 67 of giaddr; RFC 8357: to the relay's source port where it asks so."""
    port, wanted = answer.destination.port, DHCP_SERVER_PORT
    information = _relay_information(question)
    asks = information is not None and information.suboption(RelaySubOption.RELAY_SOURCE_PORT) is not None
    if asks:
        wanted = question.source.port
    if port == wanted:
        return None
    where = "listens for answers at the port that it asks from, as its request says (RFC 8357)"
    rule = where if asks else "listens on 67 (RFC 2131 section 4.1)"
    sentence = f"{_of(answer)} went to udp port {port} of {answer.destination.ip}; a relay agent {rule}"
    return AnswerFault(DHCP_ANSWER_MISDIRECTED, sentence)


def _wrong_host(question: DhcpSeen, answer: DhcpSeen) -> AnswerFault | None:
    giaddr = question.message.giaddr
    if answer.destination.ip == giaddr:
        return None
    sentence = (
        f"{_of(answer)} went to {answer.destination.ip}, the address that asked; it belongs to giaddr"
        f" {giaddr} (RFC 2131 section 4.1)"
    )
    return AnswerFault(DHCP_ANSWER_MISDIRECTED, sentence)


def _no_giaddr(question: DhcpSeen, answer: DhcpSeen) -> AnswerFault | None:
    if int(answer.message.giaddr):
        return None
    sentence = (
        f"{_of(answer)} has giaddr 0, though {question.message.giaddr} asked: the relay agent cannot tell"
        " which network it is for"
    )
    return AnswerFault(DHCP_ANSWER_MISDIRECTED, sentence)


def _not_echoed(question: DhcpSeen, answer: DhcpSeen) -> AnswerFault | None:
    """RFC 3046 section 2.2: a server that knows option 82 echoes it whole in all answers."""
    if question.message.raw(RELAY_AGENT.code) is None or answer.message.raw(RELAY_AGENT.code) is not None:
        return None
    sentence = (
        f"{_of(answer)} lacks option 82, which the relay agent {question.message.giaddr} sent: many relay"
        " agents drop an answer without it"
    )
    return AnswerFault(DHCP_OPTION_82_NOT_ECHOED, sentence)


_RELAYED: tuple[Callable[[DhcpSeen, DhcpSeen], AnswerFault | None], ...] = (
    _wrong_port,
    _wrong_host,
    _no_giaddr,
    _not_echoed,
)


def _other_network(question: DhcpSeen | None, answer: DhcpSeen) -> AnswerFault | None:
    """Whether the address offered is of no network that the relay's link is known to be in.

    Several networks may share a link (RFC 2131 section 4.3.1): said, as one packet cannot show it.
    """
    link = _link(question, answer)
    try:
        mask = answer.message.get(SUBNET_MASK)
        offered = IPv4Interface(f"{answer.message.yiaddr}/{mask}").network if mask is not None else None
    except (DecodeError, ValueError):
        return None
    if offered is None or not int(link) or link in offered:
        return None
    sentence = (
        f"{_of(answer)} is of network {offered}, the relay agent asked for that of {link}: right only where"
        " both share the link"
    )
    return AnswerFault(DHCP_OFFER_OTHER_NETWORK, sentence)


def _link(question: DhcpSeen | None, answer: DhcpSeen) -> IPv4Address:
    """An address of the link that the client is on: giaddr, unless option 82 selects another (RFC 3527)."""
    information = _relay_information(question) if question is not None else None
    try:
        selected = information.link_selection if information is not None else None
    except DecodeError:
        selected = None
    asked = question.message.giaddr if question is not None else answer.message.giaddr
    return selected if selected is not None else asked


def _relay_information(seen: DhcpSeen) -> RelayAgentInformation | None:
    try:
        return seen.message.get(RELAY_AGENT)
    except DecodeError:
        return None
