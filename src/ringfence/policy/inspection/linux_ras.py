"""RAS as the Linux helper reads it (nf_conntrack_h323): what it rewrites, what it expects, for how long.

Where a message names the sender's own address, the other side is told the address that it sees.
"""

from collections.abc import Sequence
from dataclasses import replace

from ringfence.model.errors import DecodeError
from ringfence.model.packet import Packet, Protocol
from ringfence.policy.inspection.ends import (
    Dialogue,
    MessageAddress,
    Ways,
    address_of_end,
    changed,
    end_of,
    port_at,
)
from ringfence.policy.inspection.pinholes import Pinhole, Pinholes, Reads
from ringfence.wire import h225, ras

PINHOLE = 240.0  # seconds (h323_q931_exp_policy, rtcp and h245 alike), from the message on
_RAS_STATE = 300  # seconds of a registration without timeToLive (default_rrq_ttl)
_AFTER_URQ = 30.0
_FIRST_FREE = 1024
_MOST = 32  # pinholes of one RAS flow (ras_exp_policy)


class RasReader:
    """Reads RAS and opens pinholes for what it names."""

    def __init__(self, pinholes: Pinholes) -> None:
        self._pinholes = pinholes

    def looks(self, packet: Packet, ways: Ways, dialogue: Dialogue, now: float) -> Packet:
        """The datagram as it leaves."""
        try:
            message = ras.decode(packet.payload)
        except DecodeError:
            return packet
        if not _read(message):
            return packet
        told = self._of_ras(message, ways, dialogue, now)
        if told is message:
            return packet
        return replace(packet, payload=ras.encode(told))

    def _of_ras(self, message: ras.RasMessage, ways: Ways, dialogue: Dialogue, now: float) -> ras.RasMessage:
        match message:
            case h225.GatekeeperRequest():
                return changed(message, ways, rasAddress=_ras_address(ways, message.rasAddress))
            case h225.RegistrationRequest():
                return self._registers(message, ways, dialogue, now)
            case h225.RegistrationConfirm():
                dialogue.ttl = message.timeToLive or dialogue.ttl
                if dialogue.ttl:
                    dialogue.connection.expires = now + dialogue.ttl
                called = _called(ways, dialogue, message.callSignalAddress)
                return changed(message, ways, callSignalAddress=called)
            case h225.UnregistrationRequest():
                called = _called(ways, dialogue, message.callSignalAddress)
                self._pinholes.close(ways.name)
                dialogue.signalling.clear()
                dialogue.connection.expires = now + _AFTER_URQ
                return changed(message, ways, callSignalAddress=called)
            case h225.InfoRequestResponse():
                return changed(
                    message,
                    ways,
                    rasAddress=_ras_address(ways, message.rasAddress),
                    callSignalAddress=_called(ways, dialogue, message.callSignalAddress),
                )
            case h225.AdmissionRequest():
                return _admission(message, ways, dialogue)
            case h225.AdmissionConfirm():
                return self._admits(message, ways, dialogue, now)
            case h225.LocationRequest():
                return changed(message, ways, replyAddress=_ras_address(ways, message.replyAddress))
            case h225.LocationConfirm():
                self._calls_out(ways, message.callSignalAddress, now)
            case _:
                pass
        return message

    def _registers(
        self, rrq: h225.RegistrationRequest, ways: Ways, dialogue: Dialogue, now: float
    ) -> h225.RegistrationRequest:
        dialogue.ttl = rrq.timeToLive or _RAS_STATE
        called = list(rrq.callSignalAddress)
        for number, each in enumerate(called):
            port = port_at(each, ways.mine[0])
            if port:
                called[number] = address_of_end(ways.seen[0], self._expects_calls(ways, dialogue, port, now))
                break
        own = [_ras_address(ways, each) for each in rrq.rasAddress]
        return changed(rrq, ways, callSignalAddress=called, rasAddress=own)

    def _expects_calls(self, ways: Ways, dialogue: Dialogue, port: int, now: float) -> int:
        """The port at which others reach the call-signalling port of whoever registers."""
        known = dialogue.signalling.get(ways.reply) == port
        first = dialogue.signalling[not ways.reply] if known and ways.translated else port
        others = 65536 - _FIRST_FREE
        start = hash((ways.name, port, now)) % others  # Linux begins anywhere; this, alike in every run
        for step in range(others + 1 if ways.translated else 1):
            outside = _FIRST_FREE + (start + step) % others if step else first
            pinhole = Pinhole(
                int(Protocol.TCP),
                ways.peer[0],
                (ways.seen[0], outside),
                (ways.mine[0], port),
                now + PINHOLE,
                ways.name,
                Reads.CALL_SIGNALLING,
            )
            if self._pinholes.add(pinhole, now, _MOST):
                if ways.translated:
                    dialogue.signalling = {ways.reply: port, not ways.reply: outside}
                return outside
        return port

    def _admits(
        self, acf: h225.AdmissionConfirm, ways: Ways, dialogue: Dialogue, now: float
    ) -> h225.AdmissionConfirm:
        """One that names who was called is answered as that one; any other lets the asker call out."""
        if port_at(acf.destCallSignalAddress, ways.named[0]):
            return changed(acf, ways, destCallSignalAddress=_own(ways, dialogue, acf.destCallSignalAddress))
        self._calls_out(ways, acf.destCallSignalAddress, now)
        return acf

    def _calls_out(self, ways: Ways, address: MessageAddress, now: float) -> None:
        """The one who asked may open call signalling to the address of the answer."""
        end = end_of(address)
        if end is not None:
            tcp, until = int(Protocol.TCP), now + PINHOLE
            pinhole = Pinhole(tcp, ways.peer[0], end, end, until, ways.name, Reads.CALL_SIGNALLING)
            self._pinholes.add(pinhole, now, _MOST)


