"""What tshark says of a capture, as rows of fields."""

import subprocess
from pathlib import Path


def tshark_fields(path: Path, display: str, *fields: str) -> list[list[str]]:
    """A row for each frame that the display filter lets through."""
    command = ["tshark", "-n", "-r", str(path), "-Y", display, "-T", "fields"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split("\t") for line in done.stdout.splitlines()]
