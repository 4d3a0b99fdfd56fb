"""What the parser says of JSON that is not the model."""

from typing import Any

import pytest

from certifier_client import CredentialTemplate, parse
from certifier_client.parse import ParseError

BODY = (
    b'{"id": "a", "name": "b", "learningEventUrl": null, "designIds": [],'
    b' "createdAt": "2022-01-01T00:00:00Z", "updatedAt": "2022-01-01T00:00:00Z"}'
)


def test_of_a_union_the_member_that_got_furthest_is_told() -> None:
    """The deepest path is the likeliest mistake, wherever its siblings stand."""
    value = [["a", 5], "x"]
    hint: Any = list[list[str]] | list[list[Any]]
    assert parse._check(hint)(value) == ("[0][1]", "a string")
    assert parse._check(hint)(5) == ("", "an array or an array")


def test_names_in_json_are_in_camel_case() -> None:
    """Each word but the first begins with a capital; an underscore at the end is Python's."""
    names = {"id": "id", "class_": "class", "learning_event_url": "learningEventUrl"}
    assert {name: parse._json_name(name) for name in names} == names


def test_what_only_the_generated_code_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own words, and the model's name."""

    def refuse(_: object) -> CredentialTemplate:
        raise ValueError("what it says")

    monkeypatch.setattr(CredentialTemplate, "from_dict", refuse)
    with pytest.raises(ParseError, match=r"^the body is no CredentialTemplate: what it says$"):
        parse.parse(CredentialTemplate, BODY)
