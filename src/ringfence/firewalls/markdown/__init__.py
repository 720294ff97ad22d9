"""Markdown, for the change ticket."""

from ringfence.firewalls.common.target import Matching, Target, TranslationOrder
from ringfence.firewalls.markdown import write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="markdown",
        title="Markdown",
        translation=TranslationOrder(
            Matching.INSIDE, Basis(Evidence.ASSUMED, "a table for people names the phones themselves")
        ),
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=write.insert,
    ),
)
