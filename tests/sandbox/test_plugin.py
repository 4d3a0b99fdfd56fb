"""The pytest plugins in another project, which has its own folder."""

import sys
from pathlib import Path

import pytest

from support import run

pytest_plugins = "pytester"

# The tests of another project, for code that is passed a client.
TAKES_A_CLIENT = r"""
import asyncio
import os
import pytest
from certifier_client import AsyncCertifier, RetryPolicy
from certifier_client import NotFoundError, RateLimitedError, InvalidResponseError
from certifier_client import TimedOutError, TransportError
from certifier_sandbox import TEMPLATE_ID


def rename(certifier, template_id, name):
    return certifier.credential_templates.update(template_id, name=name).name


def test_templates_log_and_clock(certifier, certifier_sandbox):
    template = certifier_sandbox.seed(name="Old", design_ids=["01fpwtztwf7sacca5r0c483mnm"])
    certifier_sandbox.clock.advance(60)
    assert rename(certifier, template.id, "New") == "New"
    changed = certifier_sandbox.templates[template.id]
    assert (changed.name, changed.design_ids) == ("New", template.design_ids)
    assert changed.updated_at > template.updated_at
    (request,) = certifier_sandbox.requests
    assert (request.method, request.path) == ("PATCH", f"/v1/groups/{template.id}")
    assert (request.json, request.status) == ({"name": "New"}, 200)
    assert certifier_sandbox.token not in str(request)


def test_the_sandbox_is_reset_for_each_test(certifier, certifier_sandbox):
    assert certifier_sandbox.requests == []
    assert "New" not in [template.name for template in certifier_sandbox.templates.values()]
    with pytest.raises(NotFoundError):
        rename(certifier, "01g90279gp5sbmfek7wymc0000", "New")


def test_faults(certifier, certifier_sandbox):
    template = certifier_sandbox.seed()
    certifier_sandbox.inject(drop=True)
    certifier_sandbox.inject(status=503)
    assert rename(certifier, template.id, "At the third attempt") == "At the third attempt"
    certifier_sandbox.inject(drop=True, times=4)
    with pytest.raises(TransportError):
        rename(certifier, template.id, "Never")
    certifier_sandbox.reset()
    once = certifier.with_options(timeout=0.05, retry=RetryPolicy(attempts=1))
    certifier_sandbox.inject(status=200, delay=60, times=100)
    while not certifier_sandbox.requests:  # a busy machine may take longer than the timeout
        with pytest.raises(TimedOutError):
            rename(once, TEMPLATE_ID, "Late")
    assert {request.status for request in certifier_sandbox.requests} == {None}
    certifier_sandbox.reset()
    assert rename(certifier, TEMPLATE_ID, "After it") == "After it"


def test_the_fixtures_client_waits_only_briefly(certifier, certifier_sandbox):
    waits = []
    patient = certifier.with_options(on_retry=waits.append)
    for _ in range(20):  # each wait is drawn at random
        certifier_sandbox.inject(status=503, times=2)
        rename(patient, TEMPLATE_ID, "New")
    assert len(waits) == 40
    assert max(wait.wait for wait in waits) <= 0.01


def test_a_response_is_decoded_once(certifier, certifier_sandbox):
    certifier_sandbox.inject(status=200, text="plain", headers={"Content-Encoding": "gzip"})
    with pytest.raises(InvalidResponseError):
        rename(certifier, TEMPLATE_ID, "New")


def test_undoing_a_monkeypatch_keeps_the_sandbox(certifier_sandbox, monkeypatch):
    monkeypatch.undo()
    assert os.environ["CERTIFIER_BASE_URL"] == certifier_sandbox.url


@pytest.fixture
def before(monkeypatch):
    monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", "before")
    monkeypatch.setenv("OTHER", "other")
    yield
    assert os.environ["OTHER"] == "other"


def test_a_test_may_change_the_environment(monkeypatch, certifier_sandbox):
    monkeypatch.setenv("CERTIFIER_BASE_URL", "https://example.org")
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN")


def test_a_fixture_may_change_it_before_the_sandbox(before, certifier_sandbox, monkeypatch):
    assert os.environ["CERTIFIER_ACCESS_TOKEN"] == certifier_sandbox.token
    monkeypatch.setenv("CERTIFIER_BASE_URL", "https://example.org")


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_behind():
    yield
    assert not {"CERTIFIER_BASE_URL", "CERTIFIER_ACCESS_TOKEN", "OTHER"} & os.environ.keys()


def test_the_environment_is_restored_after_a_test():
    assert not {"CERTIFIER_BASE_URL", "CERTIFIER_ACCESS_TOKEN", "OTHER"} & os.environ.keys()


def test_a_limit(certifier, certifier_sandbox):
    template = certifier_sandbox.seed()
    certifier_sandbox.limit(1, seconds=60)
    assert rename(certifier, template.id, "First") == "First"
    with pytest.raises(RateLimitedError):
        rename(certifier.with_options(deadline=30), template.id, "Second")
    certifier_sandbox.limit(None)
    assert rename(certifier, template.id, "Third") == "Third"


def test_asynchronous_code(certifier_sandbox):
    async def call():
        transport = certifier_sandbox.transport
        async with AsyncCertifier(transport=transport) as certifier:
            changes = [{"id": template.id, "name": "New"} for template in templates]
            return [outcome.error async for outcome in certifier.groups.update_many(changes)]

    templates = [certifier_sandbox.seed() for _ in range(20)]
    assert asyncio.run(call()) == [None] * 20
    assert {certifier_sandbox.templates[template.id].name for template in templates} == {"New"}


async def test_a_synchronous_client_where_a_loop_runs(certifier, certifier_sandbox):
    assert rename(certifier, certifier_sandbox.seed().id, "New") == "New"
"""

