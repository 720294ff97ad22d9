"""A recording that a verb writes while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ringfence.capture.pcapng_write import PcapngWriter
from ringfence.model.errors import InputError


@contextmanager
def recording_to(
    path: Path | None, interface: str, comment: str
) -> Iterator[Callable[[float, bytes], None] | None]:
    """What takes frames and their times; None: nothing is recorded. InputError: it cannot be written."""
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
    with file:
        writer = PcapngWriter(file, interface, comment)

        def record(seconds: float, frame: bytes) -> None:
            writer.write(round(seconds * 1_000_000_000), frame)

        yield record
