"""The iterable over the outcomes of a run whose workers are asyncio tasks."""

import asyncio
from collections.abc import AsyncGenerator

from certifier_client.bulk.change import Outcome
from certifier_client.bulk.modes import new_thread
from certifier_client.bulk.tasks import Tasks
from certifier_client.bulk.updates import GRACE, BaseUpdates


class AsyncUpdates(BaseUpdates):
    """The async counterpart of Updates: iterate over it with ``async for``.

    If you leave the iteration early, it waits for the requests in flight when it is closed. asyncio
    closes it some time later, ``contextlib.aclosing(aiter(updates))`` at once. A cancelled task
    abandons the requests in flight.
    """

    async def __aiter__(self) -> AsyncGenerator[Outcome]:
        """Send the changes, and yield the outcome of each."""
        run, workers = self._begin(Tasks())
        tasks = [asyncio.create_task(worker.serve()) for worker in workers]
        reader = new_thread(run.feed)
        reader.start()
        try:
            while outcome := await run.next_outcome():
                yield outcome
        except (asyncio.CancelledError, GeneratorExit):
            if (current := asyncio.current_task()) and current.cancelling():
                for task in tasks:
                    task.cancel()
            raise
        finally:
            run.stop()
            try:
                # One that is cancelled before it starts raises CancelledError.
                await asyncio.gather(*tasks, return_exceptions=True)
                await asyncio.to_thread(reader.join, GRACE if run.is_reading else None)
            finally:
                run.job.close()
        if run.fatal:
            was_cancelled = isinstance(run.fatal, asyncio.CancelledError)  # not the iterating task
            raise RuntimeError("a task of the run was cancelled") if was_cancelled else run.fatal
