"""YAML in which everything knows its line: so that what is wrong can be found by who wrote it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from visavis.evaluate.scenario import ScenarioError

LARGEST = 4 << 20
"""Bytes of a file."""
DEPTH = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Marked:
    """A value, and where it stands. Of a table, values are `Marked` by key; of a list, in order."""

    value: Any
    where: str
    """"scenarios.yaml, line 7"."""

    def wrong(self, told: str) -> ScenarioError:
        """An error that says where."""
        return ScenarioError(f"{self.where}: {told}")

    def table(self, *allowed: str) -> dict[str, "Marked"]:
        """The table that it must be; a key that isn't allowed is named with those that are."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"here stands {_short(self.value)}, and a table of keys is wanted")
        table: dict[str, Marked] = self.value
        for key, one in table.items():
            if allowed and key not in allowed:
                raise one.wrong(f"there is no key {key!r} here; there are: {', '.join(allowed)}")
        return table

    def items(self) -> list["Marked"]:
        """The list that it must be."""
        if not isinstance(self.value, list):
            raise self.wrong(f"here stands {_short(self.value)}, and a list (- …) is wanted")
        return self.value

    def one(self, kind: type[T], told: str) -> T:
        """The plain value that it must be; `told` says in words which."""
        found = self.value
        if kind is float and isinstance(found, int) and not isinstance(found, bool):
            found = float(found)
        if not isinstance(found, kind) or (kind is not bool and isinstance(found, bool)):
            raise self.wrong(f"here stands {_short(self.value)}, and {told} is wanted")
        return found

    @property
    def plain(self) -> Any:
        """The value without marks."""
        if isinstance(self.value, dict):
            return {key: one.plain for key, one in self.value.items()}
        if isinstance(self.value, list):
            return [one.plain for one in self.value]
        return self.value


def read(path: Path) -> Marked:
    """The one document in a file. Raises ScenarioError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ScenarioError(f"{path} is larger than {LARGEST >> 20} MB")
        text = path.read_text("utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
        if node is None:
            raise ScenarioError(f"{path} is empty; a list of `scenarios:` is wanted")
        return _marked(node, path.name, 0)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is no UTF-8 text: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScenarioError(f"{path.name}{line}: this is no YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(f"{path.name}: this is no YAML: {error}") from error


def _marked(node: yaml.Node, file: str, depth: int) -> Marked:
    where = f"{file}, line {node.start_mark.line + 1}"
    if depth > DEPTH:
        raise ScenarioError(f"{where}: lists and tables stand in each other too deeply")
    if isinstance(node, yaml.MappingNode):
        return Marked(dict(_pairs(node, file, depth)), where)
    if isinstance(node, yaml.SequenceNode):
        return Marked([_marked(one, file, depth + 1) for one in node.value], where)
    return Marked(_scalar(node, where), where)


def _pairs(node: yaml.MappingNode, file: str, depth: int) -> Iterator[tuple[str, Marked]]:
    seen = set()
    for key, value in node.value:
        where = f"{file}, line {key.start_mark.line + 1}"
        name = str(key.value)
        if name in seen:
            raise ScenarioError(f"{where}: the key {name!r} stands here twice")
        seen.add(name)
        marked = _marked(value, file, depth + 1)
        yield name, Marked(marked.value, where)


def _scalar(node: yaml.Node, where: str) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise ScenarioError(f"{where}: {node.value!r} can't be read: {error}") from error
    finally:
        loader.dispose()


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return f"{value!r:.60}"
