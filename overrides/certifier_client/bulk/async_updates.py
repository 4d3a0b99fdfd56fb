"""What a program iterates over: a run whose workers are asyncio tasks."""

import asyncio
from collections.abc import AsyncGenerator

from certifier_client.bulk.change import Outcome
from certifier_client.bulk.modes import new_thread
from certifier_client.bulk.run import Run
from certifier_client.bulk.tasks import Tasks
from certifier_client.bulk.updates import GRACE, BaseUpdates


class AsyncUpdates(BaseUpdates):
    """The async counterpart of Updates: iterate over it with ``async for``.

    An iteration that is left early waits for the requests in flight when it is closed: asyncio
    closes it some time later, ``contextlib.aclosing(aiter(updates))`` at once. A task that is
    cancelled abandons the requests in flight.
    """

    async def __aiter__(self) -> AsyncGenerator[Outcome]:
        """Send the changes, and yield the outcome of each."""
        run = self._begin(Tasks())
        crew = _Crew(run)
        try:
            await crew.start()
            while outcome := await run.next_outcome():
                yield outcome
        except (asyncio.CancelledError, GeneratorExit):
            if (current := asyncio.current_task()) and current.cancelling():
                crew.cancel()
            raise
        finally:
            await crew.end()
        if run.fatal:
            raise _raised(run.fatal)


def _raised(error: BaseException) -> BaseException:
    """Return an error to raise; a CancelledError would look like the iterating task's own."""
    cancelled = isinstance(error, asyncio.CancelledError)
    return RuntimeError("a task of the run was cancelled") if cancelled else error


class _Crew:
    """The tasks of a run, and the thread that reads the changes for them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._reader = new_thread(run.feed)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        opening = asyncio.create_task(asyncio.to_thread(self._run.job.open))
        self._tasks.append(opening)
        await asyncio.shield(opening)
        for worker in self._run.workers:
            self._tasks.append(asyncio.create_task(self._run.serve(worker)))
        self._reader.start()

    def cancel(self) -> None:
        for task in self._tasks[1:]:
            task.cancel()

    async def end(self) -> None:
        self._run.stop()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._reader.ident:
                await asyncio.to_thread(self._reader.join, GRACE if self._run.is_reading else None)
        finally:
            self._run.job.close()
