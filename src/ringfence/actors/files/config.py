"""Which file servers a handset asks for which files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ringfence.model.address import Address, TransportAddress
from ringfence.model.site import Scheme
from ringfence.wire import settings

# 9600 SIP guide 2007 p. 69 and 96x1 SIP guide 2020 p. 26; those of 46xx and 16xx are assumed.
UPGRADE_FILES: Mapping[str, str] = MappingProxyType(
    {
        "46xx": "46xxupgrade.scr",
        "16xx": "16xxupgrade.txt",
        "96x0": "96xxupgrade.txt",
        "96x1": "96x1Hupgrade.txt",
        "j100": "J100Supgrade.txt",
    }
)
SETTINGS_FILES = ("46xxsettings.scr", "46xxsettings.txt")


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file server: where it listens, and the directory put before every name (HTTPDIR, TLSDIR)."""

    address: TransportAddress
    scheme: Scheme = Scheme.HTTP
    directory: str = ""

    @property
    def parts(self) -> list[str]:
        return [part for part in self.directory.split("/") if part]

    def __str__(self) -> str:
        return "/".join((f"{self.scheme}://{self.address}", *self.parts, ""))


# HTTPS before HTTP (9600 R1.5 installation guide); TFTP is what 46xx sets had before either.
_TRIAL = [Scheme.HTTPS, Scheme.HTTP, Scheme.TFTP]


@dataclass(frozen=True, slots=True)
class FileClientConfig:
    """`sources` in the order of trial, HTTPS first; at least one.

    `variables` are what IF can test (MODEL, MACADDR, GROUP). `timeout`: seconds for one file, connection
    included; `rounds` over all servers, `pause` seconds apart; `max_octets` of one file. Timers, rounds and
    User-Agent are assumed: no manual gives them.
    """

    local: Address
    sources: tuple[FileSource, ...]
    family: str = "96x1"
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 20.0
    rounds: int = 3
    pause: float = 5.0
    max_octets: int = settings.MAX_OCTETS
    user_agent: str = "AVAYA"

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("a file client without a file server")
        order = [_TRIAL.index(source.scheme) for source in self.sources]
        if order != sorted(order):
            raise ValueError("HTTPS servers come first, then HTTP servers, then TFTP servers")
        if self.timeout <= 0 or self.pause <= 0 or self.rounds < 1:
            raise ValueError("timeout and pause are above zero, and there is at least one round")

    @property
    def first_file(self) -> str:
        """Other families, such as plain H.323 endpoints, have settings files only."""
        return UPGRADE_FILES.get(self.family, SETTINGS_FILES[0])
