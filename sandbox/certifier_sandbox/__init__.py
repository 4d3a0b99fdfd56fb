"""A sandbox server for the update of a credential template.

`running` starts a server on a port, `in_process` runs without one; both yield a `Sandbox`.
`create_app` returns the ASGI application.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certifier_sandbox.clock import Clock
    from certifier_sandbox.organizations import FREE_TOKEN, PREMIUM_TOKEN, SECOND_TOKEN
    from certifier_sandbox.request_log import Entry
    from certifier_sandbox.sandbox import Injection, NewTemplate, Sandbox, in_process
    from certifier_sandbox.sandbox_app import SandboxApp, create_app
    from certifier_sandbox.seed import FREE_TEMPLATE_ID, SECOND_TEMPLATE_ID, TEMPLATE_ID
    from certifier_sandbox.server import running
    from certifier_sandbox.template import Template

__all__ = [
    "FREE_TEMPLATE_ID",
    "FREE_TOKEN",
    "PREMIUM_TOKEN",
    "SECOND_TEMPLATE_ID",
    "SECOND_TOKEN",
    "TEMPLATE_ID",
    "Clock",
    "Entry",
    "Injection",
    "NewTemplate",
    "Sandbox",
    "SandboxApp",
    "Template",
    "create_app",
    "in_process",
    "running",
]

_MODULES = (
    "clock",
    "organizations",
    "request_log",
    "sandbox",
    "sandbox_app",
    "seed",
    "server",
    "template",
)

if not TYPE_CHECKING:  # for a type checker it would stand for every name

    def __getattr__(name: str) -> object:
        """Import the sandbox when a name is first used: each run of pytest loads this package."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            modules = [vars(import_module(f"{__name__}.{module}")) for module in _MODULES]
        except ModuleNotFoundError as missing:
            message = f"{missing.name} is missing: pip install 'certifier-client[sandbox]'"
            raise ModuleNotFoundError(message, name=missing.name) from None
        globals().update({each: home[each] for home in modules for each in __all__ if each in home})
        return globals()[name]
