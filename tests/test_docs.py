"""What the documents say is there: links, paths, commands, make's targets and settings."""

import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from typer.core import TyperGroup

from visavis import cli
from visavis.engine_settings import KindSettings, ServiceUrl, ServiceUrlOrNone, SettingsTables
from visavis.engines import registry
from visavis.engines.base import NoOptions
from visavis.records.tables import metadata
from visavis.settings import Settings

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "server" / "visavis"
ROOMS = ("*", "call/*", "engines/*", "records/*", "web/*")
"""Of ``server/visavis``, those that must say what they are for."""
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "migrations" / "README.md",
        *SERVER.rglob("README.md"),
    }
)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]*)+|[\w-]+\.(?:css|js|json|lock|md|py|toml)")
NO_PATH = re.compile(
    r"[./]*/|data/|users/|\.venv/|dist/|application/|n/a|changelog\.d/|otto/"
    r"|visavis\.toml|(?:\w+-)?package\.json"
)
"""What looks like a path and isn't one of a file that lies here: made while the server runs, by an
installation, or by whoever writes an engine."""
ENVIRONMENT = re.compile(r"VISAVIS_([A-Z_]+)")
Command = Any
"""Of click's, which typer brings along under a name of its own."""
NO_SETTING = {"TEST_PORTRAITS"}
"""What only tests read."""


COLUMNS = {str(column) for table in metadata.tables.values() for column in table.columns}
SOURCE = "".join(path.read_text() for path in SERVER.rglob("*.py"))


def _id(document: Path) -> str:
    return str(document.relative_to(ROOT))


def _prose(document: Path) -> str:
    return FENCE.sub("", document.read_text())


def _spans(document: Path) -> list[str]:
    return [" ".join(span.split()) for span in SPAN.findall(_prose(document))]


