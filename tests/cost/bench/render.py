# SPDX-License-Identifier: MIT
"""The tables of tools/bench, from results.tsv alone."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools" / "lib"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import KIB, MIB, connections_for, text_of_size  # noqa: E402
from servers import CLIENTS, TITLES, WITH_TLS  # noqa: E402
from tables import markdown  # noqa: E402

KINDS = {"binary": "binary", "ascii": "ASCII text", "utf8": "multibyte text"}
GROUPS = {
    "echo": "Server CPU per message over the floor, binary messages",
    "text": "The same, text",
    "many": "The same, by connections",
    "wss": "`wss`, over the floor with TLS",
    "client": "Client CPU per message over a raw sender that has made its masks beforehand",
}
ONLY = {"client": CLIENTS, "wss": WITH_TLS}
SHORT_ROWS = ((16, 1), (16, 16), (KIB, 1), (KIB, 16), (16 * KIB, 16), (MIB, 1))


def ratio(row, name):
    if name not in row:
        return ""
    value = row[name][0]
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def row_title(scenario):
    text = f"{text_of_size(scenario.size)}, depth {scenario.depth}"
    if scenario.kind != "binary":
        text += f", {KINDS[scenario.kind]}"
    if scenario.group != "client" and scenario.connections != connections_for(scenario.size, scenario.depth):
        text += f", {scenario.connections:,} connection{'s' if scenario.connections > 1 else ''}"
    if scenario.group == "client" and scenario.tls:
        text += ", `wss`"
    return text


def rows_of(results, group):
    return [(scenario, row) for scenario, row in results.ordered() if scenario.group == group]


def ratio_table(results, group):
    names = [name for name in TITLES if name in ONLY.get(group, TITLES)]
    rows = [[row_title(scenario), *(ratio(row, name) for name in names), f"{row['floor']:.2f}"] for scenario, row in rows_of(results, group)]
    last = "raw sender, µs" if group == "client" else "floor, µs"
    return markdown([GROUPS[group], *(TITLES[name] for name in names), last], rows)


def other_table(results):
    rows = []
    for scenario, row in rows_of(results, "handshakes"):
        spent = [row[name][0] * row["floor"] if name in row else None for name in TITLES] + [row["floor"]]
        rows.append([f"CPU per handshake, `{'wss' if scenario.tls else 'ws'}`, µs", *("" if us is None else f"{us:,.0f}" for us in spent)])
        rows.append(["handshakes per second of one processor", *("" if us is None else f"{1e6 / us:,.0f}" for us in spent)])
    for scenario, row in rows_of(results, "idle"):
        rows.append([f"bytes per idle connection, at {scenario.connections:,}" + (", `wss`" if scenario.tls else ""),
                     *(f"{row[name][0]:,}" if name in row else "" for name in TITLES), f"{row['floor']:,.0f}"])
    return markdown(["Handshakes, memory", *TITLES.values(), "floor"], rows)


def conditions(results):
    runs = [row["run"] for _, row in results.ordered()]
    said = "; ".join(f"{runs.count(run)} rows: {run}" for run in sorted(set(runs)))
    return f"{results.machine}. {said}. Versions: {results.versions}."


def tables(results):
    parts = [conditions(results)]
    parts += [ratio_table(results, group) for group in GROUPS if rows_of(results, group)]
    if rows_of(results, "handshakes") or rows_of(results, "idle"):
        parts.append(other_table(results))
    return "\n\n".join(parts)


def short_table(results):
    """The first rows of the tables."""
    found = {(scenario.size, scenario.depth): (scenario, row) for scenario, row in rows_of(results, "echo")}
    rows = [[row_title(found[key][0]), *(ratio(found[key][1], name) for name in TITLES)] for key in SHORT_ROWS if key in found]
    return markdown(["server CPU per message, × a bare epoll echo", *TITLES.values()], rows)
