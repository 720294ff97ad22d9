"""What check says of random rule sets, against the kernel: every flow of a site and its answers, both ways.

python bench/differential.py [rule sets] [seed]

It runs the comparison of tests/lab/test_check_agrees.py, as long as wanted: see tests/support/differential.
"""

import os
import subprocess
import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1] / "tests"


def main(arguments: list[str]) -> int:
    found = [str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(found)}
    command = [sys.executable, "-m", "support.differential", *(arguments or ["1000"])]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