def _anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = (re.sub(r"[^\w\s-]", "", head) for head in HEADING.findall(_prose(document)))
    return {heading.strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(_prose(document)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        to = (document.parent / path).resolve() if path else document
        assert to.exists(), f"{target}: nothing is there"
        assert to.is_relative_to(ROOT), f"{target}: outside the repository"
        if anchor:
            assert anchor in _anchors(to), f"{target}: no heading of that name"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_path_exists(document: Path) -> None:
    ours = set(re.findall(r"^.*`([\w.]+)`:\n\n```", document.read_text(), re.MULTILINE))
    around = (document.parent, ROOT, SERVER, SERVER / "call", ROOT / "tests")
    for word in (word for span in _spans(document) for word in span.split()):
        if not PATH.fullmatch(word) or NO_PATH.match(word) or word in ours:
            continue
        pattern = re.sub(r"<\w+>", "*", word).rstrip("/")
        found = [folder.glob(f"{pattern}{end}") for folder in around for end in ("", ".py")]
        if "/" not in word:  # a name alone may be of any file beneath
            found += [document.parent.rglob(word), SERVER.rglob(word)]
        assert any(map(any, found)), f"`{word}`: no such file or folder"


def test_every_module_and_test_that_the_migrations_name_exists() -> None:
    rows = re.findall(
        r"^\| .+ \| .+ \| (.+) \| (.+) \|$",
        (ROOT / "migrations" / "README.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) > 60
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    for modules, shown in rows[1:]:
        bare = re.sub(r"`[^`]*`|\([^)]*\)", "", modules)
        assert "/" not in bare, f"{modules}: put modules in backticks"
        names = SPAN.findall(re.sub(r"\([^)]*\)", "", shown))
        assert names or shown == "shown by", f"{shown}: put tests in backticks"
        for name in names:
            assert fnmatch.filter(tests, name), f"tests/…/test_{name}.py: no such test"


def test_every_test_in_a_browser_is_marked() -> None:
    """`pytest tests/e2e -m browser` is what CONTRIBUTING tells to run after a change of a page."""
    heads = re.compile(r"^((?:@.+\n)*)(?:async )?def (test_\w+)", re.MULTILINE)
    for path in (ROOT / "tests" / "e2e").glob("test_*.py"):
        text = path.read_text()
        if re.search(r"^pytestmark = .*\.browser", text, re.MULTILINE):
            continue
        tests = list(heads.finditer(text))
        for test, end in zip(tests, [*(one.start() for one in tests[1:]), None], strict=True):
            marked = "pytest.mark.browser" in test[1]
            shown = "browsing(" in text[test.start() : end]
            assert marked or not shown, f"{path.name}: {test[2]} needs the marker `browser`"


# -- commands -----------------------------------------------------------------------------------


def _tree(command: Command, *names: str) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that does something, by its words."""
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _tree(inner, *names, name)
    else:
        yield names, command


COMMANDS = dict(_tree(typer.main.get_command(cli.app)))


def _shown(document: Path) -> Iterator[str]:
    """What follows ``visavis`` in code; "models list / fetch" is two."""
    fences = [
        line
        for kind, text in FENCE.findall(document.read_text())
        if kind in ("", "sh")
        for line in text.splitlines()
    ]
    for code in [*_spans(document), *fences]:
        for said in re.findall(r"(?:^|[\s/])visavis ((?:[a-z<\[A-Z-].*))", code.split("#")[0]):
            first, *others = said.split(" / ")
            yield first
            for other in others:
                yield f"{first.split()[0]} {other}"


def _command(said: str) -> tuple[Command | None, list[str]]:
    """The command that these words begin with, and the options among them."""
    words = said.split()
    found = COMMANDS.get(tuple(words[:2])) or COMMANDS.get(tuple(words[:1]))
    return found, re.findall(r"--[a-z][a-z-]*", said)


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_command_and_option_exists(document: Path) -> None:
    for said in _shown(document):
        command, options = _command(said)
        assert command is not None, f"visavis {said}: no such command"
        known = {one for parameter in command.params for one in parameter.opts} | {"--help"}
        assert set(options) <= known, f"visavis {said}: {set(options) - known} isn't an option"


def test_every_command_is_in_the_readme_and_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [_command(said)[0] for said in _shown(ROOT / "README.md")]
    for words, command in COMMANDS.items():
        assert command in shown, f"visavis {' '.join(words)} is not in the README"
        with pytest.raises(SystemExit) as end:
            cli.app([*words, "--help"])
        assert end.value.code == 0
        assert str(command.help).split(".")[0].split()[0] in capsys.readouterr().out


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*_spans(document), *(text for _, text in FENCE.findall(document.read_text()))]
    for target in re.findall(r"^make ([a-z]+)", "\n".join(code), re.MULTILINE):
        assert target in targets, f"make {target}: no such target"


# -- settings -----------------------------------------------------------------------------------


def _models(model: type[BaseModel], *above: str) -> Iterator[tuple[str, Any]]:
    """Every setting by its key, with its default as JSON; those of our own engines too."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _models(inner, *above, name)
            if issubclass(inner, KindSettings):
                yield from _of_engines(inner.kind, *above, name)
        else:
            default = None if field.is_required() else to_jsonable_python(field.get_default())
            written = "" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"
            yield ".".join((*above, name)), written


def _of_engines(kind: str, *above: str) -> Iterator[tuple[str, Any]]:
    for engine in registry.names(kind):
        if registry.origin(kind, engine).startswith("visavis "):
            options = getattr(registry.find(kind, engine), "Options", NoOptions)
            yield from _models(options, *above, engine)


def _known(key: str) -> bool:
    """Whether a key, or a table, can be set."""
    table, _, rest = key.partition(".")
    field = Settings.model_fields.get(table)
    if field is None:
        return False
    inner = field.annotation
    if not rest or not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return not rest or "." not in rest
    first = rest.split(".")[0]
    own = issubclass(inner, KindSettings) and first in registry.names(inner.kind)
    own = own or (issubclass(inner, SettingsTables) and first == "options")
    return first in inner.model_fields or own


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([\w.-]+)` \| (.*?) ?\| .+ \|$",
        (ROOT / "docs" / "settings.md").read_text(),
        re.MULTILINE,
    )
    wanted = dict(_models(Settings))
    assert len(rows) == len(dict(rows)), "a setting stands twice in docs/settings.md"
    missing = "\n".join(f"| `{key}` | {wanted[key]} | …. |" for key in wanted.keys() - dict(rows))
    assert not missing, f"docs/settings.md lacks:\n{missing}"
    assert dict(rows) == wanted


def _addresses(model: type[BaseModel], *above: str) -> Iterator[str]:
    """The keys that say where a service is, engines' own among them."""
    checks = [one for kind in (ServiceUrl, ServiceUrlOrNone) for one in get_args(kind)[1:]]
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _addresses(inner, *above, name)
            if issubclass(inner, SettingsTables):
                for engine in registry.names(inner.kind):
                    own = registry.find(inner.kind, engine).Options
                    yield from _addresses(own, *above, name, engine)
        elif any(one in checks for one in field.metadata) or re.search("(url|servers)$", name):
            yield ".".join((*above, name))


def test_every_address_to_which_something_goes_is_told() -> None:
    told = set(re.findall(r"`([\w.]+)`", (ROOT / "SECURITY.md").read_text()))
    wanted = set(_addresses(Settings))
    assert {"tts.openai.url", "stt.openai.url", "chat.url", "remote_lipsync.storage_url"} <= wanted
    assert not wanted - told, "not in SECURITY.md, What leaves the machine"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    for variable in ENVIRONMENT.findall(document.read_text()):
        key = variable.lower().replace("__", ".").strip("_.")
        assert variable in NO_SETTING or _known(key), f"VISAVIS_{variable}: no such setting"
    for span in _spans(document):
        table = re.fullmatch(r"\[\[?([a-z_.]+)\]\]?(?: [a-z_]+ = .*)?", span)
        if table and table[1] != "project":
            assert _known(table[1]), f"`{span}`: no such table of settings"
        key = re.fullmatch(r"([a-z_]+)\.([a-z_]+)(?: = .*)?", span)
        if key and key[1] in Settings.model_fields and not PATH.fullmatch(span):
            other = span in COLUMNS or f'"{span}"' in SOURCE  # a column, or a measure
            assert other or _known(f"{key[1]}.{key[2]}"), f"`{span}`: no such setting"


# -- rooms, decisions, glossary -----------------------------------------------------------------


def test_every_room_says_in_a_few_lines_what_it_is_for() -> None:
    rooms = {init.parent for pattern in ROOMS for init in SERVER.glob(f"{pattern}/__init__.py")}
    assert len(rooms) > 20
    for room in sorted(rooms):
        readme = room / "README.md"
        assert readme.is_file(), f"{readme.relative_to(ROOT)} is missing"
        lines = len(readme.read_text().splitlines())
        assert 5 <= lines <= 20, f"{readme.relative_to(ROOT)} has {lines} lines, not 5 to 20"


def test_every_decision_stands_in_the_list_and_says_why() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))
    records = set(folder.glob("*.md")) - {folder / "README.md"}
    assert listed == {record.name for record in records}
    for record in records:
        text = record.read_text()
        for part in ("**Decided.**", "**Why.**", "**What follows.**", "**Where.**"):
            assert part in text, f"{record.name} has no {part}"


def test_the_glossary_has_one_line_for_each_term() -> None:
    rows = re.findall(
        r"^\| (.+?) \| (.+) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE
    )
    terms = [term for row, _ in rows if row not in ("term", "---") for term in row.split(", ")]
    assert len(terms) > 60
    assert len(terms) == len(set(terms)), "a term stands twice"
