"""CSV, for people and for spreadsheets."""

from ringfence.firewalls.common.target import Matching, Target, TranslationOrder
from ringfence.firewalls.csv import write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="csv",
        title="CSV",
        translation=TranslationOrder(
            Matching.INSIDE, Basis(Evidence.ASSUMED, "a table for people names the phones themselves")
        ),
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=write.insert,
    ),
)
