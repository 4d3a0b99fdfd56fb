"""Update a credential template, sync and async, on a sandbox that this script starts itself.

Run it with `make demo`.
"""

import asyncio

from certifier_client import AsyncCertifier, Certifier, CredentialTemplate, NotFoundError
from certifier_sandbox import TEMPLATE_ID, running


def show(what: str, template: CredentialTemplate) -> None:
    """Print the result of an update."""
    print(f"\n{what}")
    print(f"  name                {template.name}")
    print(f"  design_ids          {', '.join(template.design_ids)}")
    print(f"  learning_event_url  {template.learning_event_url}")
    print(f"  updated_at          {template.updated_at:%Y-%m-%d %H:%M:%S %Z}")


def rename(url: str, token: str) -> None:
    """Update with the synchronous client."""
    with Certifier(base_url=url, access_token=token) as certifier:
        templates = certifier.credential_templates
        show("As it was: an update of nothing", templates.update(TEMPLATE_ID))
        show("Certifier: another name", templates.update(TEMPLATE_ID, name="Global Markets"))
        try:
            templates.update("01g90279gp5sbmfek7wymcsved", name="Global Markets")
        except NotFoundError as error:
            print(f"\nAn id that does not exist: {type(error).__name__}\n  {error}")


async def redesign(url: str, token: str) -> None:
    """Update with the asynchronous client."""
    async with AsyncCertifier(base_url=url, access_token=token) as certifier:
        template = await certifier.credential_templates.update(
            TEMPLATE_ID,
            design_ids=["01hz2ej4yzdcfkq9fa78nhyj0x", "01fpwtztwf7sacca5r0c483mnm"],
            learning_event_url="https://example.org/global-markets",
        )
        show("AsyncCertifier: the designs in another order, and another URL", template)


with running() as sandbox:
    print(f"A sandbox listens on {sandbox.url}")
    rename(sandbox.url, sandbox.token)
    asyncio.run(redesign(sandbox.url, sandbox.token))
