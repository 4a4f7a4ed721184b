# SPDX-License-Identifier: MIT
# about: stack/guide/trouble.md: every number and every error text of the sources is there
# needs: base
import re

import pytest
from support.machine import ROOT, expect_none

PAGE = " ".join((ROOT / "stack/guide/trouble.md").read_text().split())
PLAIN = PAGE.replace("`", "")


def source(path):
    return (ROOT / path).read_text()


def enumerators(path, name):
    body = re.search(rf"enum (?:class )?(?:\[\[nodiscard\]\] )?{name}\b[^{{]*\{{(.*?)\}}", source(path), re.S).group(1)
    return re.findall(r"\b(k[A-Z]\w*)", re.sub(r"//.*", "", body))


ENUMERATORS = {"Status": ("stack/whit/status.h", 9), "Who": ("stack/whit/vocabulary.h", 4), "Where": ("stack/whit/vocabulary.h", 9),
               "Deadline": ("stack/whit/vocabulary.h", 12), "TlsError": ("port/whit/mbedtls/tls_error.h", 28),
               "ProxyError": ("port/whit/proxy/proxy_error.h", 7)}


@pytest.mark.parametrize("name", ENUMERATORS)
def test_every_enumerator_is_there(name):
    path, least = ENUMERATORS[name]
    found = enumerators(path, name)
    assert len(found) >= least, found
    expect_none([f"{path}: {each}" for each in found if f"`{each}`" not in PAGE])


@pytest.mark.parametrize("path", ("port/whit/mbedtls/tls_error.h", "port/whit/proxy/proxy_error.h", "stack/whit/vocabulary.h"))
def test_names_and_numbers_belong_together(path):
    """In one row of a table."""
    rows = [line for line in source("stack/guide/trouble.md").splitlines() if line.startswith("|")]
    found = re.findall(r"\b(k\w+) = (\d{4}),|uint16_t (k\w+) = (\d{4});", source(path))
    numbers = [(first or second, left or right) for first, left, second, right in found]
    assert numbers, path
    expect_none([f"{name} = {number}" for name, number in numbers if not any(f"`{name}`" in row and re.search(rf"\b{number}\b", row) for row in rows)])


# Sources whose functions give out texts, and the least number of texts there.
TEXTS = {"port/whit/posix": 9, "port/whit/lwip": 12, "port/whit/mbedtls/tls_error.cpp": 50, "port/whit/proxy/proxy_error.cpp": 9,
         "stack/whit/client/check_url.cpp": 10, "stack/addons/whit/describe.cpp": 40}
# Schemes, paths and addresses: no texts of an error.
NO_TEXT = re.compile(r"wss?://|/.*|[\d.]+|.{0,4}")


@pytest.mark.parametrize("place", TEXTS)
def test_every_error_text_is_there(place):
    path = ROOT / place
    texts = [path.read_text()] if path.is_file() else [each.read_text() for each in sorted(path.rglob("*.cpp"))]
    code = "".join(re.sub(r"^\s*(#.*|//.*)$|\bLWIP_[A-Z]+\(.*", "", text, flags=re.M) for text in texts)
    pattern = r'"((?:[^"\\]|\\.)*)"' if path.is_file() else r'return [^;"]*"((?:[^"\\]|\\.)*)"(?:[^;"]*"((?:[^"\\]|\\.)*)")?'
    found = [each.strip(" :,") for match in re.finditer(pattern, code) for each in match.groups() if each]
    found = [each for each in found if not NO_TEXT.fullmatch(each)]
    assert len(found) >= TEXTS[place], found
    expect_none([f"{place}: {each}" for each in found if each not in PLAIN])


def pieces(message):
    """The constant parts of a message that are long enough to be found."""
    parts = re.split(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{[^}]*\}", message.replace('\\"', '"').replace("\\\\", "\\"))
    return [part.strip(" :;,.'\"()").replace("\\n", "") for part in parts if len(part.strip()) >= 8]


def missing(found):
    return [f"{path}: {message}" for path, message in found for part in pieces(message) if part not in PLAIN]


def test_every_error_of_cmake_is_there():
    paths = [path for folder in ("stack", "port", "boards", "tools") for pattern in ("CMakeLists.txt", "*.cmake")
             for path in sorted((ROOT / folder).rglob(pattern)) if "ecosystems" not in path.parts]
    found = [(path.relative_to(ROOT), " ".join("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call)).split()))
             for path in [*paths, ROOT / "CMakeLists.txt"]
             for call in re.findall(r"message\(FATAL_ERROR\s+((?:\"(?:[^\"\\]|\\.)*\"\s*)+)", path.read_text())]
    assert len(found) > 15, found
    expect_none(missing(found))


def test_every_error_of_kconfig_is_there():
    text = source("tools/kconfig")
    found = [("tools/kconfig", message) for _, message in re.findall(r"(?:Problem\(path, \w+, |fail\()f?(['\"])(.*?)\1[\s)]", text)]
    assert len(found) > 8, found
    expect_none(missing(found))


def test_every_error_of_a_tool_in_shell_is_there():
    paths = [path for path in sorted((ROOT / "tools").iterdir()) if path.is_file() and re.match(rb"#!/bin/(ba)?sh\n", path.read_bytes())]
    found = [(path.relative_to(ROOT), message) for path in paths
             for message in re.findall(r'\bdie "((?:[^"\\$]|\\.|\$\{[^}]*\}|\$\([^)]*\)|\$\w+)*)"', path.read_text())]
    assert len(found) > 40, found
    expect_none(missing(found))


def test_the_lines_of_a_board_are_there():
    paths = sorted(path for name in ("fault", "lwip_glue", "arguments", "board_network") for path in (ROOT / "boards/common").rglob(f"{name}.cpp"))
    found = [(path.relative_to(ROOT), each.strip()) for path in paths
             for each in re.findall(r'(?:print|print_error|print_hex|board_lwip_assert)\("((?:[^"\\]|\\.)*)"', path.read_text())]
    assert len(paths) >= 4 and len(found) > 8, found
    expect_none([f"{path}: {each}" for path, each in found if len(each) > 4 and each.strip(" :").replace("\\n", "") not in PLAIN])


def test_what_the_compiler_says_is_there():
    headers = [*sorted((ROOT / "stack/whit").glob("*.h")), *sorted((ROOT / "stack/addons/whit").glob("*.h")),
               *sorted((ROOT / "port/whit").glob("*/*_network.h")), *sorted((ROOT / "port/whit").glob("*/*_stream.h"))]
    found = [(path.relative_to(ROOT), message) for path in headers if "template" not in path.parts and "pipe" not in path.parts
             for message in re.findall(r'(?:static_assert\([^"]*|^ *#error (?:\\\n\s*)?)"([^"]*)"', path.read_text(), re.M)]
    assert len(found) > 12, found
    expect_none([f"{path}: {message}" for path, message in found if message not in PLAIN])
