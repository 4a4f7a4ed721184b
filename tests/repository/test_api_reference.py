# SPDX-License-Identifier: MIT
# about: the API reference: Doxygen sees every public member of the public headers, and has nothing to warn of
# needs: base doxygen
import importlib.machinery
import importlib.util
import re

import pytest
from support.machine import ROOT, command

TOOL = ROOT / "tools" / "api_reference"
FILTER = ROOT / "tools" / "lib" / "doxygen_filter.py"
LEAST_MEMBERS = 390


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(path.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    code, text = command(TOOL, "--output", folder)
    return folder / "html", code, text


def test_it_is_made_without_a_warning(reference):
    _, code, text = reference
    assert code == 0, text


def test_it_has_the_members_of_the_public_headers(reference):
    html, _, _ = reference
    pages = {path.name: path.read_text() for path in html.glob("*.html")}
    members = {found for text in pages.values() for found in re.findall(r'<tr class="memitem:(\w+)"', text)}
    assert len(members) > LEAST_MEMBERS, f"{len(members)} members"
    words = {"classwhit_1_1WebSocket.html": ("Starts the closing handshake", "a code that a Close frame must not carry"),
             "classwhit_1_1Loop.html": ("the network has fewer than kSlots transports",),
             "structwhit_1_1Close.html": ("both Close frames were exchanged",),
             "classwhit_1_1Reconnect.html": ("keeps the connection of a client up",)}
    for page, expected in words.items():
        assert page in pages, sorted(pages)
        plain = re.sub(r"<[^>]*>", "", pages[page])
        assert not [text for text in expected if text not in plain], f"{page} lacks one of {expected}"


def test_every_public_header_of_the_stack_is_in_it(reference):
    html, _, _ = reference
    files = (html / "files.html").read_text()
    paths = [*(ROOT / "stack/whit").glob("*.h"), *(ROOT / "stack/addons/whit").glob("*.h")]
    assert len(paths) > 30 and not [path.name for path in paths if f">{path.name}<" not in files]


def test_a_member_without_a_comment_is_named(tmp_path):
    header = tmp_path / "thing.h"
    header.write_text("// SPDX-License-Identifier: MIT\n// Thing: a thing.\nclass Thing {\n public:\n  int seen();  // it is\n\n  int forgotten();\n};\n")
    code, text = command(TOOL, "--output", tmp_path / "api", header)
    assert code == 1 and "forgotten" in text and "seen()" not in text, text


def test_wrong_arguments(tmp_path):
    code, text = command(TOOL, tmp_path / "nothing.h")
    assert code == 1 and text == f"tools/api_reference: no such header: {tmp_path}/nothing.h\n"


FILTERED = {
    "a comment before": ("// a b\nint c;", "/// a b\nint c;"),
    "behind": ("int c;  // a", "int c;  ///< a"),
    "behind, in two lines": ("int c;  // a\n        // b", "int c;  ///< a\n        ///< b"),
    "a row of declarations": ("// a\nint b;\nint c;\n\nint d;", "/// a\nint b;\n/// a\nint c;\n\nint d;"),
    "results": ("// a\n//  kOk\n//  kFailed  b\n//           c\nint d();", "/// a\n/// @retval kOk done\n/// @retval kFailed b\n/// c\nint d();"),
    "an example": ("// a\n//\n//   b(c);\nint d;", "/// a\n/// \n/// @code{.cpp}\n///   b(c);\n/// @endcode\nint d;"),
    "no command": ("// <a> \\n @b\nint c;", "/// \\<a\\> \\\\n \\@b\nint c;"),
    "a long declaration": ("// a\nint b(int c,\n      int d);", "/// a\nint b(int c,\n      int d);"),
    "attributes": ("// a\n[[nodiscard]] int b();", "/// a\nint b();"),
}


@pytest.mark.parametrize("given, expected", FILTERED.values(), ids=FILTERED)
def test_the_filter(given, expected):
    top = "// SPDX-License-Identifier: MIT\n// Top.\n#pragma once\n\n"
    assert load(FILTER).filtered(top + given) == "/// @file\n/// Top.\n#pragma once\n\n" + expected
