"""That this machine does not let us build the lab, and what would have to change."""

import os


class LabUnavailable(Exception):  # noqa: N818 - what is the matter, said plainly
    """This machine does not let us build the lab.

    `call` is what failed, `errno` the kernel's answer (0 when it was not the kernel), `remedy` what to
    change.
    """

    def __init__(self, call: str, errno: int, remedy: str) -> None:
        reason = f": {os.strerror(errno)}" if errno else ""
        super().__init__(f"{call}{reason}; remedy: {remedy}")
        self.call = call
        self.errno = errno
        self.remedy = remedy