def _read(message: ras.RasMessage) -> bool:
    """Whether the kernel reads it: not where timeToLive is the last element (measured)."""
    if not isinstance(message, h225.RegistrationRequest) or message.timeToLive is None:
        return True
    fields = list(message.__struct_fields__)
    return any(getattr(message, each) is not None for each in fields[fields.index("timeToLive") + 1 :])


def _ras_address(ways: Ways, said: MessageAddress) -> MessageAddress:
    """The sender's own RAS address as the other side sees it; any other as it is."""
    return address_of_end(*ways.seen) if end_of(said) == ways.mine else said


def _called(
    ways: Ways, dialogue: Dialogue, said: Sequence[MessageAddress] | None
) -> list[MessageAddress] | None:
    return None if said is None else [_own(ways, dialogue, each) for each in said]


def _own(ways: Ways, dialogue: Dialogue, said: MessageAddress) -> MessageAddress:
    """The call-signalling address of the one who registered, as the other side knows it; else as it is."""
    mine, other = dialogue.signalling.get(ways.reply, 0), dialogue.signalling.get(not ways.reply, 0)
    end = end_of(said)
    if end == (ways.mine[0], mine):
        return address_of_end(ways.seen[0], other)
    return address_of_end(ways.peer[0], other) if end == (ways.named[0], mine) else said


def _admission(arq: h225.AdmissionRequest, ways: Ways, dialogue: Dialogue) -> h225.AdmissionRequest:
    """Of an ARQ the first address that is the sender's own: that of an answer, or that of a caller."""
    answering = end_of(arq.destCallSignalAddress)
    if answering == (ways.mine[0], dialogue.signalling.get(ways.reply)):
        port = dialogue.signalling[not ways.reply]
        return changed(arq, ways, destCallSignalAddress=address_of_end(ways.seen[0], port))
    port = port_at(arq.srcCallSignalAddress, ways.mine[0])
    return changed(arq, ways, srcCallSignalAddress=address_of_end(ways.seen[0], port)) if port else arq
