"""Who logs in on the emulated phone."""

from dataclasses import dataclass

MOST_NAME = 127  # characters of an extension or a password: dialedDigits has 1 to 128 (H.225.0)


@dataclass(frozen=True, slots=True)
class User:
    """The emulated phone's MAC address, and who logs in on it."""

    mac: str = "00:1b:4f:00:00:01"
    extension: str = "2001"
    password: str = "1234"
