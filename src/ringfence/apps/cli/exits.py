"""Exit statuses, the same for every verb."""

OK = 0
NOT_PROVED = 1
INPUT = 2
LACKING = 3
INTERRUPTED = 130
OUTPUT_UNREAD = 141  # nobody read the output to its end, as a shell says of a program that SIGPIPE ended

MEANINGS = {
    OK: "proved, permitted, registered or done",
    NOT_PROVED: "not proved, blocked, failed, or something found that has to be mended",
    INPUT: "a flag, a file or its contents are not understood: a sentence says where and what to do",
    LACKING: "this machine lacks something (the kernel's firewall, a privilege, a port), or the output "
    "cannot be written",
    INTERRUPTED: "interrupted (Ctrl-C); everything was cleaned up",
    OUTPUT_UNREAD: "nobody read the output to its end (`| head`), so no verdict can be taken from it",
}
