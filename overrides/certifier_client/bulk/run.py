"""A run: changes are read by a thread and handed to workers, which keep the order of a template."""

import queue

from certifier_client.bulk.change import Outcome, key_of
from certifier_client.bulk.jobs import Job
from certifier_client.bulk.modes import Mode, Queue

QUEUE_SIZE = 16  # changes for each worker that were read and are not reported yet


class Run:
    """The state that the workers of a run share.

    Attributes:
        fatal: the error that ended the run; the iteration raises it after the last outcome.
        stopped: whether to send nothing more.
        is_reading: whether an item is being read.
        throttled_calls: the calls that ended with 429 since the service last accepted a request.
        inboxes: the items of each worker; all items of a template go to the same one.
        bells: a queue for each worker that ends its waits.
        outcomes: the outcomes that workers report; each worker reports None at its end.

    """

    mode: Mode

    def __init__(self, job: Job, workers: int) -> None:
        self.job = job
        self.fatal: BaseException | None = None
        self.stopped = False
        self.is_reading = False
        self.throttled_calls = 0
        self.inboxes: list[Queue] = []
        self.bells: list[Queue] = []
        # These limit how far changes are read ahead. No lock: a signal handler calls stop().
        self._slots: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(QUEUE_SIZE * workers):
            self._slots.put(None)
        self._working = workers

    def begin(self, mode: Mode) -> None:
        """Make the queues, with the primitives of a mode."""
        self.mode = mode
        self.outcomes = mode.queue()
        self.bells = [mode.queue() for _ in range(self._working)]
        self.inboxes = [mode.queue() for _ in range(self._working)]

    def stop(self) -> None:
        """Send nothing more; requests in flight are completed."""
        self.stopped = True
        self._slots.put(None)
        for waiting in (*self.bells, *self.inboxes):
            waiting.put(None)

    def fail(self, error: BaseException) -> None:
        """Stop; the iteration raises the error."""
        self.fatal = self.fatal or error
        self.stop()

    def feed(self) -> None:
        """Hand the items to the workers."""
        try:
            self.job.open()
            items = iter(self.job.items())
            while not self.stopped:
                self.is_reading = True
                item = next(items, None)
                self.is_reading = False
                if item is None:
                    break
                self._slots.get()
                if not self.stopped:
                    self.inboxes[hash(key_of(item.change)) % len(self.inboxes)].put(item)
        except BaseException as error:  # noqa: BLE001 - raised after the last outcome
            self.fatal = self.fatal or error
        finally:
            for inbox in self.inboxes:
                inbox.put(None)

    async def next_outcome(self) -> Outcome | None:
        """Wait for the next outcome; None when all workers have ended."""
        while self._working:
            outcome: Outcome | None = await self.outcomes.get()
            if outcome is not None:
                self._slots.put(None)
                return outcome
            self._working -= 1
        return None
