"""Classic pcap files: both byte orders, micro- and nanoseconds (draft-ietf-opsawg-pcap)."""

from collections.abc import Callable, Iterator
from struct import Struct

from ringfence.capture.frame import LinkType, TappedFrame
from ringfence.capture.octets import Octets
from ringfence.capture.select import Selection
from ringfence.capture.skip import Skip
from ringfence.capture.summary import Summary, link_type_of

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_HEADER = 24
_RECORD = 16
# No writer goes beyond 256 KiB (tcpdump's MAXIMUM_SNAPLEN), USB captures excepted; a longer record is a
# broken length and would swallow the rest of the file.
_LONGEST = 1 << 18
_CAPTURED_LENGTH = range(8, 12)
# The octets that were passed over last, from where to where, when nothing came after them.
_NO_RUN = (b"", 0, 0)


def is_pcap(start: bytes) -> bool:
    return start[:4] in _MAGIC


def read_pcap(octets: Octets, tap: str, selection: Selection, summary: Summary) -> Iterator[TappedFrame]:
    """The selected frames; `summary` is complete when the iterator ends. InputError: header unreadable."""
    order, fraction = _MAGIC[octets.data[octets.at : octets.at + 4]]
    if not octets.has(_HEADER):
        summary.refuse("ends within its own header", octets.offset)
    word = Struct(f"{order}I").unpack_from
    link = link_type_of(word(octets.data, octets.at + 20)[0] & 0xFFFF, summary)
    summary.snap_length = word(octets.data, octets.at + 16)[0]
    octets.at += _HEADER
    yield from _records(octets, tap, selection, summary, (order, fraction, link))


def _records(
    octets: Octets, tap: str, selection: Selection, summary: Summary, form: tuple[str, float, LinkType]
) -> Iterator[TappedFrame]:
    order, fraction, link = form
    unpack = Struct(f"{order}IIII").unpack_from
    skip, wants = Skip(selection), selection.wants
    number = 0
    run = _NO_RUN
    while True:
        data, at = octets.data, octets.at
        size = len(data)
        while at + _RECORD <= size:
            seconds, part, kept, length = unpack(data, at)
            if kept > _LONGEST:
                octets.at = at
                _ended(run, unpack, fraction, summary)
                summary.stop(number, octets.offset, f"record {number + 1} claims {kept} octets")
                return
            start = at + _RECORD
            end = start + kept
            if end > size:
                break
            if wants(link, data, start, end):
                number += 1
                run = _NO_RUN
                summary.last = seconds + part * fraction
                cut = length if length > kept else 0
                yield TappedFrame(summary.last, tap, data[start:end], number, link, cut)
                at = end
                continue
            passed, after = skip.over(data, at)
            if not passed:
                skip.learn(link, data, slice(at, end), slice(start, end), _CAPTURED_LENGTH)
                passed, after = 1, end
            number += passed
            run = (data, at, after)
            at = after
        octets.at = at
        if not octets.more():
            break
    _ended(run, unpack, fraction, summary)
    summary.finish(number, len(octets.data) - octets.at, octets)


def _ended(
    run: tuple[bytes, int, int],
    unpack: Callable[[bytes, int], tuple[int, ...]],
    fraction: float,
    summary: Summary,
) -> None:
    """Note the time of the last record of a run that ended the capture."""
    data, at, end = run
    while at < end:
        seconds, part, kept, _ = unpack(data, at)
        summary.last = seconds + part * fraction
        at += _RECORD + kept
