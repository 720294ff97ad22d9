"""What phone and switch say to each other in CCMS frames of a call: keys one way, lamps and ringing the
other.

The octets were seen on the wire (GnuGk's Avaya mode), but for the two feature buttons: which number a hold or
transfer key has is administered at the switch, and no source shows one. ASSUMED.
"""

from collections.abc import Iterable

from ringfence.wire.ccms import DIAL_PAD, HOOK, REPORT, TO_PHONE, CcmsElement, CcmsFrame, variable

OFF_HOOK = CcmsElement(0x80, b"\x02")
ON_HOOK = CcmsElement(0x80, b"\x01")
APPEARANCE = CcmsElement(0x60, b"\x07")  # the first call appearance
HOLD = CcmsElement(0x60, b"\x03")  # ASSUMED
TRANSFER = CcmsElement(0x60, b"\x04")  # ASSUMED

RING = CcmsElement(0x4B)
RINGER_OFF = CcmsElement(0x40)
DISCONNECT = CcmsElement(0x84)
DIAL_TONE_OFF = variable(bytes.fromhex("801800"))
RING_PATTERN = variable(bytes.fromhex("800900"))
LAMP_FLASH = variable(bytes.fromhex("80280f"))  # lamp of the first appearance, green
LAMP_STEADY = variable(bytes.fromhex("802f0f"))
LAMP_DARK = variable(bytes.fromhex("80200f"))

_KEYS = {digit: CcmsElement(0x7F, bytes([key])) for key, digit in DIAL_PAD.items()}
_HOOKS = {"off-hook": True, "speaker on": True, "on-hook": False, "speaker off": False}
_MOST_TEXT = 14  # octets of an element, less the one that says it is for the display


def from_phone(*elements: CcmsElement) -> CcmsFrame:
    return CcmsFrame(REPORT, elements)


def to_phone(*elements: CcmsElement) -> CcmsFrame:
    return CcmsFrame(TO_PHONE, elements)


def digits(number: str) -> Iterable[CcmsElement]:
    """The keys of a number, one after the other; KeyError: it has other characters than 0-9, * and #."""
    return (_KEYS[digit] for digit in number)


def digit_of(element: CcmsElement) -> str:
    """The digit of a dial-pad key; empty: it is none."""
    is_key = element.identifier == 0x7F and len(element.content) == 1
    return DIAL_PAD.get(element.content[0], "") if is_key else ""


def hook_of(element: CcmsElement) -> bool | None:
    """Whether handset or speaker is off the hook now; None: the element says nothing of it."""
    if len(element.content) != 1:
        return None
    return _HOOKS.get(HOOK.get((element.identifier, element.content[0]), ""))


def shown_text(text: str) -> CcmsElement:
    """Show a text of up to 14 characters of ASCII; more is cut."""
    return variable(b"\xe3" + text.encode("ascii", "replace")[:_MOST_TEXT])
