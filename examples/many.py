"""Move the learning events of many templates to another host, a few at a time, asynchronously.

Run it with `python examples/many.py`; it changes templates of a sandbox that it starts itself.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator

from certifier_client import AsyncCertifier, Change
from certifier_sandbox import Sandbox, running

OLD, NEW = "https://courses.example.org/", "https://learn.example.org/"


def changes(catalogue: dict[str, str]) -> Iterator[Change]:
    """Yield a change for each template whose learning event is on the old host."""
    for template_id, url in catalogue.items():
        if url.startswith(OLD):
            yield {"id": template_id, "learning_event_url": url.replace(OLD, NEW, 1)}


async def move(catalogue: dict[str, str], sandbox: Sandbox) -> None:
    """Make the changes, and print the outcomes."""
    counts = Counter[str]()
    async with AsyncCertifier(base_url=sandbox.url, access_token=sandbox.token) as certifier:
        updates = certifier.credential_templates.update_many(changes(catalogue), workers=4, rate=50)
        async for outcome in updates:
            counts[outcome.kind] += 1
            if outcome.error:
                print(f"  change {outcome.number}: {outcome.error}")
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))


with running() as sandbox:
    # In practice, these are from your own catalogue. The last template does not exist.
    ids = [sandbox.seed(learning_event_url=f"{OLD}{number}").id for number in range(20)]
    catalogue = {template_id: f"{OLD}{number}" for number, template_id in enumerate(ids)}
    catalogue["01g90279gp5sbmfek7wymcsved"] = f"{OLD}unknown"
    sandbox.inject(status=503)  # a short outage, which costs one more attempt

    print(f"{len(catalogue)} templates to move:")
    asyncio.run(move(catalogue, sandbox))
    print("the first one is now at", sandbox.templates[ids[0]].learning_event_url)
