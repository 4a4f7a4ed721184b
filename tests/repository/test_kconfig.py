# SPDX-License-Identifier: MIT
# about: Kconfig, defconfigs, the generated header, and the errors of tools/kconfig
# needs: base cxx
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from support.machine import ROOT, command

KCONFIG = ROOT / "tools" / "kconfig"


def header(defconfig, root=None):
    """Writes a defconfig, generates the header. Returns (exit code, messages, header or None)."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "defconfig", Path(folder) / "out" / "config.h"
        source.write_text(defconfig)
        arguments = ["--root", root] if root else []
        code, text = command("/usr/bin/python3", KCONFIG, *arguments, "header", "--defconfig", source, "--output", output)
        return code, text, output.read_text() if output.exists() else None


def number(text, name):
    found = re.search(rf"^inline constexpr uint32_t {name} = (\d+);$", text, re.M)
    assert found, f"no {name} in the header"
    return int(found.group(1))


def test_the_tree_is_in_order():
    code, text = command(KCONFIG, "check")
    assert code == 0, text


def test_the_default_header_is_what_kconfig_gives():
    code, text = command(KCONFIG, "header", "--output", "-")
    assert code == 0, text
    assert text == (ROOT / "stack/whit/config.h").read_text(), "stack/whit/config.h is stale: run tools/kconfig header"


def test_a_defconfig_changes_its_numbers_and_no_other():
    code, text, changed = header("# a comment\n\nCONFIG_WHIT_BUFFER_BYTES=256\nCONFIG_WHIT_BUFFERS=2\n")
    assert code == 0, text
    default = (ROOT / "stack/whit/config.h").read_text()
    assert number(changed, "kBufferBytes") == 256 and number(changed, "kBuffers") == 2, changed
    pairs = list(zip(default.split("\n"), changed.split("\n")))
    assert len(default.split("\n")) == len(changed.split("\n")), "another number of lines"
    different = [new for old, new in pairs if old != new]
    assert len(different) == 2, f"changed: {different}"


def test_the_header_is_written_again_with_that_of_macros():
    """Ecosystems with a Kconfig of their own have the same numbers: `tools/kconfig header` writes both, --output one."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied_tree(Path(folder))
        macro_header = root / "port/ecosystems/kconfig/whit/config.h"
        text = macro_header.read_text()
        replace(root / "stack/Kconfig", "config WHIT_BUFFERS\n", "config WHIT_FRAME_BUFFERS\n")
        code, message = command(KCONFIG, "--root", root, "header")
        assert code == 0, message
        assert macro_header.read_text() == text.replace("kBuffers = CONFIG_WHIT_BUFFERS", "kFrameBuffers = CONFIG_WHIT_FRAME_BUFFERS")


def test_a_feature_that_is_off_has_zeros():
    code, text, changed = header("# CONFIG_WHIT_KEEPALIVE is not set\n")
    assert code == 0, text
    assert "inline constexpr bool kKeepalive = false;" in changed, changed
    assert number(changed, "kKeepaliveIntervalMs") == 0, changed


def test_the_ends_of_a_range_are_accepted():
    for value in (256, 16777216):
        code, text, changed = header(f"CONFIG_WHIT_BUFFER_BYTES={value}\n")
        assert code == 0 and number(changed, "kBufferBytes") == value, text


