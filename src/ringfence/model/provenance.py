"""What made a text or a report, when, and of which site: what a change ticket quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which verbs without a site need not wait for
    from ringfence.model.site import Site

NO_AUDIO = "no audio: media is not among these flows"


@dataclass(frozen=True, slots=True)
class Provenance:
    """`date` as 2026-12-31, UTC. `site` is the SHA-256, in hex, of all that the site says; '' without one."""

    version: str
    date: str
    site: str = ""

    def __str__(self) -> str:
        site = f", site {self.site[:16]}" if self.site else ""
        return f"ringfence {self.version}, {self.date}{site}"


def without_audio(site: Site) -> tuple[str, ...]:
    """What a reader of its rules must be told, where the site says nothing of media; else nothing."""
    return (NO_AUDIO,) if site.media is None else ()
