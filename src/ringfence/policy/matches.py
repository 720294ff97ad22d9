"""The matches of one rule, narrowed one by one to boxes of packets."""

from collections.abc import Callable, Collection

from ringfence.policy.space import (
    FIELDS,
    PROTOCOL,
    TOP,
    Box,
    Intervals,
    boxes,
    meet,
    whole,
)


class NotUnderstood(Exception):  # noqa: N818  an answer, not a fault
    """A part of a configuration outside what we can turn into packet sets; never leaves the reader."""


_WHOLE = {version: tuple(whole(version, field) for field in range(FIELDS)) for version in TOP}


class Match:
    """The conjunction of a rule's matches, narrowed one by one."""

    def __init__(self, versions: frozenset[int]) -> None:
        self.fields: dict[int, list[Intervals]] = {version: [*_WHOLE[version]] for version in versions}

    def copy(self) -> "Match":
        other = Match(frozenset())
        other.fields = {version: list(fields) for version, fields in self.fields.items()}
        return other

    def only(self, versions: Collection[int]) -> None:
        """Keep of the families these."""
        self.fields = {version: fields for version, fields in self.fields.items() if version in versions}

    def narrow(self, field: int, allowed: Callable[[int], Intervals]) -> None:
        """Keep of `field` what `allowed` (of the IP version) holds."""
        for version, fields in self.fields.items():
            fields[field] = meet(fields[field], allowed(version))

    def plain(self) -> bool:
        """Nothing has been narrowed."""
        return all(tuple(fields) == _WHOLE[version] for version, fields in self.fields.items())

    def boxes(self) -> tuple[Box, ...]:
        # nft leaves "meta nfproto ipv4" out of a listing beside ICMP, and ipv6 beside ICMPv6: the protocol
        # implies the family (RFC 792, RFC 4443). Where both families are still open, it is read so.
        for number, implied in ((1, 4), (58, 6)):
            if len(self.fields) > 1 and self.fields[implied][PROTOCOL] == ((number, number),):
                self.fields = {implied: self.fields[implied]}
        return tuple(
            box
            for version, f in self.fields.items()
            for box in boxes(version, (f[0], f[1], f[2], f[3], f[4]))
        )


def touch(a: Intervals, b: Intervals) -> bool:
    """Whether two fields share a value."""
    if len(a) == 1 and len(b) == 1:
        return a[0][0] <= b[0][1] and b[0][0] <= a[0][1]
    return bool(meet(a, b))
