"""What a capture reader keeps, as a classic BPF program, so that the kernel never copies RTP to us.

It may let more through than a reader keeps, never less: frames within frames pass unread.
"""

from collections.abc import Iterable, Iterator

from ringfence.capture.link_layer import IPV4, IPV6, TAGS
from ringfence.capture.tunnels import (
    CARRIER_PORTS,
    CARRIER_PROTOCOLS,
    ICMP,
    ICMPV6,
    IPV6_FRAGMENT,
    TCP,
    UDP,
)
from ringfence.model.ports import Ports

Instruction = tuple[int, int, int, int]

# linux/bpf_common.h: class, size, mode, operation.
_LD_X, _LDH_X, _LDB_X, _LDX, _LD_MEM, _ST = 0x40, 0x48, 0x50, 0x01, 0x60, 0x02
_JA, _JEQ, _JSET = 0x05, 0x15, 0x45
_ADD, _ADD_X, _AND, _LSH, _TAX, _TXA, _RET = 0x04, 0x0C, 0x54, 0x64, 0x07, 0x87, 0x06
_WHOLE = 0xFFFFFFFF
_MAX_TAGS = 8


def kernel_filter(ports: Ports) -> tuple[Instruction, ...]:
    """For Ethernet frames, tagged or not: ARP, ICMP, fragments, and UDP and TCP on the ports.

    A VLAN tag that the kernel has taken out of a frame is not in the way; one that it left is stepped over.
    """
    # Beside the ports, H.225.0's object identifier in the first messages; see `selection.has_identifier`. It
    # comes last because a load from beyond the end of a frame drops it.
    udp = (
        *_ports({*ports.datagrams, *CARRIER_PORTS}),
        (_LD_X, 0, 0, 26),
        *_accept(_JEQ, 0x06000891),
    )
    tcp = tuple(_ports(ports.streams | ports.h245))
    carriers = tuple(step for protocol in CARRIER_PROTOCOLS for step in _accept(_JEQ, protocol))
    # X is the length of the tags, so that every offset is that of an untagged frame.
    four = (
        (_LDH_X, 0, 0, 20),
        *_accept(_JSET, 0x3FFF),  # more fragments, or an offset
        (_LDB_X, 0, 0, 23),
        *_accept(_JEQ, ICMP),
        *carriers,
        (_ST, 0, 0, 0),
        (_LDB_X, 0, 0, 14),
        (_AND, 0, 0, 15),
        (_LSH, 0, 0, 2),
    )
    six = (
        (_LDB_X, 0, 0, 20),
        *_accept(_JEQ, IPV6_FRAGMENT),  # fragment header, RFC 8200 section 4.5
        *_accept(_JEQ, ICMPV6),
        *carriers,
        (_ST, 0, 0, 0),
        (_AND, 0, 0, 0),
        (_ADD, 0, 0, 40),
    )
    return (
        *_step_over_tags(),
        *_when(IPV4, (*four, (_JA, 0, 0, 2 + len(six)))),
        (_JEQ, 1, 0, IPV6),
        (_RET, 0, 0, _WHOLE),  # ARP, what may hold IP, and the little that is neither
        *six,
        # Now A is the length of the IP header.
        (_ADD_X, 0, 0, 0),
        (_TAX, 0, 0, 0),
        (_LD_MEM, 0, 0, 0),
        *_when(UDP, (*udp, (_RET, 0, 0, 0))),
        (_JEQ, 1, 0, TCP),
        (_RET, 0, 0, 0),
        *tcp,
        (_RET, 0, 0, 0),
    )


def _step_over_tags() -> Iterator[Instruction]:
    yield _LDX, 0, 0, 0
    yield _LDH_X, 0, 0, 12
    for _ in range(_MAX_TAGS):
        for kind in TAGS[:-1]:
            yield _JEQ, len(TAGS) - 1 - TAGS.index(kind), 0, kind
        yield _JEQ, 0, 4, TAGS[-1]
        yield _TXA, 0, 0, 0
        yield _ADD, 0, 0, 4
        yield _TAX, 0, 0, 0
        yield _LDH_X, 0, 0, 12


def _when(value: int, then: tuple[Instruction, ...]) -> Iterator[Instruction]:
    """`then` if A is `value`; a conditional jump reaches only 255 instructions far."""
    yield _JEQ, 1, 0, value
    yield _JA, 0, 0, len(then)
    yield from then


def _accept(jump: int, value: int) -> Iterator[Instruction]:
    yield jump, 0, 1, value
    yield _RET, 0, 0, _WHOLE


def _ports(ports: Iterable[int]) -> Iterator[Instruction]:
    for offset in (14, 16):
        yield _LDH_X, 0, 0, offset
        for port in sorted(ports):
            yield from _accept(_JEQ, port)
