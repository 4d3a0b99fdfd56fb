"""The sandbox of the pytest plugin by a shorter name, for a conftest to import."""

import pytest

from certifier_sandbox import Sandbox


@pytest.fixture
def sandbox(certifier_sandbox: Sandbox) -> Sandbox:
    """Give each test the sandbox as new, and the environment that a user would set."""
    return certifier_sandbox
