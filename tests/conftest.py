# SPDX-License-Identifier: MIT
"""For all test_*.py: the fixture `part`, and other fixtures of several parts. tests/README.md says how to write a test."""
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "tools" / "lib"))
from parts import directives  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--part", action="append", help="only this variant of the file's `# parts:` line")


def pytest_configure(config):
    config.addinivalue_line("markers", "parts(name, ...): the test is made for these variants only")


def pytest_collection_modifyitems(config, items):
    def applies(item):
        only = item.get_closest_marker("parts")
        return not only or item.callspec.params["part"] in only.args

    config.hook.pytest_deselected(items=[item for item in items if not applies(item)])
    items[:] = [item for item in items if applies(item)]


def pytest_generate_tests(metafunc):
    """Tests with the fixture `part` run once for each variant that the file's header names."""
    if "part" in metafunc.fixturenames:
        variants = metafunc.config.getoption("part") or directives(metafunc.module.__file__)["parts"].split()
        metafunc.parametrize("part", variants, scope="session")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """A folder for the whole run; `tmp_path` of pytest is one for a single test."""
    return tmp_path_factory.mktemp("whit")
