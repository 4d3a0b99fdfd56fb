"""The state of the sandbox."""

from dataclasses import dataclass, field

from certifier_sandbox.clock import Clock
from certifier_sandbox.injection import Injections
from certifier_sandbox.rate_limit import RateLimit
from certifier_sandbox.request_log import RequestLog
from certifier_sandbox.store import Store


@dataclass(frozen=True)
class State:
    """The templates, which may be in a file, and the state that ends with the process."""

    store: Store
    rate_limit: RateLimit
    clock: Clock = field(default_factory=Clock)
    injections: Injections = field(default_factory=Injections)
    log: RequestLog = field(default_factory=RequestLog)

    def reset(self) -> None:
        """Restore the state of a new sandbox."""
        self.store.reset()
        self.rate_limit.reset()
        self.clock.reset()
        self.injections.clear()
        self.log.clear()
