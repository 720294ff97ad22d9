"""Where `ringfence serve` keeps what it must not forget, and what it finds there when it starts."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from ringfence.actors.io import Keep
from ringfence.drivers.store.database import Database
from ringfence.model.findings import Finding
from ringfence.model.findings.network import CLOCK_WENT_BACK, STATE_DAMAGED

_TOLERANCE = 1.0  # seconds by which NTP may have put a clock back since the last write


@dataclass(frozen=True, slots=True)
class ServeState:
    """`kept`: what was kept before, in the clock of machines that start now; `findings`: what to say of it.

    `epoch`: seconds since 1970 when that clock, the monotonic one, stood at 0. Without `database` nothing is
    kept.
    """

    database: Database | None = None
    kept: tuple[Keep, ...] = ()
    epoch: float = 0.0
    findings: tuple[Finding, ...] = ()


def state_directory(address: str) -> Path:
    """Where the state of a serve at `address` is without --state: what systemd gave, or the usual places."""
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]  # systemd.exec(5)
    if given:
        base = Path(given)
    elif os.geteuid() == 0:
        base = Path("/var/lib/ringfence")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "ringfence"
    return base / address


@contextmanager
def kept_state(directory: Path | None, *, power_safe: bool) -> Iterator[ServeState]:
    """InputError: the directory cannot be used. None: nothing is kept."""
    if directory is None:
        yield ServeState()
        return
    with Database(directory, power_safe=power_safe) as database:
        clock = time.time()
        findings = []
        if (aside := database.put_aside) is not None:
            sentence = (
                f"{directory}: the state file was damaged; it is renamed to {aside.name}, and a new one "
                "starts empty"
            )
            findings.append(Finding(STATE_DAMAGED, sentence))
        if clock < database.written - _TOLERANCE:
            sentence = f"the clock is {database.written - clock:.0f} s behind the last write of the state"
            findings.append(Finding(CLOCK_WENT_BACK, f"{sentence}; leases count from then"))
        # What was written is past: a lease that ended before it has ended.
        epoch = max(clock, database.written) - time.monotonic()
        kept = tuple(
            structs.replace(record, until=None if until is None else until - epoch)
            for record, until in database.rows()
        )
        yield ServeState(database, kept, epoch, tuple(findings))
