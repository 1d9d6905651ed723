"""Folders of personas, as tests write them."""

from pathlib import Path

ADA = """
display_name = "Ada"
voice = "heart"
greeting = "Hello, I'm {persona}."
system_prompt = "You are {persona}. It is {time}."
silence_lines = ["Hm?"]
fallback_lines = ["I don't know, {name}."]
openers = ["Well,"]
[[examples]]
caller = "Are you Ada?"
answer = "I'm {persona}."
[[rules]]
name = "hello"
patterns = ["hello"]
answers = ["Hello, {name}.", "{persona} says hello."]
[[rules]]
name = "tea"
patterns = ["would you like tea"]
answers = ["Yes, please."]
"""


def write(folder: Path, text: str, **files: str) -> str:
    """A persona in the folder; its path, as the settings name it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "persona.toml").write_text(text, "utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return str(folder)
