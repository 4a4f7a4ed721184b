# SPDX-License-Identifier: MIT
# about: no result of a call of Mbed TLS is thrown away in port/whit/mbedtls
# needs: host
"""No result of a call of Mbed TLS is thrown away in port/whit/mbedtls, unless a comment right above says why it does not count."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = ROOT / "port" / "whit" / "mbedtls"
MBEDTLS = ROOT / "build" / "mbedtls" / "include"
# A statement that is a call and no more, or that call cast to void.
CALL = re.compile(r"^\s*(?:if \(.*\) |else )?(?:\(void\)|static_cast<void>\()?\s*((?:mbedtls|psa)_\w+)\(")
BEGINS = re.compile(r"[;{}]\s*$|^\s*(#.*|//.*|\w+:)?$|\)\s*$")


def without_result(headers):
    """Functions that return nothing."""
    return set(re.findall(r"\bvoid\s+((?:mbedtls|psa)_\w+)\s*\(", headers))


def thrown_away(text, void):
    """(line, function) of each call whose result is dropped."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = CALL.match(line)
        if not match or match.group(1) in void:
            continue
        before = lines[number - 1] if number else ""
        statement = BEGINS.search(before)
        if statement and not before.strip().startswith("//"):
            yield number + 1, match.group(1)


def headers():
    return "\n".join(path.read_text(errors="replace") for folder in ("mbedtls", "psa") for path in sorted((MBEDTLS / folder).glob("*.h")))


def test_no_result_of_mbedtls_is_thrown_away():
    void = without_result(headers())
    assert {"mbedtls_ssl_init", "mbedtls_ssl_free", "mbedtls_ssl_conf_rng"} <= void
    assert not {"mbedtls_ssl_setup", "mbedtls_ssl_conf_alpn_protocols", "mbedtls_pk_verify"} & void
    found = [f"{path.relative_to(ROOT)}:{line}: the result of {name}() is thrown away; say why in a comment above, or look at it"
             for path in sorted(PORT.glob("*.cpp")) for line, name in thrown_away(path.read_text(), void)]
    assert not found, "\n".join(found)


def test_a_result_that_is_thrown_away_is_found():
    void = {"mbedtls_x_free"}
    for text in ("{\n  mbedtls_x_write(a);", "{\n  (void)mbedtls_x_write(a);", "{\n  if (a) (void)mbedtls_x_write(a);",
                 "  f(a);\n  static_cast<void>(mbedtls_x_write(\n      a));", "  if (a)\n    mbedtls_x_write(a);"):
        assert [name for _, name in thrown_away(text, void)] == ["mbedtls_x_write"], text
    for text in ("{\n  mbedtls_x_free(a);", "{\n  // Nobody is left to tell.\n  (void)mbedtls_x_write(a);", "{\n  if (mbedtls_x_write(a) != 0) {",
                 "  const int result =\n      mbedtls_x_write(a);", "  return mbedtls_x_write(a);"):
        assert not list(thrown_away(text, void)), text
