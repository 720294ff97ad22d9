"""Where the program begins: what Ctrl-C does before a verb runs.

Most of the time until then goes into imports, and an interrupted import ends in a traceback.
"""

import gc
import os
import signal
from importlib import import_module
from types import FrameType

from ringfence.apps.cli.exits import INTERRUPTED


def run() -> None:
    """`ringfence VERB`; see `main`."""
    # A shell that starts us with & or nohup ignores the signal, and so do we then.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    # What is imported stays: looking for garbage in it while it grows takes a tenth of the start-up.
    gc.disable()
    try:
        import_module("ringfence.apps.cli.main").main()
    finally:
        # The status is settled: a second Ctrl-C would end the rest, which takes no time, in a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)  # nothing has been made yet that would have to be taken back
