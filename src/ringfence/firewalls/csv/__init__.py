"""CSV, for people and for spreadsheets."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.csv import write

TARGETS = (
    Target(
        name="csv",
        title="CSV",
        capability=write.CAPABILITY,
        verified=True,
        write=write.write,
        insert=write.insert,
    ),
)
