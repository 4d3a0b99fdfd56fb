"""UNSET, which marks a missing field."""

import copy
import pickle
from collections.abc import Callable
from typing import TypeVar

import pytest

from certifier_generated.models import CredentialTemplateUpdate
from certifier_generated.types import UNSET

T = TypeVar("T")


def pickled(value: T) -> T:
    """Return a pickled and unpickled copy."""
    restored: T = pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes
    return restored


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_a_copied_model_still_omits_unset_fields(
    duplicate: Callable[[CredentialTemplateUpdate], CredentialTemplateUpdate],
) -> None:
    """UNSET stays the same object in a copied or unpickled model, which sends the same."""
    update = CredentialTemplateUpdate(name="Financial Markets")
    again = duplicate(update)
    assert again == update
    assert again.design_ids is UNSET
    assert again.to_dict() == {"name": "Financial Markets"}


def test_a_model_that_is_printed_says_which_fields_are_not_set() -> None:
    """The repr of UNSET is its name."""
    assert repr(UNSET) == "UNSET"
