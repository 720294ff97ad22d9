"""Markdown, for the change ticket."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.markdown import write

TARGETS = (
    Target(
        name="markdown",
        title="Markdown",
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=write.insert,
    ),
)
