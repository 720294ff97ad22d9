"""A DNS server that knows the addresses of a few names, and of no other (RFC 1034 section 4.3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    Event,
    SendDatagram,
    StageFailed,
    Started,
)
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.stage import Stage
from ringfence.wire.dns import ADDRESS, DnsMessage, Rcode, decode_dns, encode_dns


@dataclass(slots=True)
class DnsServer:
    """`records`: names in lower case, without a dot at the end. It remembers nothing and has no timers."""

    records: Mapping[str, tuple[IPv4Address, ...]]
    here: TransportAddress
    deadline: float | None = None

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Bind(self.here),)
            case BindFailed(local=local) if local == self.here:
                return (StageFailed(Stage.RESOLVE, f"the DNS server cannot listen on {local}"),)
            case DatagramReceived(destination=local) if local.port == self.here.port:
                return self._asked(event)
            case _:
                return NOTHING

    def _asked(self, event: DatagramReceived) -> Commands:
        try:
            question = decode_dns(event.data)
        except DecodeError:
            return NOTHING
        if question.response:
            return NOTHING
        known = self.records.get(question.name)
        rcode = Rcode.NAME_ERROR if known is None else Rcode.NO_ERROR
        addresses = known if known is not None and question.kind == ADDRESS else ()
        answer = DnsMessage(question.id, question.name, True, question.kind, rcode, addresses)
        return (SendDatagram(self.here, event.source, encode_dns(answer)),)
