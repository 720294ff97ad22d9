"""The version that runs, today's date, and the hash of a site."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from ringfence import __version__
from ringfence.model.errors import InputError
from ringfence.model.provenance import Provenance

if TYPE_CHECKING:
    from ringfence.model.site import Site


def provenance_of(*sites: Site) -> Provenance:
    """Of what is made of these sites now.

    SOURCE_DATE_EPOCH (seconds since 1970, as reproducible builds have it) stands for the clock where it is
    set; InputError where it is no such number. The hash is of what a site says, its tables among it, whatever
    its file looks like.
    """
    said = b"".join(msgspec.json.encode(site, enc_hook=str) for site in sites)
    return Provenance(__version__, _today(), sha256(said).hexdigest() if sites else "")


def _today() -> str:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        now = datetime.fromtimestamp(time.time() if given is None else int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f"{given!r} is not a number of seconds since 1970", where="SOURCE_DATE_EPOCH", remedy="unset it"
        ) from None
    return now.date().isoformat()
