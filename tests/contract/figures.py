"""How much a run of the contract suites did."""

from figures import Figures

counted = Figures(
    "contract", "schemathesis_requests", "table_rows", "machine_steps", "facts", "facts_mapped"
)
