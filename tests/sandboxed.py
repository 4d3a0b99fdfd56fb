"""The sandbox of the pytest plugin under a shorter name, for a conftest to import."""

import pytest

from certifier_sandbox import Sandbox


@pytest.fixture
def sandbox(certifier_sandbox: Sandbox) -> Sandbox:
    """Give each test a fresh sandbox, and the environment variables that a user would set."""
    return certifier_sandbox
