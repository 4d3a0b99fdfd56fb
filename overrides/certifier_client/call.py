"""The way of one call: build the request, attempt it, decide, read the answer.

The two classes differ in the line that waits for the network alone.
"""

from typing import Any

import attrs

from certifier_client import answers, retry
from certifier_client.exchange import AsyncExchange, Exchange
from certifier_client.parse import M
from certifier_client.request import build
from certifier_client.response import Response
from certifier_client.settings import Settings


@attrs.frozen
class Caller:
    """Makes calls with one set of settings over one pool of connections."""

    settings: Settings
    exchange: Exchange

    def call(self, kwargs: dict[str, Any], model: type[M]) -> tuple[M, Response]:
        """Send what a generated ``…_kwargs`` function returned; return the model and its answer."""
        request = build(self.settings, kwargs)
        response = retry.decide(self.exchange.attempt(request))
        return answers.read(model, response), response


@attrs.frozen
class AsyncCaller:
    """The twin of Caller for asyncio."""

    settings: Settings
    exchange: AsyncExchange

    async def call(self, kwargs: dict[str, Any], model: type[M]) -> tuple[M, Response]:
        """Send what a generated ``…_kwargs`` function returned; return the model and its answer."""
        request = build(self.settings, kwargs)
        response = retry.decide(await self.exchange.attempt(request))
        return answers.read(model, response), response
