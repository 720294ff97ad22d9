"""What keeps a capture from showing what happened."""

from ringfence.model.findings import Code, Severity

CAPTURE_ONE_SIDED = Code(
    "CAPTURE_ONE_SIDED",
    Severity.WARNING,
    None,
    "The capture has only the requests or only the answers of an exchange that went on. Handsets often "
    "send priority-tagged frames (VLAN 0), which a port filter without 'vlan' misses.",
    "Capture without a filter, or with: X or (vlan and X).",
)

CAPTURE_CLIPPED = Code(
    "CAPTURE_CLIPPED",
    Severity.WARNING,
    None,
    "The capture kept only the beginning of frames, so messages cannot be read to the end.",
    "Capture again with -s 0.",
)

CAPTURE_DAMAGED = Code(
    "CAPTURE_DAMAGED",
    Severity.WARNING,
    None,
    "The capture file breaks off or has a broken record. What came before it was read.",
    "Stop the capturing program before copying; copy in binary mode.",
)

CAPTURE_TOO_LONG = Code(
    "CAPTURE_TOO_LONG",
    Severity.WARNING,
    None,
    "The capture holds more signalling than is judged at once; what comes after was left out.",
    "Cut the capture by time or by handset: editcap -A START -B END, or a filter on one address.",
)

CAPTURE_NOT_COUNTED = Code(
    "CAPTURE_NOT_COUNTED",
    Severity.WARNING,
    None,
    "The capture holds more calls, streams of media or ports of H.245 than are told apart at once. What is "
    "beyond is neither listed nor counted, and from audio that is missing nothing is concluded.",
    "Cut the capture by time, or filter one site or handset of it.",
)

CAPTURE_DUPLICATED = Code(
    "CAPTURE_DUPLICATED",
    Severity.NOTE,
    None,
    "Frames are in the capture twice, as mirror ports deliver them. Copies were left out.",
    "Nothing, unless loss is counted: mirror one direction only.",
)

CAPTURE_WITHOUT_HANDSETS = Code(
    "CAPTURE_WITHOUT_HANDSETS",
    Severity.WARNING,
    None,
    "No handset is in the capture: no RAS, and no DHCP of a client that asks for option 242 or 176.",
    "The capture point, the filter, and VLAN tags.",
)

CLOCKS_ASSUMED = Code(
    "CLOCKS_ASSUMED",
    Severity.WARNING,
    None,
    "Too few packets are in both captures to measure how far their clocks differ. What one side shows and "
    "the other does not is assumed to be lost between them; with clocks that differ, or a capture taken "
    "elsewhere, it may have passed.",
    "The clocks of both machines (chronyc tracking), and that each capture was taken on the right "
    "interface; then --clock-offset SECONDS.",
)

CLOCK_UNSTEADY = Code(
    "CLOCK_UNSTEADY",
    Severity.NOTE,
    None,
    "The clocks of the two recorders run at different rates, or one was set while it recorded. What both "
    "captures show, or an answer that would come before its question, says by how much, and times were "
    "corrected by that.",
    "Nothing, where files were put together or the differences are small. Else let the recorders follow one "
    "time server (chronyc tracking), and start to record when they do.",
)

CAPTURES_OVERLAP_IN_PART = Code(
    "CAPTURES_OVERLAP_IN_PART",
    Severity.NOTE,
    None,
    "One capture began later or ended earlier than the other. What only the longer one can show is judged as "
    "in a single capture.",
    "Nothing; if something looks lost at the end, start both captures first and stop both last.",
)

CAPTURE_UNTIMED = Code(
    "CAPTURE_UNTIMED",
    Severity.WARNING,
    None,
    "Frames without a time: simple packet blocks of pcapng, or what a conversion made of them (time 0). A "
    "request that nobody answered cannot be told from one whose answer was still to come.",
    "Capture again with tcpdump or dumpcap, which write times.",
)

CAPTURE_NOT_LOOKED_INTO = Code(
    "CAPTURE_NOT_LOOKED_INTO",
    Severity.WARNING,
    None,
    "Frames carry packets inside other packets in a form that is encrypted (ESP, CAPWAP with DTLS) or not "
    "read (L2TP version 3, fragments of a tunnel's packets). What they hold is not judged.",
    "Capture where the packets are in the clear: before the tunnel, or behind it.",
)
