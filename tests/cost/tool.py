# SPDX-License-Identifier: MIT
"""The tools as modules: their files have no suffix."""
import importlib.machinery
import importlib.util

from support.machine import ROOT


def tool(name):
    """tools/NAME as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "tools" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module
