"""Linux socket options, control messages and requests that Python 3.11's socket module does not offer.

Interface names and indexes are asked of the socket (netdevice(7)), not of the process: a socket made in
another network namespace must get the answers of that namespace.
"""

import ctypes
import fcntl
import socket
import struct
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import TypeAlias

from ringfence.model.address import Address, TransportAddress, ipv4

SocketFactory: TypeAlias = Callable[[int, int, int], socket.socket]  # family, type, protocol

# linux/in.h, linux/icmp.h, linux/sockios.h, asm-generic/socket.h
IP_PKTINFO = 8
IP_BIND_ADDRESS_NO_PORT = 24
IP_MULTICAST_ALL = 49
ICMP_FILTER = 1
SOL_RAW = 255
SIOCGIFNAME = 0x8910
SIOCGIFHWADDR = 0x8927
SIOCGIFINDEX = 0x8933
SO_ATTACH_FILTER = 26

_PKTINFO = struct.Struct("@i4s4s")  # interface index, address to send from, destination in the header
PKTINFO_SPACE = socket.CMSG_SPACE(_PKTINFO.size)
ControlMessages: TypeAlias = list[tuple[int, int, bytes]]


def sockaddr(address: TransportAddress) -> tuple[str, int]:
    return (str(address.ip), address.port)


def transport_of(pair: tuple[str, int]) -> TransportAddress:
    return TransportAddress(ipv4(pair[0]), pair[1])


def interface_index(sock: socket.socket, name: str) -> int:
    """The index of the interface called `name` where `sock` lives; OSError when there is none."""
    reply = fcntl.ioctl(sock, SIOCGIFINDEX, struct.pack("16si20x", name.encode(), 0))
    index: int = struct.unpack_from("i", reply, 16)[0]
    return index


def interface_mac(sock: socket.socket, name: str) -> bytes:
    """The hardware address of the interface called `name`, as six octets; OSError when there is none."""
    reply = fcntl.ioctl(sock, SIOCGIFHWADDR, struct.pack("16s24x", name.encode()))
    return reply[18:24]


def interface_name(sock: socket.socket, index: int) -> str:
    """The name of interface `index` where `sock` lives; empty when it has gone meanwhile."""
    try:
        reply = fcntl.ioctl(sock, SIOCGIFNAME, struct.pack("16si20x", b"", index))
    except OSError:
        return ""
    return reply[:16].split(b"\0", 1)[0].decode(errors="replace")


def send_info(source: Address, index: int = 0, ttl: int = 0) -> ControlMessages:
    """Control messages that fix the source address, the interface (0: by route) and the TTL (0: default)."""
    messages = [(socket.IPPROTO_IP, IP_PKTINFO, _PKTINFO.pack(index, source.packed, b"\0\0\0\0"))]
    if ttl:
        messages.append((socket.IPPROTO_IP, socket.IP_TTL, struct.pack("@i", ttl)))
    return messages


def received_info(messages: Sequence[tuple[int, int, bytes]]) -> tuple[int, IPv4Address] | None:
    """Interface index and header destination of a datagram received with IP_PKTINFO on."""
    for level, kind, data in messages:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO and len(data) >= _PKTINFO.size:
            index, _, destination = _PKTINFO.unpack_from(data)
            return index, ipv4(destination)
    return None


# Classic BPF (Linux Documentation/networking/filter.rst). On a TCP socket the program sees the segment; the
# IP header is reached through the negative offset SKF_NET_OFF.
_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_RETURN = 0x06
_SOURCE_ADDRESS = 0xFFFFFFFF + 1 - 0x100000 + 12
_WHOLE = 0xFFFFFFFF


def pass_only_from(sock: socket.socket, sources: Sequence[Address]) -> None:
    """Make the kernel drop, without a RST, whatever reaches `sock` from any other IPv4 address.

    Attach before listen(): a filtered SYN meets neither backlog nor reset. Connections accepted inherit it.
    """
    if not sources:
        raise ValueError("an empty address set is an error, never 'any'")
    program = [(_LOAD_WORD, 0, 0, _SOURCE_ADDRESS)]
    for source in sources:
        program += [(_JUMP_IF_EQUAL, 0, 1, int(source)), (_RETURN, 0, 0, _WHOLE)]
    program.append((_RETURN, 0, 0, 0))
    attach_filter(sock, program)


def attach_filter(sock: socket.socket, program: Sequence[tuple[int, int, int, int]]) -> None:
    """Let only pass what a classic BPF program returns non-zero for; instructions as (code, jt, jf, k)."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("@HBBI", *step) for step in program))
    # struct sock_fprog: the count, then a pointer.
    sock.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(code))
    )


def reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN (SO_LINGER, socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
