"""Interfaces, addresses and routes by rtnetlink(7).

The caller chooses every interface index, so nothing has to be looked up: looking up waits for the kernel's
routing lock and was measured to cost more than everything else together.
"""

import select
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.lab.netlink import (
    NLA_F_NESTED,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    Netlink,
    NetlinkRequest,
    attribute,
    attributes,
)
from ringfence.model.topology import mac_octets

LOOPBACK = 1  # the kernel gives lo the first index in every namespace

_RTM_NEWLINK, _RTM_GETLINK = 16, 18
_RTM_NEWADDR, _RTM_DELADDR = 20, 21
_RTM_NEWROUTE = 24
_RTMGRP_LINK = 1

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MASTER, _IFLA_OPERSTATE = 1, 3, 10, 16
_IFLA_LINKINFO, _IFLA_NET_NS_FD = 18, 28
_IFLA_INFO_KIND, _IFLA_INFO_DATA = 1, 2
_VETH_INFO_PEER = 1
_IFLA_BR_FORWARD_DELAY, _IFLA_BR_STP_STATE, _IFLA_BR_MCAST_SNOOPING = 1, 5, 23
_IFF_UP = 1
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST = 1, 2, 4
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_RT_TABLE_MAIN, _RT_TABLE_LOCAL = 254, 255
_RTPROT_STATIC = 4
_RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK, _RT_SCOPE_HOST = 0, 253, 254
_RTN_UNICAST, _RTN_LOCAL = 1, 2

# RFC 2863 ifOperStatus as linux/if.h numbers it.
_OPERSTATE_NOT_READY = {2: "DOWN", 3: "LOWERLAYERDOWN"}


def _link(index: int, flags: int = 0, change: int = 0) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, change)


def _name(name: str) -> bytes:
    return attribute(_IFLA_IFNAME, name.encode("ascii") + b"\0")


def _u32(value: int) -> bytes:
    return struct.pack("=I", value)


def veth(
    index: int,
    name: str,
    peer_index: int,
    peer_name: str,
    peer_namespace: int,
    *,
    mac: str = "",
    peer_mac: str = "",
) -> NetlinkRequest:
    """A virtual cable: this end here, the other in the namespace of file descriptor `peer_namespace`.

    The two indexes must differ although the namespaces do: only then are carrier changes urgent for the
    kernel, otherwise the first frames are lost for up to a second (measured).
    """
    if index == peer_index:
        raise ValueError(f"both ends of {name} - {peer_name} have interface index {index}")
    peer = _link(peer_index) + _name(peer_name) + attribute(_IFLA_NET_NS_FD, _u32(peer_namespace))
    if peer_mac:
        peer += attribute(_IFLA_ADDRESS, mac_octets(peer_mac))
    data = attribute(_VETH_INFO_PEER | NLA_F_NESTED, peer)
    information = attribute(_IFLA_INFO_KIND, b"veth") + attribute(_IFLA_INFO_DATA | NLA_F_NESTED, data)
    body = _link(index) + _name(name) + attribute(_IFLA_LINKINFO | NLA_F_NESTED, information)
    if mac:
        body += attribute(_IFLA_ADDRESS, mac_octets(mac))
    return NetlinkRequest(f"create veth {name} - {peer_name}", _RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body)


def bridge(index: int, name: str) -> NetlinkRequest:
    """A switch without spanning tree, forward delay or multicast snooping: it forwards from the first
    frame.
    """
    data = attribute(_IFLA_BR_FORWARD_DELAY, _u32(0)) + attribute(_IFLA_BR_STP_STATE, _u32(0))
    data += attribute(_IFLA_BR_MCAST_SNOOPING, b"\0")
    information = attribute(_IFLA_INFO_KIND, b"bridge") + attribute(_IFLA_INFO_DATA | NLA_F_NESTED, data)
    body = _link(index) + _name(name) + attribute(_IFLA_LINKINFO | NLA_F_NESTED, information)
    return NetlinkRequest(f"create bridge {name}", _RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body)


def link_up(index: int, name: str, *, master: int = 0) -> NetlinkRequest:
    """Bring an interface up, as a port of the bridge with index `master` unless that is 0."""
    body = _link(index, _IFF_UP, _IFF_UP)
    if master:
        body += attribute(_IFLA_MASTER, _u32(master))
    return NetlinkRequest(f"bring {name} up", _RTM_NEWLINK, 0, body)


