"""Exit statuses, the same for every verb."""

OK = 0
NOT_PROVED = 1
INPUT = 2
LACKING = 3
INTERRUPTED = 130
