#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Doxygen's input filter: the `//` comments of a public header as documentation.

The headers are written for persons: a comment stands before what it describes, or behind it in the same line; one comment may stand
before several declarations in a row. Here each declaration of such a row is given the comment, the comment at the top of a header goes
to the type that it names ("Loop: owns the connections ..."), lines like `//  kOk  text` become the values that a function returns, and
indented lines become code. Nothing else of a header changes."""
import re
import sys

ALONE = re.compile(r"(\s*)//( ?)(.*)$")
BEHIND = re.compile(r"(.*\S)\s+// (.*)$")
ITEM = re.compile(r" (\S.*?)(?:  +(\S.*))?$")
NOT_DECLARED = re.compile(r'\s*(#(?!define \w)|public:|private:|protected:|namespace\b|friend\b|static_assert\b|extern "C" \{|return\b|:|\)|\}|$)')

# What C++ asks for, and no person needs a comment on.
OF_THE_LANGUAGE = (
    (r".*\boperator==\(", "Whether both are the same."),
    (r".*\boperator!=\(", "Whether they differ."),
    (r".*\boperator bool\(", "Whether there is one."),
    (r"\s+(constexpr |explicit |template.*> )*[A-Z]\w+\(", "A new object, of these parts."),
)


def plain(text):
    """Text in which nothing is a command of Doxygen's."""
    return re.sub(r"([\\@<>#&%$])", r"\\\1", text).replace('"', "&quot;").replace("::", "\\::")


def documentation(words):
    """The lines of a comment as those of Doxygen's: prose, items (one space before them, or two), code (three and more)."""
    out, item, code = [], False, False
    for line in words:
        found = ITEM.match(line)
        is_code = line.startswith("  ") and not item
        if is_code != code and (is_code or line):
            out.append("@code{.cpp}" if is_code else "@endcode")
            code = is_code
        if code:
            out.append(line)
        elif found and not line.startswith("  "):
            item = True
            names = found.group(1).split(", ")
            if all(re.fullmatch(r"k[A-Z]\w+", name) for name in names):
                out += [f"@retval {name} {plain(found.group(2) or 'done')}" for name in names]
            else:
                out.append("- " + plain(" ".join(filter(None, found.groups()))))
        else:
            item = item and line.startswith("  ")
            out.append(plain(line.strip()))
    return out + ["@endcode"] * code


def block(lines, indent=""):
    return [f"{indent}/// {line}" for line in lines]


def head(lines):
    """The comment at the top of the header, and how many lines it takes."""
    words = []
    for line in lines[1:]:
        found = ALONE.match(line)
        if not found:
            break
        words.append(found.group(3))
    return documentation(words or [""]), len(words) + 1


def filtered(text):
    lines = text.split("\n")
    top, at = head(lines)
    out, named = block(["@file", *top]), re.match(r"(?:[A-Z]\w+, )*([A-Z]\w+)[:,] ", top[0])
    of_top = re.compile(rf"\s*(template.*)?(class|struct|enum class) {named.group(1)}\b[^;]*$") if named else None
    words, row, inside = [], None, 0  # a comment, the one that holds for this row of lines, parentheses that are open
    for line in lines[at:]:
        line = re.sub(r"\[\[[^\]]*\]\] ?", "", line).replace(" protected:", " private:")  # for the library's own types
        alone, indent = ALONE.match(line), re.match(r"\s*", line).group(0)
        if alone and out[-1].lstrip()[:1] and "///< " in out[-1] and len(indent) > len(re.match(r"\s*", out[-1]).group(0)):
            out.append(f"{indent}///< {plain(alone.group(3))}")  # goes on with the comment behind the line before
            continue
        if alone:
            words.append(alone.group(3))
            continue
        behind = BEHIND.match(line)
        code = behind.group(1) if behind else line
        declares = inside == 0 and not NOT_DECLARED.match(code) and not out[-1].endswith("\\")
        if words:
            row = documentation(words)
        if declares and of_top and not words and of_top.match(code):
            out += block(top, indent)
        elif declares and row and (words or not behind):
            out += block(row, indent)
        elif declares and not behind and not row:
            out += [f"{indent}/// {text}" for pattern, text in OF_THE_LANGUAGE if re.match(pattern, code)][:1]
        words = []
        row = row if line.strip() else None
        inside = max(0, inside + code.count("(") - code.count(")"))
        out.append(f"{code}  ///< {plain(behind.group(2))}" if behind else line)
    return "\n".join(out)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        sys.stdout.write(filtered(header.read()))
