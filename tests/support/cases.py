# SPDX-License-Identifier: MIT
"""Test cases of a part that is written in Python: functions with @case, run by main(), counted in the last line."""
import subprocess
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_cases = []


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def case(function):
    """Marks a function as a test case. It fails by raising; a list that it returns is a list of problems."""
    _cases.append(function)
    return function


def add_case(name, function):
    """For cases that are made in a loop."""
    function.__name__ = name
    _cases.append(function)


def check(condition, text):
    if not condition:
        raise Failure(str(text)[-3000:])


def command(*arguments, cwd=ROOT, timeout=600, env=None):
    """Runs a command. Returns (exit code, its output, stdout and stderr in one text)."""
    result = subprocess.run([str(a) for a in arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=timeout, env=env, check=False)
    return result.returncode, result.stdout.decode("utf-8", "replace")


def run_case(function):
    try:
        problems = function() or []
    except Skip as reason:
        print(f"skipped {function.__name__}: {reason}", flush=True)
        return "skipped"
    except Failure as failure:
        problems = [str(failure)]
    except Exception as error:  # pylint: disable=broad-except
        # What went wrong comes first: only the first line gets into the summary.
        problems = [f"{type(error).__name__}: {error}", traceback.format_exc()]
    if not problems:
        print(f"ok {function.__name__}", flush=True)
        return "passed"
    print(f"FAILED {function.__name__}: {problems[0]}")
    for problem in problems[1:]:
        print(f"  {problem}")
    sys.stdout.flush()
    return "failed"


def main():
    wanted = sys.argv[1:]
    results = [run_case(function) for function in _cases if not wanted or function.__name__ in wanted]
    line = f"{results.count('passed')} passed, {results.count('failed')} failed"
    if "skipped" in results:
        line += f", {results.count('skipped')} skipped"
    print(line)
    sys.exit(1 if "failed" in results or not results else 0)
