"""The page's files: whole, small, of this server only, and readable in light and dark."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from server.web.pages import POLICY, static_folder

STATIC = static_folder()
MODULES = sorted(STATIC.glob("*.js"))
TEXTS = sorted(p for p in STATIC.rglob("*") if p.suffix in {".html", ".css", ".js", ".svg"})
AA = 4.5
"""The least contrast of text (WCAG 2.2, success criterion 1.4.3)."""


class Reader(HTMLParser):
    """Every element of a document as (tag, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


@pytest.fixture(scope="module")
def page() -> list[tuple[str, dict[str, str]]]:
    return Reader((STATIC / "index.html").read_text()).elements


def test_what_the_page_loads_is_there(page: list[tuple[str, dict[str, str]]]) -> None:
    loaded = [
        value
        for tag, attributes in page
        for name, value in attributes.items()
        if name in ("src", "href") and tag != "use"
    ]
    assert len(loaded) >= 4
    for address in loaded:
        assert address.startswith("/static/"), address
        assert (STATIC / address.removeprefix("/static/")).is_file(), address


def test_nothing_is_inline_so_that_the_policy_holds(
    page: list[tuple[str, dict[str, str]]],
) -> None:
    assert "'unsafe" not in POLICY
    for tag, attributes in page:
        assert tag != "style"
        assert tag != "script" or "src" in attributes
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    hosts = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z0-9.-]+", path.read_text())
    assert set(hosts) <= {"http://www.w3.org"}, hosts


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_are_small_and_find_each_other(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("/**"), "what is it for?"
    assert len(text.splitlines()) <= 310
    for module, names in re.findall(r"import (?:\{[^}]*\}|\S+ as \S+) from \"(.*?)\"()", text):
        assert (STATIC / module).is_file(), module
        assert not names
    for names, module in re.findall(r"import \{([^}]*)\} from \"(.*?)\"", text):
        other = (STATIC / module).read_text()
        for name in filter(None, (one.strip() for one in names.split(","))):
            assert re.search(rf"export (?:async )?(?:class|function|const) {name}\b", other), name


def test_every_part_that_the_script_wants_is_on_the_page(
    page: list[tuple[str, dict[str, str]]],
) -> None:
    present = [attributes["id"] for _, attributes in page if "id" in attributes]
    assert len(present) == len(set(present))
    wanted = re.findall(r"\$\(\"([^\"]+)\"\)", (STATIC / "view.js").read_text())
    assert len(wanted) > 10
    assert set(wanted) <= set(present)


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(scheme: str) -> None:
    roots = re.findall(r":root \{(.*?)\}", (STATIC / "colours.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", roots[scheme == "dark"]))
    pairs = [
        (text, ground)
        for text in ("ink", "soft", "accent")
        for ground in ("ground", "surface", "wash")
        if (text, ground) != ("accent", "wash")
    ]
    pairs += [("on-accent", "accent"), ("on-danger", "danger"), ("warn-ink", "warn-ground")]
    for text, ground in pairs:
        ratio = contrast(colours[text], colours[ground])
        assert ratio >= AA, f"{text} on {ground}: {ratio:.2f}"
