"""The page's files: whole, small, of this server only, and readable in light and dark."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from visavis.web.pages import POLICY, static_folder

STATIC = static_folder()
MODULES = sorted(STATIC.rglob("*.js"))
TEXTS = sorted(p for p in STATIC.rglob("*") if p.suffix in {".html", ".css", ".js", ".mjs", ".svg"})
PAGES = ("index.html", "operator/index.html", "teach/index.html")
AA = 4.5
"""The least contrast of text (WCAG 2.2, success criterion 1.4.3)."""
GRAPHICS = 3.0
"""The least contrast of what is drawn (1.4.11)."""


class Reader(HTMLParser):
    """Every element of a document as (tag, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest) -> list[tuple[str, dict[str, str]]]:
    return Reader((STATIC / request.param).read_text()).elements


def test_what_the_page_loads_is_there(page: list[tuple[str, dict[str, str]]]) -> None:
    loaded = [
        value
        for tag, attributes in page
        for name, value in attributes.items()
        if name in ("src", "href") and tag != "use"
    ]
    assert len(loaded) >= 3
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
    assert len(text.splitlines()) <= 400
    for module in re.findall(
        r"(?:import|export) (?:\{[^}]*\}|\S+|\S+ as \S+) from \"(.*?)\"", text
    ):
        assert (path.parent / module).is_file(), module
    for names, module in re.findall(r"(?:import|export) \{([^}]*)\} from \"(.*?\.js)\"", text):
        other = (path.parent / module).read_text()
        for name in filter(None, (one.strip() for one in names.split(","))):
            given = (
                rf"export (?:async )?(?:class|function|const) {name}\b|export {{[^}}]*\b{name}\b"
            )
            assert re.search(given, other), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_nothing_that_was_said_becomes_markup(path: Path) -> None:
    text = path.read_text()
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "srcdoc",
    ):
        assert way not in text


def test_what_others_wrote_is_as_they_published_it() -> None:
    vendor = STATIC / "vendor"
    lines = (vendor / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    ours = {"README.md", "SHA256SUMS"} | {path.name for path in vendor.glob("*.d.mts")}
    present = {path.name for path in vendor.iterdir()} - ours
    assert set(listed) == present
    for name, expected in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == expected, name
        if name.endswith(".mjs"):
            assert name.replace(".mjs", ".LICENSE") in present


def test_every_part_that_the_script_wants_is_on_the_page() -> None:
    page = Reader((STATIC / "index.html").read_text()).elements
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


def colours(sheet: str, scheme: str) -> dict[str, str]:
    roots = re.findall(r":root \{(.*?)\}", (STATIC / sheet).read_text(), re.DOTALL)
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", roots[scheme == "dark"]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(scheme: str) -> None:
    known = colours("colours.css", scheme)
    pairs = [
        (text, ground)
        for text in ("ink", "soft", "accent")
        for ground in ("ground", "surface", "wash")
        if (text, ground) != ("accent", "wash")
    ]
    pairs += [("on-accent", "accent"), ("on-danger", "danger"), ("warn-ink", "warn-ground")]
    for text, ground in pairs:
        ratio = contrast(known[text], known[ground])
        assert ratio >= AA, f"{text} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_drawn_stands_out(scheme: str) -> None:
    drawn = colours("operator/style.css", scheme)
    assert {"endpoint", "think", "speak", "playout", "p50", "p95"} == set(drawn)
    for name, colour in drawn.items():
        ratio = contrast(colour, colours("colours.css", scheme)["surface"])
        assert ratio >= GRAPHICS, f"{name}: {ratio:.2f}"
