"""The public Python interface as text, with a line for each class, member and parameter.

Public is what `__all__` of `certifier_client` and of `certifier_sandbox` names, the fixtures, and
every module of the generated package. Griffe reads the source, so nothing is imported.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

FOLDERS = {
    "certifier_client": "overrides",
    "certifier_sandbox": "sandbox",
    "certifier_generated": "generated",
}
KINDS = {
    griffe.ParameterKind.positional_only: "{before}{it}, /",
    griffe.ParameterKind.positional_or_keyword: "{before}{it}",
    griffe.ParameterKind.var_positional: "*{it}",
    griffe.ParameterKind.keyword_only: "*, {it}",
    griffe.ParameterKind.var_keyword: "**{it}",
}


def public(root: Path) -> list[str]:
    """Return the version, and then the lines for the packages of a project."""
    search = [root / folder for folder in FOLDERS.values()]
    loader = griffe.GriffeLoader(search_paths=search, allow_inspection=False)
    client, sandbox, generated = (loader.load(name) for name in FOLDERS)
    things = {
        f"{module.path}.{name}": _found(module, name)
        for module in (client, sandbox, *_modules(generated))
        for name in _names(module)
    }
    homes = {thing.canonical_path for thing in things.values()}
    lines = [line for path in sorted(things) for line in _lines(path, things[path], homes)]
    fixtures = client["pytest_plugin"].functions | sandbox["pytest_plugin"].functions
    for name, thing in sorted(fixtures.items()):
        if not name.startswith("_") and "pytest.fixture" in _decorators(thing):
            lines.append(f"fixture {name}() -> {thing.returns}{_decorators(thing)}")
    version = str(client["version.__version__"].value).strip("'")
    return [f"version {version}", *lines]


def _found(module: Any, name: str) -> Any:
    """Return the definition of a name, from whichever module it comes."""
    thing = module[name]
    return thing.final_target if thing.is_alias else thing


def _modules(package: Any) -> Iterator[Any]:
    yield package
    for module in package.modules.values():
        if not module.is_alias:
            yield from _modules(module)


def _names(thing: Any) -> list[str]:
    """Return the public names of a module or class: those it exports, or without an underscore.

    The version has its own line, and special methods are public.
    """
    if thing.exports is not None:
        return [str(name) for name in thing.exports if str(name) != "__version__"]
    return [
        name
        for name, member in thing.members.items()
        if not member.is_alias and not member.is_module
        if not name.startswith("_") or (name.endswith("__") and member.is_function)
    ]


def _lines(path: str, thing: Any, homes: set[str]) -> Iterator[str]:
    """Yield the lines of a name; an alias of a generated name only refers to it."""
    home = thing.canonical_path
    if home != path and home in homes and home.startswith("certifier_generated."):
        yield f"{path} = {home}"
    elif thing.is_class:
        bases, members = _inherited(thing, homes)
        takes = [*bases, *(f"{name}={value}" for name, value in thing.keywords.items())]
        yield f"class {path}({', '.join(takes)}){_decorators(thing)}"
        for name, member in sorted(members.items()):
            yield from _lines(f"{path}.{name}", member, homes)
    elif thing.is_function and "first_used" not in _decorators(thing):  # a cached property of ours
        yield f"{path}() -> {thing.returns}{_decorators(thing)}"
        yield from _parameters(path, thing)
    else:
        default = _default(getattr(thing, "value", None))
        # The value of a class constant, such as a message, may change.
        known = default is not None and (thing.annotation or not thing.parent.is_class)
        annotation = f": {thing.annotation}" if thing.annotation else ""
        yield f"{path}{annotation}{f' = {default}' if known else ''}"


def _inherited(thing: Any, homes: set[str]) -> tuple[list[str], dict[str, Any]]:
    """Return the public bases of a class, and its members, with those of private bases."""
    bases: list[str] = []
    members: dict[str, Any] = {}
    for base in thing.bases:
        home = base.canonical_path
        if home.split(".")[0] in FOLDERS:
            found = _found(thing.modules_collection, home)
            if found.canonical_path not in homes:
                above, further = _inherited(found, homes)
                bases += [name for name in above if not name.startswith("Generic[")]
                members = further | members
                continue
        bases.append(str(base))
    return bases, members | {name: thing.members[name] for name in _names(thing)}


def _parameters(path: str, thing: Any) -> Iterator[str]:
    """Yield a line for each parameter; if its position matters, `_` stands for each one before."""
    bound = thing.parent.is_class and "staticmethod" not in _decorators(thing)
    for place, parameter in enumerate([*thing.parameters][bound:]):
        if parameter.name.startswith("_"):
            continue
        annotation = f": {parameter.annotation}" if parameter.annotation else ""
        optional = parameter.default is not None and "variadic" not in parameter.kind.value
        it = f"{parameter.name}{annotation}{f' = {parameter.default}' if optional else ''}"
        yield f"{path}({KINDS[parameter.kind].format(it=it, before='_, ' * place)})"


def _default(value: Any) -> Any:
    """Return the default of a field, which may be inside a call of dataclasses or attrs."""
    if not isinstance(value, griffe.ExprCall) or not str(value.function).endswith("field"):
        return value
    keywords = [it for it in value.arguments if isinstance(it, griffe.ExprKeyword)]
    options = {keyword.name: keyword.value for keyword in keywords}
    return options.get("default", options.get("factory", options.get("default_factory")))


def _decorators(thing: Any) -> str:
    """Return a comment with the decorators of a class or function, and whether it is async."""
    found = [str(decorator.value) for decorator in thing.decorators]
    if "async" in thing.labels:
        found.append("async")
    return f"  # {', '.join(found)}" if found else ""
