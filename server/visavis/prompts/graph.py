"""Templates with named holes. What fills a hole is a parameter of its name: a value, a function,
or another template; so templates form a graph, which must have no cycle."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

LONGEST_TEMPLATE = 20_000
"""Characters."""
LONGEST_VALUE = 2_000
"""Characters of what fills a hole; more is cut at a word's end."""

NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
"""Of a template; a hole's and so a parameter's has no dots."""
HOLE = re.compile(r"[a-z][a-z0-9_]*")
_PIECE = re.compile(r"{{|}}|{([^{}\n]*)}|[{}]")


class PromptError(ValueError):
    """A template or a parameter can't be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Template:
    """``id`` is that of its row, which never changes: a new text is a new row."""

    id: UUID
    name: str
    text: str


@dataclass(frozen=True)
class Parameter:
    """What fills the hole of this name: exactly one of the three."""

    name: str
    value: str | None = None
    function: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A prompt, and all that it was made of: ``fill`` of the template's text with ``values`` gives
    ``text`` again. ``values`` holds the holes of the templates inside, too."""

    template: UUID
    text: str
    values: Mapping[str, str] = field(default_factory=dict)


def escape(text: str) -> str:
    """``text`` as a template that has no holes."""
    return text.replace("{", "{{").replace("}", "}}")


def holes(text: str) -> list[str]:
    """The names of a template's holes, each once, in order. Raises `PromptError` for a brace that
    belongs to none."""
    found: dict[str, None] = {}
    for piece in _PIECE.finditer(text):
        if piece[0] in ("{{", "}}"):
            continue
        line = text.count("\n", 0, piece.start()) + 1
        if piece[1] is None:
            raise PromptError(
                f"line {line} has a lone {piece[0]}: a brace that is meant as one is written twice."
            )
        if not HOLE.fullmatch(piece[1]):
            raise PromptError(
                f"line {line}: {{{piece[1]}}} is no hole: its name is small letters, digits and _."
            )
        found[piece[1]] = None
    return list(found)


def fill(text: str, values: Mapping[str, str]) -> str:
    """A template's text with its holes filled; lines with an empty one are left out.

    Raises `PromptError` as `holes` does, and KeyError for a hole without a value.
    """
    lines = []
    for line in text.split("\n"):
        named = holes(line)
        if all(values[name] for name in named):
            lines.append(_PIECE.sub(lambda piece: _put(piece, values), line))
    return "\n".join(lines).strip()


def _put(piece: re.Match[str], values: Mapping[str, str]) -> str:
    return values[piece[1]] if piece[1] is not None else piece[0][0]


class Graph:
    """Templates and parameters that fit together. Raises `PromptError` when they don't: a hole
    that nothing fills, an unknown function or template, a cycle."""

    def __init__(
        self,
        templates: Iterable[Template],
        parameters: Iterable[Parameter],
        functions: Iterable[str],
    ) -> None:
        self.templates = {template.name: template for template in templates}
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self._functions = frozenset(functions)
        for parameter in self.parameters.values():
            self._check_parameter(parameter)
        self._holes = {name: self._check_template(name) for name in self.templates}
        done: set[str] = set()
        for name in self.templates:
            self._check_cycles(name, [], done)

    def render(self, name: str, functions: Mapping[str, Callable[[], str]]) -> Rendered:
        """The template ``name``, each hole filled once. Raises `PromptError` without it."""
        template = self.template(name)
        values: dict[str, str] = {}
        return Rendered(template.id, self._text(template, functions, values), values)

    def template(self, name: str) -> Template:
        """Raises `PromptError` for an unknown name."""
        if name not in self.templates:
            raise PromptError(
                f"there is no template {name!r}; there are: {_listed(self.templates)}."
            )
        return self.templates[name]

    def _text(
        self,
        template: Template,
        functions: Mapping[str, Callable[[], str]],
        values: dict[str, str],
    ) -> str:
        for hole in self._holes[template.name]:
            if hole not in values:
                values[hole] = shortened(self._value(self.parameters[hole], functions, values))
        return fill(template.text, values)

    def _value(
        self,
        parameter: Parameter,
        functions: Mapping[str, Callable[[], str]],
        values: dict[str, str],
    ) -> str:
        if parameter.function is not None:
            return functions[parameter.function]()
        if parameter.template is not None:
            return self._text(self.templates[parameter.template], functions, values)
        return parameter.value or ""

    def _check_parameter(self, parameter: Parameter) -> None:
        name = parameter.name
        if not HOLE.fullmatch(name):
            raise PromptError(
                f"parameter {name!r}: a name is small letters, digits and _, and begins with a "
                "letter."
            )
        ways = (parameter.value, parameter.function, parameter.template)
        if sum(way is not None for way in ways) != 1:
            raise PromptError(
                f"parameter {name!r} needs exactly one of value, function and template."
            )
        function, template = parameter.function, parameter.template
        if function is not None and function not in self._functions:
            known = _listed(self._functions)
            raise PromptError(f"parameter {name!r}: no function {function!r}; there are: {known}.")
        if template is not None and template not in self.templates:
            known = _listed(self.templates)
            raise PromptError(f"parameter {name!r}: no template {template!r}; there are: {known}.")

    def _check_template(self, name: str) -> list[str]:
        text = self.templates[name].text
        if not NAME.fullmatch(name):
            raise PromptError(
                f"template {name!r}: a name is small letters, digits, _ and dots, and begins with "
                "a letter."
            )
        if len(text) > LONGEST_TEMPLATE:
            raise PromptError(f"template {name!r} has over {LONGEST_TEMPLATE:,} characters.")
        try:
            found = holes(text)
        except PromptError as error:
            raise PromptError(f"template {name!r}: {error}") from None
        for hole in found:
            if hole not in self.parameters:
                raise PromptError(
                    f"template {name!r}: nothing fills {{{hole}}}; parameters are: "
                    f"{_listed(self.parameters)}."
                )
        return found

    def _check_cycles(self, name: str, path: list[str], done: set[str]) -> None:
        if name in path:
            cycle = " → ".join([*path[path.index(name) :], name])
            raise PromptError(f"templates can't hold each other: {cycle}.")
        if name in done:
            return
        for hole in self._holes[name]:
            inside = self.parameters[hole].template
            if inside is not None:
                self._check_cycles(inside, [*path, name], done)
        done.add(name)


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """``text`` of at most ``longest`` characters, cut at a word's end."""
    if len(text) <= longest:
        return text
    return text[: longest - 1].rpartition(" ")[0] + "…"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
