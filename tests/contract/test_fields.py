"""The sandbox keeps up with the document. While it does not, conftest.py runs this test only."""

from contract.conftest import LACKING


def test_the_sandbox_has_each_field_of_the_document() -> None:
    """A field of openapi.yaml is one of the sandbox, written from the vendor's page."""
    assert not LACKING, (
        f"the sandbox lacks {', '.join(LACKING)}: add it to PROPERTIES in "
        "sandbox/certifier_sandbox/request_schema.py, and to Changes and Template in template.py "
        "and store.py; the other tests of tests/contract run when it is there"
    )
