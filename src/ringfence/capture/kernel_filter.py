"""What a capture reader keeps, as a classic BPF program, so that the kernel never copies RTP to us.

It may let more through than a reader keeps, never less: frames within frames pass unread.
"""

from collections.abc import Iterable, Iterator

from ringfence.model.ports import Ports

Instruction = tuple[int, int, int, int]

# linux/bpf_common.h: class, size, mode, operation.
_LD_X, _LDH_X, _LDB_X, _LDX, _LD_MEM, _ST = 0x40, 0x48, 0x50, 0x01, 0x60, 0x02
_JA, _JEQ, _JGE, _JSET = 0x05, 0x15, 0x35, 0x45
_ADD, _ADD_X, _AND, _LSH, _TAX, _TXA, _RET = 0x04, 0x0C, 0x54, 0x64, 0x07, 0x87, 0x06
_WHOLE = 0xFFFFFFFF
_TAGS = (0x8100, 0x88A8, 0x9100)
_MAX_TAGS = 8
_CARRIERS = (0x8847, 0x8848, 0x8864)  # MPLS, PPPoE
# Those of `select`: protocols, and ports of UDP, that carry other packets.
_INSIDE_IP = (4, 41, 47, 50, 115)
_INSIDE_UDP = frozenset({4789, 8472, 6081, 1701, 5247, 37008})


def kernel_filter(ports: Ports) -> tuple[Instruction, ...]:
    """For Ethernet frames, tagged or not: ARP, ICMP, fragments, and UDP and TCP on the ports.

    A VLAN tag that the kernel has taken out of a frame is not in the way; one that it left is stepped over.
    """
    # Beside the ports, H.225.0's object identifier in the first messages; see `select.has_identifier`. It
    # comes last because a load from beyond the end of a frame drops it.
    udp = (
        *_ports(ports.datagrams | _INSIDE_UDP),
        (_LD_X, 0, 0, 26),
        *_accept(_JEQ, 0x06000891),
    )
    tcp = tuple(_ports(ports.streams))
    carriers = tuple(step for protocol in _INSIDE_IP for step in _accept(_JEQ, protocol))
    # X is the length of the tags, so that every offset is that of an untagged frame.
    four = (
        (_LDH_X, 0, 0, 20),
        *_accept(_JSET, 0x3FFF),  # more fragments, or an offset
        (_LDB_X, 0, 0, 23),
        *_accept(_JEQ, 1),
        *carriers,
        (_ST, 0, 0, 0),
        (_LDB_X, 0, 0, 14),
        (_AND, 0, 0, 15),
        (_LSH, 0, 0, 2),
    )
    six = (
        (_LDB_X, 0, 0, 20),
        *_accept(_JEQ, 44),  # fragment header, RFC 8200 section 4.5
        *_accept(_JEQ, 58),
        *carriers,
        (_ST, 0, 0, 0),
        (_AND, 0, 0, 0),
        (_ADD, 0, 0, 40),
    )
    return (
        *_step_over_tags(),
        *_accept(_JEQ, 0x0806),
        *(step for kind in _CARRIERS for step in _accept(_JEQ, kind)),
        (_JGE, 1, 0, 0x600),
        (_RET, 0, 0, _WHOLE),  # a length: IEEE 802.2
        *_when(0x0800, (*four, (_JA, 0, 0, 2 + len(six)))),
        (_JEQ, 1, 0, 0x86DD),
        (_RET, 0, 0, 0),
        *six,
        # Now A is the length of the IP header.
        (_ADD_X, 0, 0, 0),
        (_TAX, 0, 0, 0),
        (_LD_MEM, 0, 0, 0),
        *_when(17, (*udp, (_RET, 0, 0, 0))),
        (_JEQ, 1, 0, 6),
        (_RET, 0, 0, 0),
        *tcp,
        (_RET, 0, 0, 0),
    )


def _step_over_tags() -> Iterator[Instruction]:
    yield _LDX, 0, 0, 0
    yield _LDH_X, 0, 0, 12
    for _ in range(_MAX_TAGS):
        for kind in _TAGS[:-1]:
            yield _JEQ, len(_TAGS) - 1 - _TAGS.index(kind), 0, kind
        yield _JEQ, 0, 4, _TAGS[-1]
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
