"""MEDIA: what was captured of the audio of calls."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

AUDIO_ONE_WAY = Code(
    "AUDIO_ONE_WAY",
    Severity.WARNING,
    Stage.MEDIA,
    "A connected call has audio packets in one direction only, although both directions were agreed. One "
    "capture cannot show whether the others were lost before it or take another path.",
    "A capture from the other side of the firewall; the rule for media towards the address that is named; "
    "translation of the address that the signalling gives.",
)

AUDIO_DROPPED = Code(
    "AUDIO_DROPPED",
    Severity.FAILURE,
    Stage.MEDIA,
    "The audio packets of a connected call are in the capture of one side of the firewall, and none of "
    "them is in the other: the receiver hears nothing.",
    "The rule for UDP to the media address that is named, and to the port above it for RTCP; H.323 "
    "inspection that opens media ports from signalling it cannot read.",
)
