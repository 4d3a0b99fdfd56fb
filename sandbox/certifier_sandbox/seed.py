"""The templates of a new database: the documentation's example, and one per other organization."""

from dataclasses import replace

from certifier_sandbox.organizations import FREE, PREMIUM, SECOND
from certifier_sandbox.template import Template

TEMPLATE_ID = "01g90279gp5sbmfek7wymcsvec"
FREE_TEMPLATE_ID = "01g9027a4v8h2k6n0q3s7w1x5z"
SECOND_TEMPLATE_ID = "01g9027b8c3f7j1m5p9r2t6v0y"

EXAMPLE = Template(
    id=TEMPLATE_ID,
    organization=PREMIUM.name,
    name="Financial Markets",
    learning_event_url="https://www.coursera.org/learn/financial-markets-global",
    design_ids=("01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"),
    certificate_design_id="01fpwtztwf7sacca5r0c483mnm",
    badge_design_id="01hz2ej4yzdcfkq9fa78nhyj0x",
    created_at="2022-01-01T00:00:00.000Z",
    updated_at="2022-01-01T00:00:00.000Z",
)

SEED = (
    EXAMPLE,
    replace(EXAMPLE, id=FREE_TEMPLATE_ID, organization=FREE.name, name="Free plan"),
    replace(EXAMPLE, id=SECOND_TEMPLATE_ID, organization=SECOND.name, name="Second organization"),
)
