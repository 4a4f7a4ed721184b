# SPDX-License-Identifier: MIT
# about: the table of what TLS costs (tests/cost/tls/README.md) is the present one
# needs: arm qemu lwip mbedtls tls
# minutes: 12
import re

import pytest

from support.machine import ROOT, command

README = ROOT / "tests" / "cost" / "tls" / "README.md"


def test_the_table_is_the_present_one():
    code, text = command("tools/tls_cost", "--check")
    assert code == 0, text


@pytest.mark.parametrize("number, change", [
    pytest.param(r"(ECDSA, server, full \| )([\d.]+)", lambda m: f"{m.group(1)}{float(m.group(2)) * 1.2:.2f}", id="instructions"),
    pytest.param(r"(ECDSA, server, full \|[^|]*\|[^|]*\| )(\d)", r"\g<1>9\2", id="bytes"),
])
def test_a_stale_number_is_found(tmp_path, number, change):
    path = tmp_path / "README.md"
    path.write_text(re.sub(number, change, README.read_text(), count=1))
    code, text = command("tools/tls_cost", "--check", "--file", path)
    assert code == 1 and "is stale; run: tools/tls_cost --write" in text, text
