"""A sandbox server for the update of a credential template.

`running` gives a real server on a socket, `in_process` one without, both as a `Sandbox`;
`create_app` gives the ASGI application.
"""

try:
    from certifier_sandbox.app import SandboxApp, create_app
    from certifier_sandbox.clock import Clock
    from certifier_sandbox.organizations import FREE_TOKEN, PREMIUM_TOKEN, SECOND_TOKEN
    from certifier_sandbox.request_log import Entry
    from certifier_sandbox.sandbox import Injection, NewTemplate, Sandbox, in_process
    from certifier_sandbox.seed import FREE_TEMPLATE_ID, SECOND_TEMPLATE_ID, TEMPLATE_ID
    from certifier_sandbox.server import running
    from certifier_sandbox.template import Template
except ModuleNotFoundError as missing:
    # The package rides in the wheel of certifier-client; what it needs comes with an extra.
    message = f"{missing.name} is missing: install certifier-client with its extra 'sandbox'"
    raise ModuleNotFoundError(message, name=missing.name) from None

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
