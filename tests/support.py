"""What tests of several folders share."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import yaml

from certifier_client import CredentialTemplate, Response

ROOT = Path(__file__).parents[1]

# One update with either client; tests/client/conftest.py has the fixture.
Update = Callable[..., tuple[CredentialTemplate, Response]]


class _Loader(yaml.SafeLoader):
    """YAML as OpenAPI means it: a time is a string."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_document() -> Any:
    """Return openapi.yaml as the data that it would be in JSON."""
    return yaml.load((ROOT / "openapi.yaml").read_text(), _Loader)  # noqa: S506 - a SafeLoader


class Sandbox:
    """A running sandbox, and what its control API does."""

    def __init__(self, url: str) -> None:
        """Take the base URL."""
        self.url = url
        self._control = httpx.Client(base_url=f"{url}/_sandbox")

    def reset(self) -> None:
        """Make it as new."""
        self._control.post("/reset").raise_for_status()

    def inject(self, **answer: Any) -> None:
        """Give this answer to the next request."""
        self._control.post("/injections", json=answer).raise_for_status()

    def requests(self) -> list[Any]:
        """Return the requests to the API so far."""
        log = self._control.get("/requests").raise_for_status().json()
        requests: list[Any] = log["requests"]
        return requests

    def seed(self, *ids: str) -> None:
        """Make templates of the premium organisation."""
        for template_id in ids:
            template = {"id": template_id, "organization": "premium", "name": "old"}
            self._control.post("/templates", json=template).raise_for_status()

    def names(self) -> dict[str, str]:
        """Return the name of each template."""
        state = self._control.get("/state").raise_for_status().json()
        return {template["id"]: template["name"] for template in state["templates"]}

    def limit(self, requests: int) -> None:
        """Take so many requests a second."""
        self._control.put("/rate-limit", json={"requests": requests}).raise_for_status()

    def close(self) -> None:
        """Close the connection to the control API."""
        self._control.close()


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the project's Makefile as a person does, from any working directory."""
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *arguments]
    return run(*command, cwd=cwd)


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it printed, whether it succeeded or not."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
