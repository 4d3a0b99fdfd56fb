"""The command."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID
from certifier_sandbox.__main__ import EPILOG, main
from sandboxed import sandbox_command

PATH = f"/v1/groups/{TEMPLATE_ID}"
HEADERS = {"Authorization": f"Bearer {PREMIUM_TOKEN}", "Certifier-Version": "2022-10-26"}


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Restore the handler of SIGTERM, which the command replaces in this process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def failure(*arguments: str) -> str:
    """Return the one-line message of a command that fails."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    line = str(ended.value.code)
    assert line.startswith("certifier-sandbox: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_url_and_stops_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    """It prints URL and tokens, serves from the file, and exits with code 0 after a signal."""
    database = tmp_path / "sandbox.db"
    with sandbox_command("--database", str(database)) as (process, url):
        response = httpx.patch(url + PATH, json={}, headers=HEADERS)
        assert response.status_code == 200
        process.send_signal(number)
        assert process.stdout
        assert process.stderr
        out, err = process.stdout.read(), process.stderr.read()
        assert (process.wait(), err) == (0, "")
    said = Path(__file__).with_name("greeting.txt").read_text()
    assert f"Sandbox at {url}\n{out}" == said.replace("http://sandbox", url)
    assert database.exists()


def test_the_rate_limit_is_set_at_the_start(tmp_path: Path) -> None:
    """With `--rate-limit 1`, a second request within a (stopped) second is a 429."""
    with sandbox_command("--rate-limit", "1", cwd=tmp_path) as (process, url):
        with httpx.Client(base_url=url, headers=HEADERS) as client:
            page = client.get("/_sandbox/").text
            assert "Reset…" in page
            assert PREMIUM_TOKEN in page
            assert "TOKENS" not in page
            assert "naming update only — all" in client.get("/_sandbox/openapi.yaml").text
            client.post("/_sandbox/clock/advance", json={"seconds": 0}).raise_for_status()
            assert [client.patch(PATH, json={}).status_code for _ in range(2)] == [200, 429]
        process.terminate()
        assert process.wait() == 0
    assert list(tmp_path.iterdir()) == []  # the database is in memory


def test_a_port_in_use() -> None:
    """The only output is one line that names the port; the exit code is 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with sandbox_command("--port", port) as (process, _):
            out, err = process.communicate()
    said = "cannot listen: Address already in use (while attempting to bind on address "
    said += f"('127.0.0.1', {port})); --port 0 picks a free one"
    assert (process.returncode, out, err) == (1, "", f"certifier-sandbox: {said}\n")


def test_an_unknown_host() -> None:
    """The message names the host."""
    said = "cannot listen: Name or service not known (while attempting to bind on address "
    said += "('name.invalid', 4010))"
    assert failure("--host", "name.invalid") == f"certifier-sandbox: {said}"


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    """The message names the file and says what is wrong."""
    path = tmp_path / "notes.txt"
    path.write_text("notes", encoding="utf-8")
    said = f"cannot use the database {path}: file is not a database"
    assert failure("--port", "65535", "--database", str(path)) == f"certifier-sandbox: {said}"


def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    """Its folder does not exist, and the message says so."""
    assert "unable to open" in failure("--database", str(tmp_path / "no" / "sandbox.db"))


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("--rate-limit=0", "0 is not a whole number of 1 or more"),
        ("--rate-limit=x", "x is not a whole number of 1 or more"),
        ("--port=65536", "65536 is not a port from 0 to 65535"),
        ("--port=-1", "-1 is not a port from 0 to 65535"),
    ],
)
def test_numbers_out_of_range(
    argument: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port or rate limit out of range is a usage error."""
    with pytest.raises(SystemExit) as ended:
        main([argument])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


def test_the_help_has_tables_and_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines are not wrapped."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert EPILOG in capsys.readouterr().out
