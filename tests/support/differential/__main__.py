"""What check says of random rule sets, against the kernel: every flow of a site and its answers, both ways.

PYTHONPATH=tests python -m support.differential [rule sets] [seed]

Half of the rule sets are nftables, half iptables. Each flow that fares otherwise than check says is shown
with the rules; and it says how many answers were "not proved", though the kernel has one always.
"""

import sys
import time
from random import Random

from ringfence.lab.privilege import acquire
from support.differential.compared import Disagreement, Tally
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import compared

_SHOWN_EVERY = 500


def main(rule_sets: int, seed: str) -> int:
    """How many rule sets differ."""
    acquire()
    began = time.monotonic()
    total = Tally()
    refused = differing = 0
    with RoutedFirewall() as firewall:
        for number in range(rule_sets):
            try:
                found = compared(firewall, Random(f"{seed} {number}"))
                refused += found is None
                total += found or Tally()
            except Disagreement as difference:
                differing += 1
                print(f"rule set {number} of {seed!r}: {difference}", flush=True)
            if (number + 1) % _SHOWN_EVERY == 0 or number + 1 == rule_sets:
                rate = (number + 1) / (time.monotonic() - began)
                print(
                    f"{total.rule_sets} agree, {differing} differ, {refused} not taken by the kernel",
                    end="; ",
                )
                words = ", ".join(f"{answer} {count}" for answer, count in sorted(total.answers.items()))
                print(f"flows: {words}; not proved {total.unproved:.1%}; {rate:.0f} a second", flush=True)
    return differing


if __name__ == "__main__":
    given = sys.argv[1:]
    differing_sets = main(int(given[0]) if given else 1000, given[1] if given[1:] else "differential")
    sys.exit(1 if differing_sets else 0)
