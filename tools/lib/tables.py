#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tables that a tool keeps up to date in a file, between `<!-- NAME: begin -->` and `<!-- NAME: end -->`."""


class Problem(Exception):
    """What the user has to know, in one line."""


def markers(name):
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def split(path, name):
    """The text of a file before the block, in it, and after it. None: the file has no such block."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    begin, end = markers(name)
    if text.count(begin) + text.count(end) == 0:
        return None
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Problem(f"{path} does not have the lines {begin} and {end} once each")
    head, rest = text.split(begin)
    return head, *rest.split(end)


def blocks_in(path, names):
    """Which of the blocks a file has; a file with none of them is a mistake of the caller."""
    found = [name for name in names if split(path, name)]
    if not found:
        raise Problem(f"{path} does not have the lines {' and '.join(markers(names[0]))} once each")
    return found


def write(path, name, table):
    head, _, tail = split(path, name)
    begin, end = markers(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}{begin}\n{table}\n{end}{tail}")


def check(path, name, table, command, same=lambda old, new: old == new):
    """Raises Problem if the block is not the table. `same`: for figures that are not exact."""
    _, old, _ = split(path, name)
    if not same(old.strip(), table.strip()):
        raise Problem(f"the {name} in {path} is stale; run: {command} --write {path}\n{difference(old, table)}")


def add_arguments(parser):
    """--write, --check and --markdown, for keep()."""
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", metavar="FILE", help="bring the tables between markers in FILE up to date")
    action.add_argument("--check", metavar="FILE", help="exit with 1 if a table in FILE is not the present one")


def wanted(options, names):
    """The tables that are asked for: all, or those that the file has."""
    path = options.write or options.check
    return blocks_in(path, names) if path else list(names)


def keep(options, name, table, command, same=lambda old, new: old == new):
    """Writes or checks a table in the file, or prints it."""
    if options.write:
        write(options.write, name, table)
    elif options.check:
        check(options.check, name, table, command, same)
    else:
        print((table if options.markdown else plain(table)) + "\n")


def difference(old, new):
    old, new = old.strip().split("\n"), new.strip().split("\n")
    lines = [f"  in the file: {line}" for line in old if line not in new] + [f"  measured:    {line}" for line in new if line not in old]
    return "\n".join(lines[:40])


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
