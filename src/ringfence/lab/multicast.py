"""Static multicast routes, so that gatekeeper discovery to 224.0.1.41 (IANA multicast registry) crosses a
router.

Without them a router forwards no multicast at all. The routes live as long as the object: the kernel drops
them with the socket.
"""

import socket
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address

from ringfence.lab.netns import Namespace

# linux/mroute.h
_MRT_INIT, _MRT_ADD_VIF, _MRT_ADD_MFC_PROXY = 200, 202, 210
_VIFF_USE_IFINDEX = 0x8
_MAXVIFS = 32
_NEVER = 255


class MulticastRoutes:
    """Forwards `groups` from each of the `incoming` interfaces to all of the `outgoing` ones, any source.

    A sender needs a TTL greater than the number of routers.
    """

    def __init__(
        self,
        namespace: Namespace,
        incoming: Sequence[int],
        outgoing: Sequence[int],
        groups: Sequence[IPv4Address],
    ) -> None:
        """Interfaces are given by index.

        Raises ValueError, or OSError when the kernel refuses (EADDRINUSE: the namespace has such routes
        already).
        """
        if not incoming or not outgoing or len(incoming) + len(outgoing) > _MAXVIFS:
            raise ValueError(f"multicast routes need interfaces on both sides, at most {_MAXVIFS}")
        if both := set(incoming) & set(outgoing):
            # The kernel picks the first (*,G) entry with the arrival interface in its list, right or wrong.
            raise ValueError(f"interface {min(both)} cannot be both incoming and outgoing")
        for group in groups:
            if not group.is_multicast:
                raise ValueError(f"{group} is not a multicast group")
        self._socket = namespace.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
        try:
            self._configure(incoming, outgoing, groups)
        except OSError:
            self._socket.close()
            raise

    def _configure(
        self, incoming: Sequence[int], outgoing: Sequence[int], groups: Sequence[IPv4Address]
    ) -> None:
        self._socket.setsockopt(socket.IPPROTO_IP, _MRT_INIT, 1)
        for vif, index in enumerate((*incoming, *outgoing)):
            control = struct.pack("=HBBIi4x", vif, _VIFF_USE_IFINDEX, 1, 0, index)
            self._socket.setsockopt(socket.IPPROTO_IP, _MRT_ADD_VIF, control)
        for group in groups:
            for parent in range(len(incoming)):
                # A (*,G) entry, whose list must hold the arrival interface too.
                thresholds = bytearray([_NEVER] * _MAXVIFS)
                thresholds[parent] = 1
                thresholds[len(incoming) : len(incoming) + len(outgoing)] = bytes([1] * len(outgoing))
                entry = struct.pack("=4s4sH32s2x16x", bytes(4), group.packed, parent, bytes(thresholds))
                self._socket.setsockopt(socket.IPPROTO_IP, _MRT_ADD_MFC_PROXY, entry)

    def close(self) -> None:
        self._socket.close()
