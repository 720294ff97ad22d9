"""Classic pcap files: both byte orders, micro- and nanoseconds (draft-ietf-opsawg-pcap)."""

from collections.abc import Iterator
from struct import Struct

from ringfence.capture.frame import TappedFrame
from ringfence.capture.interest import Interest
from ringfence.capture.octets import Octets
from ringfence.capture.selection import LONGEST, pass_records
from ringfence.capture.summary import Summary, link_type_of

# Byte order and the length of a tick in seconds, by the first four octets.
MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
FILE_HEADER = 24
RECORD = 16


def is_pcap(start: bytes) -> bool:
    return start[:4] in MAGIC


def read_pcap(octets: Octets, tap: str, interest: Interest, summary: Summary) -> Iterator[TappedFrame]:
    """The frames that `selection.wants` by `interest`; `summary` is complete when the iterator ends.

    InputError: header unreadable.
    """
    order, fraction = MAGIC[octets.data[octets.at : octets.at + 4]]
    if not octets.has(FILE_HEADER):
        summary.refuse("ends within its own header", octets.offset)
    word = Struct(f"{order}I").unpack_from
    link = link_type_of(word(octets.data, octets.at + 20)[0] & 0xFFFF, summary)
    summary.snap_length = word(octets.data, octets.at + 16)[0]
    octets.at += FILE_HEADER
    unpack = Struct(f"{order}IIII").unpack_from
    big_endian = order == ">"
    number = 0
    while True:
        data, at = octets.data, octets.at
        while True:
            passed, at, last = pass_records(
                interest.table, interest.media, link, data, at, big_endian=big_endian, fraction=fraction
            )
            if passed:
                number += passed
                if summary.first is None:
                    seconds, part, _, _ = unpack(data, octets.at)
                    summary.ran_at(seconds + part * fraction)
                seconds, part, _, _ = unpack(data, last)
                summary.last = max(summary.last, seconds + part * fraction)
            if at + RECORD > len(data):
                break
            seconds, part, kept, length = unpack(data, at)
            if kept > LONGEST:
                octets.at = at
                summary.stop(number, octets.offset, f"record {number + 1} claims {kept} octets")
                return
            start = at + RECORD
            if start + kept > len(data):
                break
            at = start + kept
            number += 1
            time = seconds + part * fraction
            if summary.first is None or time < summary.first:
                summary.ran_at(time)
            elif time > summary.last:  # as nearly always
                summary.last = time
            cut = length if length > kept else 0
            yield TappedFrame(time, tap, data[start:at], number, link, cut)
        octets.at = at
        if not octets.more():
            break
    summary.finish(number, len(octets.data) - octets.at, octets)
