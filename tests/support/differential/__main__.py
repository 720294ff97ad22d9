"""What check says of random rule sets, against the kernel: every flow of a site and its answers, both ways.

PYTHONPATH=tests python -m support.differential [rule sets] [seed]

Half of the rule sets are nftables, half iptables. It ends at the first flow that fares otherwise than check
says, with the rules; otherwise it counts, and says how many answers were "not proved" though the kernel has
one always.
"""

import sys
import time
from random import Random

from ringfence.lab.privilege import acquire
from support.differential.compared import Tally
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import compared

_SHOWN_EVERY = 500


def main(rule_sets: int, seed: str) -> None:
    acquire()
    began = time.monotonic()
    total = Tally()
    refused = 0
    with RoutedFirewall() as firewall:
        for number in range(rule_sets):
            found = compared(firewall, Random(f"{seed} {number}"))
            refused += found is None
            total += found or Tally()
            if (number + 1) % _SHOWN_EVERY == 0 or number + 1 == rule_sets:
                words = ", ".join(f"{answer} {count}" for answer, count in sorted(total.answers.items()))
                rate = (number + 1) / (time.monotonic() - began)
                print(f"{total.rule_sets} rule sets, {refused} not taken by the kernel; {rate:.0f} a second")
                print(
                    f"  {total.answers.total()} flows: {words}; not proved {total.unproved:.1%}", flush=True
                )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 1000, sys.argv[2] if len(sys.argv) > 2 else "differential"
    )
