"""What is said when the kernel could not hand over everything it saw."""


class EvidenceIncomplete(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Packets were lost between the kernel and us: nothing may be concluded from what is missing.

    What did arrive is kept and returned by the next drain.
    """
