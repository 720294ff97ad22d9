"""The capture filters that `why` prints are libpcap's language."""

import subprocess

import pytest

from ringfence.apps.cli.files.site_input import examples, read_site
from ringfence.model.displays.capture_filter import capture_filter
from ringfence.model.registration import flows
from ringfence.model.stage import Stage

pytestmark = pytest.mark.peers


@pytest.mark.parametrize("name", examples())
def test_libpcap_compiles_every_filter(name: str) -> None:
    found = flows(read_site(name))
    filters = {chosen for stage in Stage if (chosen := capture_filter(found, stage))}
    assert filters
    for chosen in filters:
        done = subprocess.run(
            ["dumpcap", "-i", "lo", "-d", "-f", chosen],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (chosen, done.stderr)
