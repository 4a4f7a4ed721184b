# SPDX-License-Identifier: MIT
"""results.tsv: one line per scenario. A cell is `ratio ±spread`, half of what lies between the rounds; idle rows have bytes."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import measure  # noqa: E402
from servers import TITLES, Problem  # noqa: E402

PATH = Path(__file__).resolve().parent / "results.tsv"
HEAD = ["scenario", "run", "floor", *TITLES]
CONDITIONS = ("machine", "versions")  # figures of different ones do not belong into one table


class Results:
    """`rows`: {scenario's name: {"run": when and how, "floor": µs or bytes, server: (ratio or bytes, spread)}}"""

    def __init__(self, machine, versions, rows):
        self.machine, self.versions, self.rows = machine, versions, rows

    def ordered(self):
        """(scenario, its row). Rows that are no scenario any more are left out."""
        return [(scenario, self.rows[scenario.name]) for scenario in measure.scenarios() if scenario.name in self.rows]

    def save(self, path):
        lines = [f"# {key}: {getattr(self, key)}" for key in CONDITIONS] + ["\t".join(HEAD)]
        lines += ["\t".join([scenario.name, row["run"], f"{row['floor']:g}", *(written(row.get(name)) for name in TITLES)])
                  for scenario, row in self.ordered()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def merged(self, new):
        """These with the figures of `new`."""
        for key in CONDITIONS:
            if getattr(self, key) != getattr(new, key):
                raise Problem(f"the results are of other {key} ({getattr(self, key)}): leave out --only and --servers")
        rows = {name: {**self.rows.get(name, {}), **row} for name, row in new.rows.items()}
        return Results(self.machine, self.versions, {**self.rows, **rows})


def written(figure):
    if figure is None:
        return ""
    value, spread = figure
    return f"{value:.2f} ±{spread:.2f}" if spread is not None else f"{value}"


def figure_of(cell):
    value, _, spread = cell.partition(" ±")
    return (float(value), float(spread)) if spread else (int(value), None)


def load(path):
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    conditions = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    head, *rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    found = {}
    for line in rows:
        cells = dict(zip(head, line))
        row = {"run": cells["run"], "floor": float(cells["floor"])}
        found[cells["scenario"]] = dict(row, **{name: figure_of(cells[name]) for name in TITLES if cells.get(name)})
    return Results(*(conditions[key] for key in CONDITIONS), found)
