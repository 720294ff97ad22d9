"""Every kernel test may create namespaces, whoever runs it."""

import pytest

from ringfence.lab.privilege import acquire


def pytest_runtest_setup(item: pytest.Item) -> None:
    # Before any fixture, and after the check that skips where the kernel refuses.
    if item.get_closest_marker("kernel") is not None:
        acquire()