def test_every_board_has_a_header_that_compiles_alone():
    for defconfig in sorted((ROOT / "boards").glob("*/defconfig")):
        code, text, made = header(defconfig.read_text())
        assert code == 0, f"{defconfig}: {text}"
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "config.h").write_text(made)
            (Path(folder) / "a.cpp").write_text('#include "config.h"\nstatic_assert(whit::config::kBuffers >= 2, "");\n')
            code, text = command("g++", "-std=c++17", "-nostdinc++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                                 Path(folder) / "a.cpp")
            assert code == 0, text


def test_an_unchanged_header_is_not_written_again():
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "config.h"
        command(KCONFIG, "header", "--output", output)
        os.utime(output, (1, 1))
        command(KCONFIG, "header", "--output", output)
        assert output.stat().st_mtime == 1, "it was written although nothing changed"


# Mistakes of users: the defconfig, and words of the message.
ERRORS = {
    "misspelt_symbol": ("CONFIG_WHIT_BUFERS=4\n", ":1: error: unknown symbol CONFIG_WHIT_BUFERS; did you mean CONFIG_WHIT_BUFFERS?"),
    "misspelt_symbol_switched_off": ("\n# CONFIG_WHIT_KEPALIVE is not set\n", ":2: error: unknown symbol CONFIG_WHIT_KEPALIVE"),
    "foreign_symbol": ("CONFIG_LWIP_TCP=y\n", ":1: error: unknown symbol CONFIG_LWIP_TCP"),
    "value_too_small": ("# x\nCONFIG_WHIT_BUFFER_BYTES=255\n", ":2: error: CONFIG_WHIT_BUFFER_BYTES=255 is out of range: 256 to 16777216"),
    "value_too_large": ("CONFIG_WHIT_LWIP_RX_PBUFS=65\n", "is out of range: 1 to 64"),
    "negative_value": ("CONFIG_WHIT_BUFFERS=-1\n", "is out of range"),
    "value_beyond_32_bits": ("CONFIG_WHIT_MAX_FRAME_BYTES=4294967296\n", "is out of range"),
    "value_that_is_no_number": ("CONFIG_WHIT_BUFFERS=many\n", "is a whole number, not 'many'"),
    "hexadecimal_value": ("CONFIG_WHIT_BUFFERS=0x10\n", "is a whole number, not '0x10'"),
    "empty_value": ("CONFIG_WHIT_BUFFERS=\n", "is a whole number, not ''"),
    "bool_that_is_a_number": ("CONFIG_WHIT_KEEPALIVE=1\n", "is y or n, not '1'"),
    "text_without_quotes": ("CONFIG_WHIT_ECHO_CLIENT_URL=ws://a/\n", "is a text in double quotes"),
    "unmet_dependency": ("CONFIG_WHIT_KEEPALIVE=n\nCONFIG_WHIT_KEEPALIVE_ANSWER_MS=500\n",
                         ":2: error: CONFIG_WHIT_KEEPALIVE_ANSWER_MS has no effect: it depends on WHIT_KEEPALIVE"),
    "unmet_dependency_in_front": ("CONFIG_WHIT_KEEPALIVE_ANSWER_MS=500\nCONFIG_WHIT_KEEPALIVE=n\n", ":1: error: "),
    "set_twice": ("CONFIG_WHIT_BUFFERS=4\nCONFIG_WHIT_BUFFERS=5\n", ":2: error: CONFIG_WHIT_BUFFERS is set in line 1 already"),
    "missing_prefix": ("WHIT_BUFFERS=4\n", ":1: error: not 'CONFIG_NAME=value' and not a comment"),
    "blanks_around_the_sign": ("CONFIG_WHIT_BUFFERS = 4\n", ":1: error: not 'CONFIG_NAME=value'"),
}


@pytest.mark.parametrize("defconfig, expected", ERRORS.values(), ids=ERRORS)
def test_a_wrong_defconfig_is_named(defconfig, expected):
    code, text, made = header(defconfig)
    assert code == 1, f"exit code {code}: {text}"
    assert expected in text, f"the message is: {text}"
    assert len(text.strip().split("\n")) == 1, f"more than one line: {text}"
    assert made is None, "a header was written"


def test_a_missing_defconfig_is_named():
    code, text = command(KCONFIG, "header", "--defconfig", "/nowhere/defconfig", "--output", "-")
    assert code == 1 and "/nowhere/defconfig" in text and "Traceback" not in text, text


def test_a_python_without_kconfiglib_is_told_which_package():
    code, text = command("/usr/bin/python3", "-I", "-S", KCONFIG, "header", "--output", "-")
    assert code == 1 and "python3-kconfiglib" in text and "Traceback" not in text, text


def copied_tree(root):
    """A copy of the tree's configuration."""
    for path in ["Kconfig", "stack/Kconfig", "port/whit/lwip/Kconfig", "port/whit/mbedtls/Kconfig", "boards/apps/Kconfig",
                 "stack/whit/config.h", "port/ecosystems/kconfig/whit/config.h"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    return root


def broken_tree(change):
    """tools/kconfig check on a copy of the tree's configuration in which `change` broke something."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied_tree(Path(folder))
        change(root)
        code, text = command(KCONFIG, "--root", root, "check")
        assert "Traceback" not in text, text
        return code, text


def replace(path, old, new):
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1))


TREE_ERRORS = {
    "a_stale_header": (lambda r: replace(r / "stack/whit/config.h", "kBuffers = 6", "kBuffers = 7"), "not what Kconfig gives"),
    "a_stale_header_of_macros": (lambda r: replace(r / "port/ecosystems/kconfig/whit/config.h", "kBuffers =", "kBufers ="),
                                 "port/ecosystems/kconfig/whit/config.h:1: error: not what Kconfig gives"),
    "a_number_without_a_range": (lambda r: replace(r / "stack/Kconfig", "\trange 2 60000\n", ""), "WHIT_BUFFERS has no range"),
    "a_number_without_a_price": (lambda r: replace(r / "port/whit/lwip/Kconfig", "Price:", "Cost:"), "does not say its price"),
    "a_number_without_a_default": (lambda r: replace(r / "stack/Kconfig", "\tdefault 6\n", ""), "WHIT_BUFFERS has no default"),
    "a_foreign_prefix": (lambda r: replace(r / "port/whit/lwip/Kconfig", "config WHIT_LWIP", "config LWIP"), "does not begin with WHIT_"),
    "a_duration_without_a_unit": (lambda r: replace(r / "stack/Kconfig", "RESOLVE_TIMEOUT_MS", "RESOLVE_TIMEOUT"), "needs a unit"),
    "a_syntax_error": (lambda r: replace(r / "stack/Kconfig", "endmenu", "endmeun"), "Kconfig"),
    "a_default_out_of_range": (lambda r: replace(r / "stack/Kconfig", "default 6\n", "default 1\n"), "WHIT_BUFFERS"),
}


@pytest.mark.parametrize("change, expected", TREE_ERRORS.values(), ids=TREE_ERRORS)
def test_check_finds(change, expected):
    code, text = broken_tree(change)
    assert code == 1 and expected in text, f"exit code {code}: {text}"


def test_check_accepts_an_unchanged_copy():
    code, text = broken_tree(lambda root: None)
    assert code == 0, text

