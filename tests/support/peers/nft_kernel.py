"""A firewall of one's own for a moment: nft in a network namespace that ends with the command."""

import json
import os
import subprocess
from typing import Any

# Root may do without a user namespace, which some containers forbid.
UNSHARE = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--net")


def ruleset(*texts: str) -> dict[str, Any]:
    """Load the texts in turn into an empty ruleset and list it as JSON. AssertionError if refused."""
    script = "".join(f"nft -f - <<'RULES' || exit 1\n{text}\nRULES\n" for text in texts)
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", script + "nft -j list ruleset"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed: dict[str, Any] = json.loads(done.stdout)
    return listed


def rules(listed: dict[str, Any]) -> list[dict[str, Any]]:
    return [item["rule"] for item in listed["nftables"] if "rule" in item]
