"""The generated models: from JSON and back, and their additional fields."""

from typing import Any

import pytest

from certifier_generated import models
from certifier_generated.models import (
    CredentialTemplate,
    CredentialTemplateUpdate,
    ErrorDetails,
    ErrorResponse,
)
from certifier_generated.models.error_code import check_error_code
from certifier_generated.types import UNSET
from support import documented_errors

TEMPLATE = {
    "id": "a",
    "name": "b",
    "learningEventUrl": "https://a",
    "designIds": ["c"],
    "createdAt": "2022-01-01T00:00:00+00:00",
    "updatedAt": "2022-01-02T00:00:00+00:00",
}
LEGACY = {"certificateDesignId": "d", "badgeDesignId": None}
DETAILS = {"code": "not_found", "message": "m"}


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (CredentialTemplate, TEMPLATE),
        (CredentialTemplate, {**TEMPLATE, **LEGACY, "learningEventUrl": None}),
        (CredentialTemplate, {**TEMPLATE, "certificateDesignId": None, "badgeDesignId": "e"}),
        (CredentialTemplateUpdate, {}),
        (CredentialTemplateUpdate, {"name": "b", "designIds": ["c"], "learningEventUrl": "d"}),
        (ErrorDetails, DETAILS),
        (ErrorDetails, {"code": "new", "message": "m"}),
        (ErrorResponse, {"error": DETAILS}),
    ],
)
def test_a_model_has_the_values_of_its_json(model: Any, data: dict[str, Any]) -> None:
    """A round trip keeps unknown fields too, and these can be changed."""
    made = model.from_dict({**data, "seats": 2})
    assert made.to_dict() == {**data, "seats": 2}
    assert made.additional_keys == ["seats"]
    assert "seats" in made
    assert "chairs" not in made
    assert made["seats"] == 2
    made["chairs"] = 3
    del made["seats"]
    assert made.to_dict() == {**data, "chairs": 3}


def test_fields_have_the_names_of_the_document() -> None:
    """They are spelled as in Python; a field that the JSON lacks is UNSET."""
    template = CredentialTemplate.from_dict({**TEMPLATE, **LEGACY})
    assert (template.id, template.name, template.design_ids) == ("a", "b", ["c"])
    assert (template.created_at.day, template.updated_at.day) == (1, 2)
    assert (template.certificate_design_id, template.badge_design_id) == ("d", None)
    assert template.learning_event_url == "https://a"
    bare = CredentialTemplate.from_dict(TEMPLATE)
    assert (bare.certificate_design_id, bare.badge_design_id) == (UNSET, UNSET)
    update = CredentialTemplateUpdate.from_dict({"designIds": ["c"]})
    assert (update.name, update.design_ids, update.learning_event_url) == (UNSET, ["c"], UNSET)


def test_an_error_code_that_is_not_listed_is_named() -> None:
    """The check names it and the listed codes; a code that is not a string is kept unchanged."""
    for error in documented_errors():
        assert check_error_code(error.code) == error.code
    with pytest.raises(TypeError, match=r"^Unexpected value 'new'\. Expected one of \{'"):
        check_error_code("new")
    odd = {"code": 5, "message": "m"}
    assert ErrorDetails.from_dict(odd).to_dict() == odd


def test_an_unknown_name_is_reported_as_of_any_module() -> None:
    """The models are imported when they are first used."""
    said = r"^module 'certifier_generated.models' has no attribute 'nowhere'$"
    with pytest.raises(AttributeError, match=said):
        getattr(models, "nowhere")  # noqa: B009 - a type checker rejects the plain access
