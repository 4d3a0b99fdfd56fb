"""The sandbox has every field of the document; until then, only this test runs."""

from contract.conftest import LACKING


def test_the_sandbox_has_each_field_of_the_document() -> None:
    """Add a new field to the sandbox too, from the vendor's page."""
    assert not LACKING, (
        f"the sandbox lacks {', '.join(LACKING)}: add it to PROPERTIES in "
        "sandbox/certifier_sandbox/request_schema.py, and to Changes and Template in template.py "
        "and store.py; the other tests of tests/contract run when it is there"
    )
