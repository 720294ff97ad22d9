"""Captures of a proof's own runs, one file for each side of the firewall."""

from pathlib import Path

from ringfence.capture.pcap_write import write_pcap
from ringfence.drivers.recording import RunRecording
from ringfence.model.errors import InputError
from ringfence.verify.report import NetworkKind


def write_pcaps(directory: Path, recordings: dict[NetworkKind, RunRecording]) -> tuple[Path, ...]:
    """The files written: `kernel-handsets.pcap`, `kernel-servers.pcap`, ... InputError: one cannot be."""
    written = []
    for kind, recording in recordings.items():
        for tap in sorted({frame.tap for frame in recording.frames}):
            path = directory / f"{kind}-{tap}.pcap"
            try:
                with path.open("wb") as file:
                    write_pcap(
                        file, ((frame.time, frame.data) for frame in recording.frames if frame.tap == tap)
                    )
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
            written.append(path)
    return tuple(written)
