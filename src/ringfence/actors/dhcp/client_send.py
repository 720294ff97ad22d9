"""What a DHCP client does to its host and sends to its servers, as commands."""

from ipaddress import IPv4Address

from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import ClientMessages
from ringfence.actors.dhcp.lease import Lease
from ringfence.actors.io import Bind, ConfigureAddress, RemoveAddress, SendDatagram
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.wire.dhcp import DhcpMessage, encode

CLIENT_SOCKET = TransportAddress(UNSPECIFIED, DHCP_CLIENT_PORT)
_EVERY_SERVER = TransportAddress(LIMITED_BROADCAST, DHCP_SERVER_PORT)


class Sender:
    """Builds commands; decides nothing. `secs` is RFC 2131's: seconds since the client began."""

    def __init__(self, settings: ClientSettings) -> None:
        self._interface = settings.interface
        self._writer = ClientMessages(settings.chaddr, settings.fingerprint, settings.broadcast)

    def bind(self) -> Bind:
        return Bind(CLIENT_SOCKET, self._interface)

    def configure(self, lease: Lease) -> ConfigureAddress:
        return ConfigureAddress(lease.address, lease.network, lease.router, self._interface)

    def remove(self, lease: Lease) -> RemoveAddress:
        return RemoveAddress(lease.address, self._interface)

    def discover(self, xid: int, secs: int) -> SendDatagram:
        return self._broadcast(self._writer.discover(xid, secs))

    def request(self, xid: int, secs: int, address: IPv4Address, server_id: IPv4Address) -> SendDatagram:
        """The one that takes an OFFER."""
        return self._broadcast(self._writer.request(xid, secs, address, server_id))

    def reboot(self, lease: Lease, xid: int, secs: int) -> SendDatagram:
        """Is the address still mine? (RFC 2131 section 4.3.2, INIT-REBOOT)"""
        return self._broadcast(self._writer.reboot(xid, secs, lease.address))

    def renew(self, lease: Lease, xid: int, secs: int) -> SendDatagram:
        return self._unicast(lease, self._writer.extend(xid, secs, lease.address))

    def rebind(self, lease: Lease, xid: int, secs: int) -> SendDatagram:
        return self._broadcast(self._writer.extend(xid, secs, lease.address), lease.address)

    def release(self, lease: Lease, xid: int) -> SendDatagram:
        return self._unicast(lease, self._writer.release(xid, lease.address, lease.server_id))

    def _broadcast(self, message: DhcpMessage, source: IPv4Address = UNSPECIFIED) -> SendDatagram:
        local = TransportAddress(source, DHCP_CLIENT_PORT)
        return SendDatagram(local, _EVERY_SERVER, encode(message), self._interface)

    def _unicast(self, lease: Lease, message: DhcpMessage) -> SendDatagram:
        """Straight to the server, past the relay (RFC 2131 sections 4.4.4 and 4.4.5)."""
        source = TransportAddress(lease.address, DHCP_CLIENT_PORT)
        destination = TransportAddress(lease.server_id, DHCP_SERVER_PORT)
        return SendDatagram(source, destination, encode(message), self._interface)
