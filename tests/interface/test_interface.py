"""What counts as a break of the public interface, and the exit codes of `make interface`."""

import sys
from pathlib import Path

import pytest

from interface.__main__ import SNAPSHOT, breaks, main
from interface.public import public
from support import ROOT, git, run

# A small project with the layout of ours.
CLIENT, SANDBOX = "overrides/certifier_client", "sandbox/certifier_sandbox"
CODE, SERVER = f"{CLIENT}/client.py", f"{SANDBOX}/server.py"
PLUGIN, SANDBOX_PLUGIN = f"{CLIENT}/pytest_plugin.py", f"{SANDBOX}/pytest_plugin.py"
MODELS = "generated/certifier_generated/models/__init__.py"
MODEL = "generated/certifier_generated/models/template.py"
FILES = {
    f"{CLIENT}/version.py": '__version__ = "0.1.0"\n',
    f"{CLIENT}/__init__.py": """
from certifier_client.client import Certifier, Journal, ProxyError, RetryPolicy
from certifier_client.version import __version__
__all__ = ["Certifier", "Journal", "ProxyError", "RetryPolicy", "__version__"]
""",
    CODE: """
import attrs

class CertifierError(Exception): ...
class ProxyError(CertifierError, ValueError):
    hint = "check the option proxy"
@attrs.frozen(kw_only=True)
class RetryPolicy:
    attempts: int
    cap: float = attrs.field(default=20.0, validator=object())
class BaseClient:
    def with_options(self, **options: str) -> "BaseClient": ...
    def _private(self) -> None: ...
class Journal:
    def __init__(self, path: str, input: str | None = None) -> None: ...
class Certifier(BaseClient):
    def update_many(self, changes: list[str], *, workers: int = 4) -> "Journal": ...
    @property
    def groups(self) -> int: ...
    async def close(self) -> None: ...
def further(headers: str) -> None: ...
""",
    PLUGIN: """
import pytest

@pytest.fixture
def certifier(certifier_sandbox: int) -> str: ...
""",
    SANDBOX_PLUGIN: """
import pytest

@pytest.fixture
def _own() -> int: ...
@pytest.fixture
def certifier_sandbox(_own: int) -> int: ...
def pytest_configure() -> None: ...
""",
    f"{SANDBOX}/__init__.py": """
from certifier_sandbox.server import Entry, Injection, running
__all__ = ["Entry", "Injection", "running"]
""",
    SERVER: """
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict

@dataclass
class Entry:
    status: int
class Injection(TypedDict, total=False):
    delay: float
@contextmanager
def running(*, port: int = 0) -> object: ...
def listen() -> None: ...
""",
    "generated/certifier_generated/__init__.py": "",
    MODELS: """
from certifier_generated.models.template import Template
__all__ = ["Template"]
""",
    MODEL: """
class Template:
    name: str
""",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the small project with its snapshot, and change to its folder."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / SNAPSHOT).parent.mkdir(parents=True)
    (tmp_path / SNAPSHOT).write_text("\n".join(public(tmp_path)) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    """Replace a text that a file has exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))


def version(project: Path, number: str) -> None:
    """Set the version of the package."""
    (project / CLIENT / "version.py").write_text(f'__version__ = "{number}"\n')


def release(project: Path, number: str) -> None:
    """Commit everything, and tag it."""
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", number)
    git(project, "tag", f"v{number}")


@pytest.mark.parametrize(
    ("file", "old", "new", "broken"),
    [
        (CODE, "def with_options(", "def options(", "Certifier.with_options() -> "),
        (CODE, "def groups(", "def templates(", "Certifier.groups: int"),
        (CODE, "async def close", "def close", "Certifier.close() -> None  # async"),
        (CODE, "-> int", "-> str", "Certifier.groups: int"),
        (CODE, "workers: int = 4", "workers: int", "Certifier.update_many(*, workers: int"),
        (CODE, "workers: int = 4", "size: int = 4", "Certifier.update_many(*, workers: "),
        (CODE, "changes: list", "new: str, changes: list", "Certifier.update_many(new: str"),
        (CODE, "*, workers", "*, new: str, workers", "Certifier.update_many(*, new: str"),
        (CODE, "input: str", "mode: str = '', input: str", "Journal.__init__(_, input: str"),
        (CODE, "Error, ValueError", "Error", "class certifier_client.ProxyError("),
        (CODE, "hint =", "_hint =", "ProxyError.hint"),
        (CODE, "    cap: float", "    most: float", "RetryPolicy.cap: float = 20.0"),
        (CODE, "default=20.0", "default=9.0", "RetryPolicy.cap: float = 20.0"),
        (CODE, "kw_only=True", "", "class certifier_client.RetryPolicy()"),
        (f"{CLIENT}/__init__.py", '"Journal", "', '"', "class certifier_client.Journal()"),
        (PLUGIN, "def certifier(", "def client(", "fixture certifier() -> str"),
        (SANDBOX_PLUGIN, "def certifier_", "def _", "fixture certifier_sandbox() -> int"),
        (SERVER, "port: int", "on: int", "certifier_sandbox.running(*, port: int"),
        (SERVER, "    status:", "    code:", "certifier_sandbox.Entry.status: int"),
        (SERVER, "    delay:", "    wait:", "certifier_sandbox.Injection.delay"),
        (SERVER, "total=False", "total=True", "certifier_sandbox.Injection(Typed"),
        (SERVER, "@contextmanager", "", "certifier_sandbox.running() -> object"),
        (MODEL, "    name: str", "    title: str", "models.template.Template.name: str"),
        (MODELS, '"Template"', "", "models.Template = certifier_generated.models.template.T"),
    ],
)
def test_a_change_that_breaks_a_caller_is_reported(
    project: Path, file: str, old: str, new: str, broken: str
) -> None:
    """Such as a removed name, a changed type, or a new required argument."""
    before = public(project)
    replace(project / file, old, new)
    assert broken in "\n".join(breaks(before, public(project)))


@pytest.mark.parametrize(
    ("file", "old", "new", "added"),
    [
        (f"{CLIENT}/version.py", "0.1.0", "0.1.1", []),
        (CODE, "def further(", "def more(", []),
        (CODE, "def _private(", "def _own(", []),
        (CODE, "check the", "look at the", []),
        (CODE, "validator=object()", "repr=False", []),
        (SANDBOX_PLUGIN, "_own: ", "_another: ", []),
        (SANDBOX_PLUGIN, "def pytest_configure", "def pytest_unconfigure", []),
        (SERVER, "def listen(", "def bind(", []),
        (
            SERVER,
            "port: int = 0",
            "port: int = 0, host: str = ''",
            ["certifier_sandbox.running(*, host: str = '')"],
        ),
        (
            CODE,
            "    cap: ",
            "    least: float = 0\n    cap: ",
            ["certifier_client.RetryPolicy.least: float = 0"],
        ),
        (
            CODE,
            "path: str,",
            "path: str = 'journal',",
            ["certifier_client.Journal.__init__(path: str = 'journal')"],
        ),
        (
            CODE,
            "class Journal:",
            "class Journal:\n    @staticmethod\n    def undo(line: int) -> None: ...",
            [
                "certifier_client.Journal.undo() -> None  # staticmethod",
                "certifier_client.Journal.undo(line: int)",
            ],
        ),
    ],
)
def test_private_changes_and_optional_additions_break_nothing(
    project: Path, file: str, old: str, new: str, added: list[str]
) -> None:
    """Names outside `__all__` are private; additions still appear in the snapshot."""
    before = public(project)
    replace(project / file, old, new)
    after = public(project)
    assert [*breaks(before, after)] == []
    assert [line for line in after[1:] if line not in before] == added


def test_the_snapshot_is_the_interface_of_this_project() -> None:
    """It is identical with every supported Python and griffe."""
    lines = (ROOT / SNAPSHOT).read_text().splitlines()
    assert public(ROOT) == lines, "run `make interface UPDATE=1`"
    assert "certifier_client.CredentialTemplates.update_many(*, workers: int = 4)" in lines


def test_a_change_has_to_be_in_the_snapshot(project: Path) -> None:
    """It prints only the difference and what to run, and ends with 1; after an update with 0."""
    replace(project / CODE, "workers: int = 4", "workers: int = 8")
    printed = run(sys.executable, str(ROOT / "tests/interface"), cwd=project)
    assert (printed.returncode, printed.stderr) == (1, "")
    function = "certifier_client.Certifier.update_many"
    assert [line for line in printed.stdout.splitlines() if not line.startswith("@@")] == [
        f"-{function}(*, workers: int = 4)",
        f"+{function}(*, workers: int = 8)",
        f"{SNAPSHOT} is not what the code has: run `make interface UPDATE=1`",
        "no release yet (no tag v…) that the public interface could break",
    ]
    assert (main(["--update"]), main([])) == (0, 0)


@pytest.mark.parametrize(
    ("released", "too_small", "enough"),
    [("0.1.0", "0.1.1", "0.2.0"), ("0.1.9", "0.1.10", "1.0.0"), ("1.2.0", "1.3.0", "2.0.0")],
)
def test_a_breaking_change_needs_a_new_version(
    project: Path, capsys: pytest.CaptureFixture[str], released: str, too_small: str, enough: str
) -> None:
    """Before 1.0 it is a new minor version, later a major one; a new snapshot hides no break."""
    git(project, "init", "--quiet")
    version(project, released)
    assert main(["--update"]) == 0
    release(project, released)
    replace(project / CODE, "def close(", "def shut(")
    for number, code in ((too_small, 1), (enough, 0)):
        capsys.readouterr()
        version(project, number)
        assert main(["--update"]) == code
        allowed = f", which version {number} after version {released} may" if code == 0 else ""
        assert capsys.readouterr().out.splitlines() == [
            "BREAKS  certifier_client.Certifier.close() -> None  # async",
            f"the public interface since v{released}: 1 breaking{allowed}",
        ]


def test_a_release_is_compared_with_the_one_before_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compared with its own tag, it would never break anything."""
    git(project, "init", "--quiet")
    release(project, "0.1.0")
    replace(project / CODE, "def close(", "def shut(")
    for number, base, code in (("0.1.1", "v0.1.0", 1), ("0.2.0rc1", "v0.1.1", 0)):
        version(project, number)
        main(["--update"])
        release(project, number)
        capsys.readouterr()
        assert main([]) == code
        assert f"the public interface since {base}: {code} breaking" in capsys.readouterr().out


def test_another_revision_can_be_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An outdated snapshot still fails; a revision without a snapshot ends with 2."""
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "Not released")
    assert main(["--base", "HEAD"]) == 0
    assert capsys.readouterr().out == "the public interface since HEAD: 0 breaking\n"
    replace(project / SERVER, "port: int = 0", "port: int = 0, host: str = ''")
    assert main(["--base", "HEAD"]) == 1
    assert "the public interface since HEAD: 0 breaking" in capsys.readouterr().out
    assert main(["--base", "nowhere"]) == 2
    assert capsys.readouterr().err == f"interface: there is no {SNAPSHOT} at 'nowhere'\n"
