"""Two ends of a call-signalling connection, and what they say."""

from dataclasses import replace

from ringfence.actors.signalling.config import SignallingConfig
from ringfence.actors.signalling.session import Session
from ringfence.model.address import TransportAddress, transport
from ringfence.model.flow import Role
from ringfence.model.site import CallControl
from ringfence.wire import call_signalling, h225, tpkt

GATEKEEPER = transport("10.1.0.30", 1719)
HANDSET = transport("10.2.0.21", 49300)
STRANGER = transport("10.9.0.1", 0).ip
TO_HANDSET = TransportAddress(HANDSET.ip, 1720)
TO_GATEKEEPER = TransportAddress(GATEKEEPER.ip, 1720)
TIME_TO_SERVICE = SignallingConfig(CallControl.GATEKEEPER)
HANDSET_OPENS = SignallingConfig(CallControl.HANDSET)
TLS = SignallingConfig(CallControl.HANDSET_TLS)
BY_GATEKEEPER = replace(TIME_TO_SERVICE, handset_sends_setup=False)
WAYS = [TIME_TO_SERVICE, HANDSET_OPENS, TLS, BY_GATEKEEPER]


def session(role: Role, *, sends_setup: bool) -> Session:
    return Session(role, sends_setup=sends_setup, call_identifier=bytes(range(16)))


def spoken(octets: bytes) -> list[str]:
    messages, rest = tpkt.split(octets)
    assert rest == b""
    return [call_signalling.decode(message).name for message in messages]


def talk(first: Session, second: Session, chunk: int = 1000) -> list[str]:
    """Everything said, in order, each octet delivered in pieces of `chunk`."""
    said: list[str] = []
    pending = [(first.open(), second, first)]
    while pending:
        octets, listener, speaker = pending.pop(0)
        said += spoken(octets)
        for start in range(0, len(octets), chunk):
            for reply in listener.receive(octets[start : start + chunk]):
                if reply.octets:
                    pending.append((reply.octets, speaker, listener))
    return said


def released() -> bytes:
    body = h225.ReleaseCompleteUUIE(protocolIdentifier=(0, 0, 8, 2250, 0, 2))
    return tpkt.frame(call_signalling.encode(call_signalling.signal(1, ("releaseComplete", body))))
