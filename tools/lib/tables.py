# SPDX-License-Identifier: MIT
"""Tables that a tool keeps up to date in documents, between `<!-- NAME: begin -->` and `<!-- NAME: end -->`."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_OURS = ("build", "node_modules")


class Problem(Exception):
    """A message for the user, in one line."""


# ---- documents ----


def documents():
    """Every Markdown file of the tree."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".md"))


def split(path, name):
    """The text of a document before the block, in it, and after it. None: the document has no such block."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if text.count(begin) + text.count(end) == 0:
        return None
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Problem(f"{path} does not have the lines {begin} and {end} once each")
    head, rest = text.split(begin)
    old, tail = rest.split(end)
    return f"{head}{begin}\n", old.strip(), f"\n{end}{tail}"


def write(path, name, table):
    head, _, tail = split(path, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}{table}{tail}")


def add_arguments(parser):
    """--write, --check, --file and --markdown, for keep()."""
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--file", metavar="FILE", help="the document of --write and --check (default: every one of the tree)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="bring the tables in the documents up to date")
    action.add_argument("--check", action="store_true", help="exit with 1 if a table in a document is not the present one")


def exactly(old, new):
    return old == new


def keep(options, tool, makers, same=None):
    """Writes or checks the tables in the documents that have them, or prints them. `makers`: {name: function that makes the
    table}; `same`: {name: function that compares two tables}, for those that do not repeat exactly."""
    if not options.write and not options.check:
        for make in makers.values():
            print((make() if options.markdown else plain(make())) + "\n")
        return
    paths = [options.file] if options.file else list(documents())
    places = {name: [path for path in paths if split(path, name)] for name in makers}
    if not any(places.values()):
        raise Problem(f"no table of {tool} in {options.file or 'any document'}; there are: {', '.join(makers)}")
    stale = []
    for name in (name for name in makers if places[name]):
        table = makers[name]()
        for path in places[name]:
            old = split(path, name)[1]
            if options.write:
                write(path, name, table)
            elif not (same or {}).get(name, exactly)(old, table):
                stale.append(f"the {name} in {path} is stale; run: {tool} --write\n{difference(old, table)}")
    if stale:
        raise Problem("\n".join(stale))


def difference(old, new):
    old, new = old.split("\n"), new.split("\n")
    lines = [f"  in the file: {line}" for line in old if line not in new] + [f"  measured:    {line}" for line in new if line not in old]
    return "\n".join(lines[:40])


# ---- tables ----


def number(value):
    return f"{value:,}" if value else ""


def markdown(head, rows):
    """A table whose first column is text and whose others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def plain(table):
    """A Markdown table for a terminal: columns of one width, no marks."""
    lines = []
    for block in table.split("\n\n"):
        rows = [[cell.strip().replace("**", "").replace("`", "") for cell in line.strip().strip("|").split("|")] for line in block.split("\n")
                if line.startswith("|") and not line.startswith("|--")]
        if not rows:
            lines += [block, ""]
            continue
        widths = [max(len(row[i]) if i < len(row) else 0 for row in rows) for i in range(max(map(len, rows)))]
        for row in rows:
            cells = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        lines.append("")
    return "\n".join(lines).rstrip()
