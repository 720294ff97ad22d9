"""The interface that emulated handsets boot on, and what a person must do where it cannot be used."""

import errno
import socket
from collections.abc import Callable

from ringfence.apps.cli.live import unavailable
from ringfence.apps.cli.phoning.emulated import first_mac, prefixes
from ringfence.apps.cli.phoning.networks import EntryObserver, SocketReport, WireNetwork
from ringfence.drivers.aio import linux
from ringfence.drivers.raw.network import EthernetNetwork
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.errors import InputError

_LONGEST_NAME = 16  # IFNAMSIZ


def first_mac_on(interface: str) -> bytes:
    """The MAC address of the first handset there. InputError: there is no such interface."""
    if len(interface.encode()) >= _LONGEST_NAME:
        raise InputError("is no name of an interface", where="--interface", remedy=_known())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            return first_mac(linux.interface_mac(any_socket, interface))
        except OSError:
            raise InputError("there is no such interface", where=interface, remedy=_known()) from None


def wire_network(
    interface: str, first: bytes, count: int, record: Callable[[float, bytes], None] | None
) -> Callable[[EntryObserver, SocketReport], WireNetwork]:
    """Opens it when it is called; InputError or LabUnavailable where that cannot be."""

    def opened(observer: EntryObserver, report: SocketReport) -> WireNetwork:
        macs = prefixes(first, count)
        network = ethernet(interface, macs, observer=observer, report=report, record=record)
        # A port has one phone; a thousand of them on one would fill the switch's table of neighbours.
        return WireNetwork(network, lldp=count == 1)

    return opened


def ethernet(
    interface: str,
    macs: tuple[bytes, ...],
    *,
    observer: EntryObserver,
    report: SocketReport,
    record: Callable[[float, bytes], None] | None,
) -> EthernetNetwork:
    """Inside a running loop. InputError: no such interface; LabUnavailable: it may not be used."""
    try:
        return EthernetNetwork(interface, macs, observer=observer, report=report, record=record)
    except OSError as error:
        raise cannot_use(interface, error) from None


def cannot_use(interface: str, error: OSError) -> InputError | LabUnavailable:
    """A name that is none is a mistake; everything else this machine lacks."""
    if error.errno in {errno.ENODEV, errno.ENXIO}:
        return InputError("there is no such interface", where=interface, remedy=_known())
    return unavailable(f"{interface}: {error.strerror or error}", error.errno)


def _known() -> str:
    return f"there are: {', '.join(name for _, name in socket.if_nameindex()[:20])}"
