# SPDX-License-Identifier: MIT
"""Tables and plot of tools/bench, from results.json alone."""
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
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
TOP_ROWS = ((16, 1), (16, 16), (KIB, 1), (KIB, 16), (16 * KIB, 16), (MIB, 1))
# Okabe and Ito's colours: told apart by all eyes, on white and on black.
COLOURS = {"whit": "#d55e00", "beast": "#0072b2", "lws": "#009e73", "websocketpp": "#cc79a7", "wslay": "#e69f00", "ws": "#56b4e9",
           "websockets": "#999999"}


def columns(results):
    return [name for name in TITLES if name in results["servers"]]


def ratio(row, name):
    value = row["figures"].get(name, {}).get("ratio")
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def row_title(row):
    text = f"{text_of_size(row['size'])}, depth {row['depth']}"
    if row["kind"] != "binary":
        text += f", {KINDS[row['kind']]}"
    if row["group"] != "client" and row["connections"] != connections_for(row["size"], row["depth"]):
        text += f", {row['connections']:,} connection{'s' if row['connections'] > 1 else ''}"
    if row["group"] == "client" and row["tls"]:
        text += ", `wss`"
    return text


def rows_of(results, group):
    return [row for row in results["scenarios"] if row["group"] == group]


def ratio_table(results, group):
    names = columns(results)
    only = {"client": CLIENTS, "wss": WITH_TLS}.get(group, names)
    names = [name for name in names if name in only]
    rows = [[row_title(row), *(ratio(row, name) for name in names), f"{row['figures']['floor']['us']:.2f}"]
            for row in rows_of(results, group)]
    last = "raw sender, µs" if group == "client" else "floor, µs"
    return markdown([GROUPS[group], *(TITLES[name] for name in names), last], rows)


def other_table(results):
    names = columns(results)
    rows = []
    for row in rows_of(results, "handshakes"):
        title = "CPU per handshake, " + ("`wss`" if row["tls"] else "`ws`") + ", µs"
        rows.append([title, *(f"{row['figures'][name]['us']:,.0f}" if name in row["figures"] else "" for name in names),
                     f"{row['figures']['floor']['us']:,.0f}"])
        rows.append(["handshakes per second of one processor", *(f"{1e6 / row['figures'][name]['us']:,.0f}" if name in row["figures"] else ""
                                                                 for name in names), f"{1e6 / row['figures']['floor']['us']:,.0f}"])
    for row in rows_of(results, "idle"):
        rows.append([f"bytes per idle connection, at {row['connections']:,}" + (", `wss`" if row["tls"] else ""),
                     *(f"{row['figures'][name]['bytes']:,}" if name in row["figures"] else "" for name in names),
                     f"{row['figures']['floor']['bytes']:,}"])
    return markdown(["Handshakes, memory", *(TITLES[name] for name in names), "floor"], rows)


def conditions(results):
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(results["versions"].items()))
    text = (f"{machine['cpu']}, {machine['processors']} processors, Linux {machine['kernel']}, {results['date']}; "
            f"{results['rounds']} rounds of {results['milliseconds']} ms. Versions: {versions}.")
    renewed = [row["renewed"] for row in results["scenarios"] if "renewed" in row]
    for run in sorted(set(renewed)):
        text += f" {renewed.count(run)} rows were measured by themselves: {run}."
    return text


def tables(results):
    parts = [conditions(results)]
    parts += [ratio_table(results, group) for group in GROUPS if rows_of(results, group)]
    if rows_of(results, "handshakes") or rows_of(results, "idle"):
        parts.append(other_table(results))
    return "\n\n".join(parts)


def short_table(results):
    """For the top README."""
    names = columns(results)
    found = {(row["size"], row["depth"]): row for row in rows_of(results, "echo")}
    rows = [[row_title(found[key]), *(ratio(found[key], name) for name in names)] for key in TOP_ROWS if key in found]
    return markdown(["server CPU per message, × a bare epoll echo", *(TITLES[name] for name in names)], rows)


# ---- the plot ----

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 860, 130, 20, 74, 30, 50
STYLE = """<style>
text { font: 13px sans-serif; fill: #24292f }
.axis { stroke: #d0d7de } .one { stroke: #57606a; stroke-width: 1.5 }
.back { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .axis { stroke: #30363d } .one { stroke: #8b949e } .back { fill: #0d1117 }
}
</style>"""


def plot(results):
    rows = rows_of(results, "echo")
    names = columns(results)
    most = max(row["figures"][name]["ratio"] for row in rows for name in names if name in row["figures"])
    low, high = math.log10(0.7), math.log10(max(most * 1.2, 10))
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value):
        return round(LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
             "<title>Server CPU per message, as a multiple of a bare epoll echo loop</title>", STYLE,
             f'<rect class="back" width="{WIDTH}" height="{height}"/>',
             f'<text x="{LEFT}" y="20">Server CPU per message, × a bare epoll echo loop (log scale; less is better)</text>']
    at = 30
    for name in names:
        lines.append(mark(name, at, 42) + f'<text x="{at + 12}" y="46">{TITLES[name]}</text>')
        at += 8 * len(TITLES[name]) + 34
    bottom = TOP + ROW * len(rows)
    for value in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if math.log10(value) > high:
            break
        kind = "one" if value == 1 else "axis"
        lines.append(f'<line class="{kind}" x1="{x(value)}" x2="{x(value)}" y1="{TOP - 10}" y2="{bottom}"/>'
                     f'<text x="{x(value)}" y="{bottom + 20}" text-anchor="middle">{value}</text>')
    for index, row in enumerate(rows):
        y = TOP + ROW * index + ROW // 2 - 5
        lines.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
                     f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{row_title(row)}</text>')
        lines += [mark(name, x(row["figures"][name]["ratio"]), y) for name in reversed(names) if name in row["figures"]]
    return "\n".join([*lines, "</svg>", ""])


def mark(name, x, y):
    if name == "whit":
        return f'<path d="M{x} {y - 8}l8 8l-8 8l-8 -8z" fill="{COLOURS[name]}"/>'
    return f'<circle cx="{x}" cy="{y}" r="5" fill="{COLOURS[name]}"/>'


