#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Commands that a tool runs: their output is shown only when they fail."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tables import Problem  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(command, what, *, seconds=900, **more):
    """The output of a command, stdout and stderr in one text. A failure is reported with `what`, its purpose."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds, check=False, **more)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise Problem(f"{what} failed: {text.strip()[-1500:]}")
    return text
