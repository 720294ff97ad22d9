"""Exit statuses, the same for every verb."""

OK = 0
NOT_PROVED = 1
INPUT = 2
LACKING = 3
INTERRUPTED = 130
OUTPUT_UNREAD = 141  # nobody read the output to its end, as a shell says of a program that SIGPIPE ended
