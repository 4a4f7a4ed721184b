# SPDX-License-Identifier: MIT
# about: the documents: links lead somewhere, every tool is listed, every generated table has a tool
# needs: cxx check
import re
from pathlib import Path

import tables
from support.machine import ROOT, command

TABLE_TOOLS = ("bench", "size", "instructions", "stack_depth", "tls_cost")
BY_HAND = {"calls"}  # a test compares it with the calls of the code


def prose(path):
    """A document without its code."""
    text = re.sub(r"^```.*?^```", "", Path(path).read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", lambda code: code.group(0).replace("](", "] ("), text)


def anchors(path):
    """The names of a document's headings, as hosts of repositories make them."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in re.findall(r"^#+ (.*)$", prose(path), re.M))
    return {word.strip().replace(" ", "-") for word in words}


def broken_links(path):
    for place, anchor in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]*)?\)", prose(path)):
        target = path.parent / place if place else path
        if not target.exists():
            yield f"{path.relative_to(ROOT)}: there is no {place}"
        elif anchor and target.suffix == ".md" and anchor[1:] not in anchors(target):
            yield f"{path.relative_to(ROOT)}: {place} has no heading {anchor}"


def test_links_lead_somewhere():
    paths = [Path(path) for path in tables.documents()]
    assert len(paths) > 10, paths
    assert not [problem for path in paths for problem in broken_links(path)]


def test_every_tool_is_listed():
    text = (ROOT / "tools" / "README.md").read_text()
    assert not [path.name for path in (ROOT / "tools").iterdir()
                if f"`{path.name}" not in text and path.name not in ("README.md", "__pycache__")]


def test_every_tool_has_help():
    tools = [path for path in sorted((ROOT / "tools").iterdir()) if path.is_file() and path.stat().st_mode & 0o100]
    answers = [(path.name, *command(path, "--help", timeout=60)) for path in tools]
    assert len(answers) > 10, answers
    assert not [(name, code, text[:200]) for name, code, text in answers if code != 0 or not text.startswith("usage:")]


def test_every_generated_table_has_a_tool():
    known = "".join((ROOT / "tools" / name).read_text() for name in TABLE_TOOLS)
    found = [(name, path) for path in tables.documents() for name in re.findall(r"^<!-- (.*): begin -->$", Path(path).read_text(), re.M)]
    assert len(found) > 10, found
    assert not [(name, path) for name, path in found if f'"{name}"' not in known and name not in BY_HAND]