# The same for code, and a command, that creates its own client.
CREATES_ITS_OWN = """
import subprocess
import sys
from certifier_client import Certifier


def test_code_that_creates_its_own_client(certifier_sandbox):
    template = certifier_sandbox.seed()
    with Certifier() as certifier:
        certifier.credential_templates.update(template.id, name="New")
    assert certifier_sandbox.templates[template.id].name == "New"


def test_a_command(certifier_sandbox):
    template = certifier_sandbox.seed()
    update = ["update", template.id, "--name", "New"]
    subprocess.run([sys.executable, "-m", "certifier_client", *update], check=True)
    assert certifier_sandbox.templates[template.id].name == "New"
"""

# Every warning is an error; the option prevents one of pytest-asyncio.
STRICT = ["-W", "error", "-o", "asyncio_mode=auto"]
STRICT += ["-o", "asyncio_default_fixture_loop_scope=function"]


PLUGINS = ["-p", "certifier_sandbox.pytest_plugin", "-p", "certifier_client.pytest_plugin"]


@pytest.fixture(autouse=True)
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a port, the environment makes a client and the command use the sandbox."""
    monkeypatch.delenv("CERTIFIER_BASE_URL", raising=False)
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN", raising=False)


@pytest.mark.parametrize("where", ["port", "in-process"])
def test_code_that_takes_a_client(pytester: pytest.Pytester, where: str) -> None:
    """On a port and in process, sync and async, the fixtures do all that a test needs."""
    pytester.makepyfile(TAKES_A_CLIENT)
    ran = pytester.runpytest_inprocess(f"--certifier-sandbox={where}", *STRICT)
    ran.assert_outcomes(passed=12)


def test_code_that_creates_its_own_client(pytester: pytest.Pytester) -> None:
    """On a port, the environment makes a client and the command use the sandbox."""
    pytester.makepyfile(CREATES_ITS_OWN)
    pytester.runpytest_inprocess(*STRICT).assert_outcomes(passed=2)


def test_a_variable_that_was_set_keeps_its_value(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This holds even if a test changes it with a monkeypatch that is older than the sandbox."""
    monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", "before")
    monkeypatch.setenv("OTHER", "other")
    pytester.makepyfile("""
        import os

        def test_one(monkeypatch, certifier_sandbox):
            monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", "changed")

        def test_other():
            assert os.environ["CERTIFIER_ACCESS_TOKEN"] == "before"
            assert os.environ["OTHER"] == "other"
    """)
    pytester.runpytest_inprocess(*STRICT).assert_outcomes(passed=2)


def test_the_help_of_pytest_has_the_option(pytester: pytest.Pytester) -> None:
    """The option and the setting say what the values mean."""
    ran = pytester.runpytest_inprocess("--help", *STRICT)
    text = (
        "where the sandbox of the fixture certifier_sandbox runs: port (the default) has a URL for "
        "any code; in-process needs no port, but clients must use its transport "
    )
    shown = " ".join(ran.stdout.str().split())
    assert f" Certifier's sandbox: --certifier-sandbox={{port,in-process}} {text}" in shown
    assert f" certifier_sandbox (string): {text}" in shown


def test_a_project_configures_the_mode(pytester: pytest.Pytester) -> None:
    """The command line overrides its configuration, and an invalid value is an error."""
    pytester.makepyfile("def test(certifier_sandbox): assert 'invalid' in certifier_sandbox.url")
    pytester.makeini("[pytest]\ncertifier_sandbox = in-process")
    pytester.runpytest_inprocess(*STRICT).assert_outcomes(passed=1)
    pytester.runpytest_inprocess("--certifier-sandbox=port", *STRICT).assert_outcomes(failed=1)
    pytester.makeini("[pytest]\ncertifier_sandbox = cloud")
    ran = pytester.runpytest_inprocess(*STRICT)
    ran.stderr.fnmatch_lines("ERROR: certifier_sandbox is 'cloud' * use port or in-process*")
    ran = pytester.runpytest_inprocess("--certifier-sandbox=in-process", *STRICT)
    ran.assert_outcomes(passed=1)
    ran = pytester.runpytest_inprocess("--certifier-sandbox=cloud", *STRICT)
    ran.stderr.fnmatch_lines("*--certifier-sandbox: invalid choice: 'cloud'*")


@pytest.mark.parametrize("package", ["starlette", "swagger_ui"])
def test_without_the_extra_a_fixture_says_what_to_install(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """All other tests run as usual."""
    # As if nothing else were installed, which saves a second.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    hide = f"""
        import importlib.util, sys
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: name != "{package}" and find(name) or None
        sys.modules["{package}"] = None
    """
    pytester.makeconftest(hide)
    pytester.makepyfile("def test(certifier): pass\ndef test_other(): pass")
    ran = pytester.runpytest_subprocess(*PLUGINS)
    ran.assert_outcomes(passed=1, errors=1)
    ran.stdout.fnmatch_lines(f"*{package}* is missing: pip install *sandbox*")


def test_the_plugins_cost_nothing_until_a_fixture_is_used(tmp_path: Path) -> None:
    """Loading the plugins imports neither the client nor the sandbox."""
    script = f"import sys, {', '.join(PLUGINS[1::2])}; print(*sys.modules)"
    ran = run(sys.executable, "-c", script, cwd=tmp_path)
    assert not {"attr", "httpx", "starlette", "certifier_client.client"} & {*ran.stdout.split()}
    assert ran.stdout
