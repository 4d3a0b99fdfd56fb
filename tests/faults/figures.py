"""What a run of the fault suites measured."""

from figures import Figures

measured = Figures(
    "faults",
    "instances",
    "passed_sync",
    "passed_async",
    "worst_overrun_ms",
    "late_at_first",
    "escaped",
    "peak_mib",
    "cancelled_calls",
    "lost_connections",
    "canary_leaks",
    "outage_send_ratio",
)
