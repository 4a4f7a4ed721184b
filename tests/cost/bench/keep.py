# SPDX-License-Identifier: MIT
"""Rows of results.json that are measured anew, without the others."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import measure  # noqa: E402
from servers import Problem  # noqa: E402

KEYS = ("group", "size", "depth", "connections", "kind", "tls")


def name_of(row):
    return measure.Scenario(**{key: row[key] for key in KEYS}).name


def check_same(old, new):
    """Figures of different machines or packages do not belong into one table."""
    if old["machine"] != new["machine"]:
        raise Problem(f"results.json is of another machine ({old['machine']}): leave out --only and --servers")
    for package, version in old["versions"].items():
        if package != "whit" and new["versions"].get(package, version) != version:
            raise Problem(f"results.json is of {package} {version}: leave out --only and --servers")


def merged(old, new):
    """`old` with the figures of `new`; rows in the order of the scenarios, those that are no scenario any more left out."""
    check_same(old, new)
    rows = {name_of(row): row for row in old["scenarios"]}
    run = f"{new['date']}, {new['rounds']} rounds of {new['milliseconds']} ms, Whit {new['versions']['whit']}"
    for row in new["scenarios"]:
        before = rows.get(name_of(row), {"figures": {}})
        rows[name_of(row)] = dict(row, figures={**before["figures"], **row["figures"]}, renewed=run)
    names = [scenario.name for scenario in measure.scenarios()]
    return dict(old, scenarios=[rows[name] for name in names if name in rows])
