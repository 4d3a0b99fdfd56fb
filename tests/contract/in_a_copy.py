"""Run tests of a copy of the project. This is imported before anything of the project."""

import contextlib
import gc
import io
import os
import sys
from pathlib import Path

FOLDERS = ("overrides", "generated", "sandbox", "tests")
# What such a run imports besides the project.
TOOLS = [
    *("hypothesis", "httpx", "jsonschema_rs", "openapi_spec_validator", "orjson", "pytest"),
    *("pytest_asyncio", "schemathesis.pytest.plugin", "starlette", "uvicorn", "vcr", "yaml"),
]


def run(project: Path, *arguments: str) -> str:
    """Run tests on the packages of a copy, in a process that ends then; return the output."""
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]
    folders = [str(project / name) for name in FOLDERS]
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    sys.path[:0] = folders
    sys.dont_write_bytecode = True
    del sys.modules["contract"]  # the folder of the original
    os.chdir(project)
    gc.freeze()  # pytest collects garbage, which nothing imported so far is

    import pytest  # noqa: PLC0415 - among the tools

    options = ("-q", "-x", "--assert=plain", "-p", "no:cacheprovider")
    with contextlib.redirect_stdout(io.StringIO()) as output:
        pytest.main([*options, *arguments])
    return output.getvalue()