def _address(index: int, interface: IPv4Interface) -> bytes:
    header = struct.pack("=BBBBI", socket.AF_INET, interface.network.prefixlen, 0, _RT_SCOPE_UNIVERSE, index)
    body = header + attribute(_IFA_LOCAL, interface.ip.packed) + attribute(_IFA_ADDRESS, interface.ip.packed)
    if interface.network.prefixlen < 31:
        body += attribute(_IFA_BROADCAST, interface.network.broadcast_address.packed)
    return body


def assign_address(index: int, interface: IPv4Interface) -> NetlinkRequest:
    """Give the interface an address; its connected route comes with it."""
    body = _address(index, interface)
    return NetlinkRequest(f"add address {interface}", _RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body)


def remove_address(index: int, interface: IPv4Interface) -> NetlinkRequest:
    """Take an address away; connections that use it are not told."""
    return NetlinkRequest(f"remove address {interface}", _RTM_DELADDR, 0, _address(index, interface))


def _route(
    destination: IPv4Network, via: IPv4Address | None, index: int, source: IPv4Address | None
) -> bytes:
    scope = _RT_SCOPE_UNIVERSE if via else _RT_SCOPE_LINK
    body = struct.pack(
        "=BBBBBBBBI",
        *(socket.AF_INET, destination.prefixlen, 0, 0),
        *(_RT_TABLE_MAIN, _RTPROT_STATIC, scope, _RTN_UNICAST, 0),
    )
    body += attribute(_RTA_DST, destination.network_address.packed)
    if via:
        body += attribute(_RTA_GATEWAY, via.packed)
    if index:
        body += attribute(_RTA_OIF, _u32(index))
    if source:
        body += attribute(_RTA_PREFSRC, source.packed)
    return body


def add_route(
    destination: IPv4Network,
    via: IPv4Address | None = None,
    index: int = 0,
    source: IPv4Address | None = None,
) -> NetlinkRequest:
    """A route by gateway, by interface, or both; `source` is the address to send from. Replaces an equal
    one.
    """
    body = _route(destination, via, index, source)
    return NetlinkRequest(f"add route {destination}", _RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body)


def add_local_network(network: IPv4Network) -> NetlinkRequest:
    """Make every address of `network` this host's own (RTN_LOCAL): thousands of handsets in one namespace."""
    header = struct.pack(
        "=BBBBBBBBI",
        *(socket.AF_INET, network.prefixlen, 0, 0),
        *(_RT_TABLE_LOCAL, _RTPROT_STATIC, _RT_SCOPE_HOST, _RTN_LOCAL, 0),
    )
    body = header + attribute(_RTA_DST, network.network_address.packed) + attribute(_RTA_OIF, _u32(LOOPBACK))
    return NetlinkRequest(f"add local network {network}", _RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body)


def not_ready(netlink: Netlink) -> list[str]:
    """Interfaces that are up but would still lose a frame, as "name DOWN".

    UNKNOWN is ready: waiting for everything to be UP costs most of a second for nothing (measured).
    """
    waiting: list[str] = []
    for body in netlink.dump(NetlinkRequest("list interfaces", _RTM_GETLINK, 0, _link(0))):
        flags = struct.unpack_from("=I", body, 8)[0]
        found = attributes(body[16:])
        state = _OPERSTATE_NOT_READY.get(found.get(_IFLA_OPERSTATE, b"\0")[0])
        if flags & _IFF_UP and state is not None:
            waiting.append(f"{found[_IFLA_IFNAME].rstrip(bytes(1)).decode('ascii', 'replace')} {state}")
    return waiting


def open_monitor() -> socket.socket:
    """A socket that becomes readable when an interface of the calling thread's namespace changes."""
    monitor = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    monitor.bind((0, _RTMGRP_LINK))
    monitor.setblocking(False)
    return monitor


def wait_ready(
    netlink: Netlink, monitor_in_namespace: Callable[[], socket.socket], deadline: float
) -> list[str]:
    """Wait until no interface is DOWN or LOWERLAYERDOWN, or time.monotonic() is `deadline`.

    Returns the interfaces that did not become ready.
    """
    if not not_ready(netlink):
        return []
    with monitor_in_namespace() as monitor:
        while waiting := not_ready(netlink):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([monitor], [], [], left)[0]:
                return not_ready(netlink) and waiting
            monitor.recv(1 << 16)
    return []
