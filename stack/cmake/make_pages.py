#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes whit_pages.h and whit_pages.cpp of a folder: a table of whit::Page for ServerOptions::pages. whit_add_pages() calls it."""
import fnmatch
import gzip
import hashlib
import os
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".map": "application/json",
    ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8",
    ".md": "text/markdown; charset=utf-8", ".xml": "application/xml", ".svg": "image/svg+xml", ".png": "image/png",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
    ".ico": "image/x-icon", ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".wasm": "application/wasm",
    ".pdf": "application/pdf", ".bin": "application/octet-stream",
}
INDEX = "index.html"
# Characters of a path that no browser writes in another way (RFC 3986, 3.3).
PATH = re.compile(r"[A-Za-z0-9._~!$&()*+,;=:@/-]+")
CACHE_CONTROL = "no-cache"
BYTES_A_LINE = 24


class Problem(Exception):
    pass


def paths_of(folder):
    """{path: file}, sorted: an index.html is the path of its folder."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            file = os.path.join(place, name)
            path = "/" + os.path.relpath(file, folder).replace(os.sep, "/")
            if not PATH.fullmatch(path):
                raise Problem(f"{file}: a browser would ask for it by another name; letters, digits and ._~!$&()*+,;=:@- may stand in one")
            if os.path.splitext(name)[1] not in TYPES:
                raise Problem(f"{file}: its suffix is none of {' '.join(TYPES)}, so its type is not known")
            found[path[:-len(INDEX)] if name == INDEX else path] = file
    if "/" not in found:
        raise Problem(f"{folder}: there is no {INDEX}, which is the page /")
    return dict(sorted(found.items()))


def rules_of(arguments):
    """[(pattern, value)] of PATTERN=VALUE."""
    rules = []
    for argument in arguments:
        pattern, equals, value = argument.partition("=")
        if not (pattern and equals) or not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", value) or re.search(r'["\\]', value):
            raise Problem(f"CACHE_CONTROL {argument!r}: it is PATTERN=VALUE, such as *.png=max-age=86400")
        rules.append((pattern, value))
    return rules


def array(name, data):
    lines = [f"constexpr uint8_t {name}[] = {{"]
    for at in range(0, len(data), BYTES_A_LINE):
        lines.append("  " + ", ".join(str(byte) for byte in data[at:at + BYTES_A_LINE]) + ",")
    return lines + ["};"]


def table(folder, rules):
    """The lines of whit_pages.cpp, and the number of pages."""
    arrays, rows, used = [], [], set()
    pages = paths_of(folder)
    for number, (path, file) in enumerate(pages.items()):
        with open(file, "rb") as source:
            body = source.read()
        small = gzip.compress(body, 9, mtime=0)
        forms = []
        for name, data in ((f"body_{number}", body), (f"gzip_{number}", small if len(small) < len(body) else b"")):
            arrays += array(name, data) if data else []
            forms.append(f"{{{name}, sizeof {name}}}" if data else "{}")
        matching = [rule for rule in rules if fnmatch.fnmatchcase(path, rule[0])]
        used.update(matching)
        value = matching[0][1] if matching else CACHE_CONTROL
        tag = hashlib.sha256(body).hexdigest()[:16]
        kind = TYPES[os.path.splitext(file)[1]]
        rows.append(f'    {{"{path}", "{kind}", {", ".join(forms)}, "{tag}", "{value}"}},')
    for rule in rules:
        if rule not in used:
            raise Problem(f"CACHE_CONTROL {rule[0]}: no path is like it; there are {' '.join(pages)}")
    about = "// Written by whit_add_pages(): change the files of the folder, not this one."
    lines = [about, '#include "whit_pages.h"', "", "namespace {", "", *arrays, "", "}  // namespace", "",
             f"const whit::Page pages[{len(rows)}] = {{", *rows, "};"]
    header = [about, "#pragma once", "", '#include "whit/http_service.h"', "",
              f"constexpr uint16_t page_count = {len(rows)};", "extern const whit::Page pages[page_count];"]
    return lines, header


def main(arguments):
    if len(arguments) < 2:
        print(f"{__doc__}\n\nusage: make_pages.py FOLDER OUTPUT [PATTERN=CACHE_CONTROL...]", file=sys.stderr)
        return 2
    folder, output, *rules = arguments
    try:
        if not os.path.isdir(folder):
            raise Problem(f"{folder} is no folder")
        texts = table(folder, rules_of(rules))
    except (Problem, OSError) as problem:
        print(f"whit_add_pages: error: {problem}", file=sys.stderr)
        return 1
    os.makedirs(output, exist_ok=True)
    for suffix, lines in zip((".cpp", ".h"), texts):
        with open(os.path.join(output, "whit_pages" + suffix), "w", encoding="ascii", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
