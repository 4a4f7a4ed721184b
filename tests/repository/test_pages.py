# SPDX-License-Identifier: MIT
# about: whit_add_pages: a folder as a table of pages in a program, in a project that has stack/ alone
# needs: base cxx
import gzip
import hashlib
import subprocess
import sys

import pytest
from support.machine import ROOT, command
from test_consume import HEAD, Product

MAKE = ROOT / "stack" / "cmake" / "make_pages.py"
PROGRAM = ROOT / "tests" / "repository" / "consume" / "pages.cpp"
# No library is needed for the table, so none is built.
ADD = ("add_subdirectory(vendor/whit EXCLUDE_FROM_ALL)\n" + f"add_executable(product {PROGRAM})\n"
       + "target_compile_features(product PRIVATE cxx_std_17)\n"
       + "target_include_directories(product PRIVATE $<TARGET_PROPERTY:whit_stack,INTERFACE_INCLUDE_DIRECTORIES>)\n")
FILES = {"index.html": b"<!doctype html>" + b"<p>device</p>" * 50, "a/index.html": b"<p>", "app.js": b"let a = 1;\n" * 99,
         "logo.png": bytes(range(256)), "a/empty.txt": b"", ".hidden.swp": b"x"}


def fill(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def make(folder, output, *rules):
    return command(sys.executable, MAKE, folder, output, *rules)


def table(program):
    """{path: (type, tag, Cache-Control, body, compressed)} as the program prints it."""
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    rows = [line.split("|") for line in text.splitlines()]
    return {row[0]: (*row[1:4], bytes.fromhex(row[4]), bytes.fromhex(row[5])) for row in rows}


def test_a_folder_becomes_a_table_that_follows_its_files(tmp_path):
    pages = fill(tmp_path / "pages", FILES)
    add = f'whit_add_pages(product {pages} CACHE_CONTROL "*.png=max-age=60" "/a/*=no-store")\n'
    with Product(HEAD + ADD + add, copy_stack=True) as product:
        assert product.code == 0, product.text
        program = product.build_path / "product"
        found = table(program)
        assert set(found) == {"/", "/a/", "/app.js", "/logo.png", "/a/empty.txt"}
        for path, name in (("/", "index.html"), ("/a/", "a/index.html"), ("/app.js", "app.js"), ("/logo.png", "logo.png"),
                           ("/a/empty.txt", "a/empty.txt")):
            kind, tag, _, body, compressed = found[path]
            assert body == FILES[name] and tag == hashlib.sha256(body).hexdigest()[:16]
            assert not compressed or (gzip.decompress(compressed) == body and len(compressed) < len(body))
        assert found["/"][4] and found["/app.js"][4], "what is smaller when it is compressed has that form"
        assert not found["/logo.png"][4] and not found["/a/"][4], "what is not has none"
        assert found["/"][0] == "text/html; charset=utf-8" and found["/logo.png"][0] == "image/png"
        assert [found[path][2] for path in ("/", "/logo.png", "/a/")] == ["no-cache", "max-age=60", "no-store"]
        # Changed, new and removed files reach the next build.
        (pages / "app.js").write_bytes(b"changed")
        (pages / "new.css").write_bytes(b"p {}")
        (pages / "logo.png").unlink()
        code, text = command("cmake", "--build", product.build_path)
        assert code != 0 and "no path is like it" in text, text  # the rule for *.png
        (pages / "new.png").write_bytes(b"png")
        code, text = command("cmake", "--build", product.build_path)
        assert code == 0, text
        assert set(table(program)) == {"/", "/a/", "/app.js", "/new.css", "/new.png", "/a/empty.txt"}
        assert table(program)["/app.js"][3] == b"changed"


def test_the_same_files_make_the_same_bytes(tmp_path):
    texts = []
    for name in ("one", "two"):
        folder = fill(tmp_path / name, FILES)
        code, text = make(folder, tmp_path / (name + "_out"))
        assert code == 0, text
        texts.append([(tmp_path / (name + "_out") / f"whit_pages.{suffix}").read_bytes() for suffix in ("cpp", "h")])
    assert texts[0] == texts[1], "neither the time nor the place of the folder is in it"


# Files, rules, and words of the one line that says what is wrong.
WRONG = {
    "no_index": ({"a.html": b""}, [], "there is no index.html"),
    "unknown_suffix": ({"index.html": b"", "a.foo": b""}, [], "a.foo: its suffix is none of"),
    "no_suffix": ({"index.html": b"", "README": b""}, [], "README: its suffix is none of"),
    "space": ({"index.html": b"", "a b.js": b""}, [], "a b.js: a browser would ask for it by another name"),
    "not_ascii": ({"index.html": b"", "ü.js": b""}, [], "a browser would ask for it by another name"),
    "percent": ({"index.html": b"", "a%20b.js": b""}, [], "a browser would ask for it by another name"),
    "quote": ({"index.html": b"", 'a".js': b""}, [], "a browser would ask for it by another name"),
    "rule_without_value": ({"index.html": b""}, ["*.js"], "CACHE_CONTROL '*.js': it is PATTERN=VALUE"),
    "rule_that_injects": ({"index.html": b""}, ["*=a\r\nX: y"], "it is PATTERN=VALUE"),
    "rule_for_nothing": ({"index.html": b""}, ["*.jss=no-store"], "no path is like it; there are /"),
}


@pytest.mark.parametrize("files, rules, expected", WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_line(files, rules, expected, tmp_path):
    code, text = make(fill(tmp_path / "pages", files), tmp_path / "out", *rules)
    assert code == 1 and expected in text and "\n" not in text.strip(), text
    assert text.startswith("whit_add_pages: error: ") and not (tmp_path / "out").exists(), text


def test_a_folder_that_is_not_there_is_named(tmp_path):
    code, text = make(tmp_path / "nowhere", tmp_path / "out")
    assert code == 1 and f"{tmp_path}/nowhere is no folder" in text, text


# A call, and words of CMake's message.
CALLS = {
    "no_folder": ("whit_add_pages(product nowhere)", "nowhere is no folder"),
    "no_target": ("whit_add_pages(other vendor)", "there is no such target"),
    "unknown_word": ("whit_add_pages(product vendor GZIP)", "only CACHE_CONTROL PATTERN=VALUE may follow the folder"),
}


@pytest.mark.parametrize("call, expected", CALLS.values(), ids=CALLS)
def test_a_wrong_call_is_told_so(call, expected):
    with Product(HEAD + ADD + call + "\n", build=False, copy_stack=True) as product:
        assert product.code != 0 and expected in " ".join(product.text.split()), product.text
