"""Every kernel test may create namespaces, whoever runs it."""

import pytest

from ringfence.lab.privilege import acquire


@pytest.fixture(autouse=True)
def _privilege(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("kernel") is not None:
        acquire()
