"""All targets, by name."""

from __future__ import annotations

from support.fuzz import (
    targets_calls,
    targets_datagrams,
    targets_endpoints,
    targets_files,
    targets_streams,
    targets_wire,
)
from support.fuzz.subject import Target

TARGETS: tuple[Target, ...] = (
    *targets_wire.TARGETS,
    *targets_datagrams.TARGETS,
    *targets_streams.TARGETS,
    *targets_calls.TARGETS,
    *targets_endpoints.TARGETS,
    *targets_files.TARGETS,
)
