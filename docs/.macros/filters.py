"""What the template of the HTTP page cannot do by itself."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zensical.extensions.macros import MacroEnv


def define_env(env: "MacroEnv") -> None:
    """Add a filter that writes JSON in the document's own order, without escapes for HTML."""
    env.filter(lambda value: json.dumps(value, indent=2, ensure_ascii=False), "as_json")
