"""Audio that entered the firewall and did not leave it, as legs with the rules that would let it pass."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network

from ringfence.capture.frame import Tap
from ringfence.diagnosis.calls.call import Call, Side
from ringfence.diagnosis.calls.media import MediaIndex, dropped_audio
from ringfence.diagnosis.legs import LegRemedy, LostLeg
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.address import TransportAddress
from ringfence.model.media import media_range
from ringfence.model.packet import Protocol
from ringfence.model.policy import Rule


def audio_legs(
    calls: Sequence[Call],
    indexes: Sequence[MediaIndex],
    handsets: Sequence[HandsetTimeline],
    *,
    swapped: bool,
) -> tuple[LostLeg, ...]:
    """One for each pair of hosts and direction. `swapped`: the second capture is that of the handset side.

    The ports of a rule are those of the administered range that the port is of, since the next call has
    others.
    """
    names = {address: each.name for each in handsets for address in each.addresses}
    found: dict[Rule, LostLeg] = {}
    for call in calls:
        for sender in Side:
            number = dropped_audio(call, sender, indexes)
            if number is None:
                continue
            tap = Tap.HANDSETS if (number == 0) is not swapped else Tap.SERVERS
            for source, to, count in _streams(call, sender, indexes[number]):
                rule = _rule(source, to)
                whose = tuple(names[ip] for ip in (source.ip, to.ip) if ip in names)
                leg = LostLeg(
                    LegRemedy.RULE,
                    f"{source} > {to} RTP",
                    count,
                    tap,
                    (),
                    whose,
                    tap is Tap.HANDSETS,
                    rule,
                )
                known = found.get(rule)
                found[rule] = leg if known is None else replace(known, count=known.count + count)
    return tuple(found.values())


def _streams(
    call: Call, sender: Side, index: MediaIndex
) -> Iterator[tuple[TransportAddress, TransportAddress, int]]:
    """Where the audio of a side came from and went to, and how many packets."""
    for channel in call.channels:
        traffic = index.traffic(call, channel) if channel.sender is sender else None
        if traffic is not None and channel.kind == "audio" and channel.media is not None:
            for source in traffic.sources:
                yield source, channel.media, traffic.packets


def _rule(source: TransportAddress, to: TransportAddress) -> Rule:
    return Rule(
        "media",
        (ip_network(source.ip),),
        (ip_network(to.ip),),
        Protocol.UDP,
        media_range(source.port),
        media_range(to.port),
    )
