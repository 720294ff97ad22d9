"""Frames on interfaces of one namespace, with their 802.1Q tags put back."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ringfence.lab.evidence import EvidenceIncomplete
from ringfence.lab.netns import Namespace
from ringfence.lab.ring import RecordedFrame, Ring


class Recorder:
    """Everything that the named interfaces of one namespace send and receive, from now on."""

    def __init__(self, namespace: Namespace, interfaces: Sequence[str], *, slots: int = 2048) -> None:
        """`slots` frames of room per interface, a multiple of 32. Raises OSError naming nothing we can add
        to.
        """
        self._kept: list[RecordedFrame] = []
        # Making a ring and closing it each wait for all processors (12 ms and 24 ms, measured); side by side
        # they wait together.
        with ThreadPoolExecutor(max_workers=max(1, len(interfaces))) as pool:
            rings = [pool.submit(namespace.run, partial(Ring, name, slots)) for name in interfaces]
        self._rings = [ring.result() for ring in rings if ring.exception() is None]
        for ring in rings:
            if (error := ring.exception()) is not None:
                self.close()
                raise error

    def filenos(self) -> tuple[int, ...]:
        """Readable when there is something to drain."""
        return tuple(ring.socket.fileno() for ring in self._rings)

    def close(self) -> None:
        with ThreadPoolExecutor(max_workers=max(1, len(self._rings))) as pool:
            for ring in self._rings:
                pool.submit(ring.close)
        self._rings.clear()

    def drain(self, skipped: float = 0.0) -> list[RecordedFrame]:
        """Frames since the last call, oldest first, without waiting; `skipped` seconds are added to the
        timestamps.

        Raises EvidenceIncomplete when a ring was full; what it held is returned by the next call.
        """
        losses: list[str] = []
        for ring in self._rings:
            self._kept += ring.drain(skipped)
            if lost := ring.lost():
                losses.append(f"{lost} frames on {ring.interface}")
        if losses:
            raise EvidenceIncomplete(f"recorder lost {', '.join(losses)}")
        kept, self._kept = self._kept, []
        kept.sort(key=lambda frame: frame.timestamp)
        return kept
