"""The way of one call, for asyncio."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from certifier_client.async_exchange import AsyncExchange
from certifier_client.budget import Budget
from certifier_client.call import Course
from certifier_client.request import Builder
from certifier_client.response import Response
from certifier_client.settings import Settings

T = TypeVar("T")


class AsyncCaller:
    """The twin of Caller for asyncio."""

    def __init__(self, settings: Settings, exchange: AsyncExchange, budget: Budget) -> None:
        self.settings = settings
        self.exchange = exchange
        self.budget = budget
        self._builder = Builder(settings)

    async def call(
        self, kwargs: dict[str, Any], read: Callable[[Response], T]
    ) -> tuple[T, Response]:
        """Do what ``Caller.call`` does."""
        began = time.monotonic()
        request = self._builder.build(**kwargs)
        with Course(self.settings, self.budget, request, began) as course:
            while True:
                outcome = await self.exchange.attempt(request, course.begin())
                if isinstance(outcome, Response) and course.succeeded(outcome):
                    return read(outcome), outcome
                await asyncio.sleep(course.wait_after(outcome))
