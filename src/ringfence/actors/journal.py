"""What passed between one machine and its driver, kept so that it can be read and run again.

Law 7 makes every journal a regression test: the same events into a fresh machine must give the same commands.
"""

import msgspec

from ringfence.actors.io import Commands, Event


class Entry(msgspec.Struct, frozen=True):
    """One event that the machine `host` took at `time` (seconds, the driver's clock), and its answer."""

    time: float
    host: str
    event: Event
    commands: Commands = ()
