import io
import struct

from ringfence.capture.pcap_write import PcapWriter, write_pcap


def test_file_as_the_format_says() -> None:
    file = io.BytesIO()
    write_pcap(file, [(1.5, b"frame"), (86400.000000001, b"")])
    header, records = file.getvalue()[:24], file.getvalue()[24:]
    assert header == bytes.fromhex("4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000")
    assert records == struct.pack("<IIII", 1, 500_000_000, 5, 5) + b"frame" + struct.pack(
        "<IIII", 86400, 1, 0, 0
    )


def test_giant_frame_is_cut_and_its_length_told() -> None:
    file = io.BytesIO()
    PcapWriter(file).write(0, bytes(300_000))
    assert struct.unpack_from("<IIII", file.getvalue(), 24) == (0, 0, 262144, 300_000)
    assert len(file.getvalue()) == 24 + 16 + 262144
