#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the parts of the test suite. Called by tools/test.

A part is an executable file tests/<name>/run, or the GoogleTest programs of a preset (PRESET_PARTS). A run file is called
in the root of the tree with WHIT_BUILD=build and ends with the line `N passed, N failed` (and `, N skipped`).
Its first comment lines may say:
  # about: one line for --list
  # needs: presets of CMakePresets.json and groups of tools/packages that must be there (default: DEFAULT_NEEDS)
  # parts: variants; each becomes the part <name>-<variant> and is called with it; {} in needs stands for it
  # alone: it measures time, so nothing else runs meanwhile
  # minutes: after how many it is ended (default: 15)
"""
import argparse
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = "build"
LOGS = os.path.join(ROOT, BUILD, "logs")
PRESET_PARTS = {
    "unit": ("host", "the GoogleTest programs"),
    "m32": ("host-m32", "the same on a 32-bit machine"),
    "asan": ("host-asan", "the same with the address and undefined-behaviour sanitizers"),
}
FIRST = ["tree", "kconfig", "unit", "link", "size", "m32", "asan"]
DEFAULT_NEEDS = ["host", "lm3s6965evb", "mps2_an385", "lm3s6965evb-test", "mps2_an385-test"]
RESULT = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")
PROGRESS_SECONDS = 20


class Part:
    def __init__(self, name, about, needs, command=None, preset=None, alone=False, minutes=15):
        self.name, self.about, self.needs = name, about, needs
        self.command, self.preset, self.alone, self.minutes = command, preset, alone, minutes
        self.passed = self.failed = self.skipped = 0
        self.notes = []
        self.seconds = 0
        self.last_line = ""

    @property
    def log(self):
        return os.path.join(LOGS, f"test-{self.name}.log")

    def fail(self, note):
        self.failed += 1
        self.notes.append(note)

    def counts(self):
        return result_line(self.passed, self.failed, self.skipped)


def result_line(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def say(text):
    # One write, so that the lines of two parts do not mix.
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def relative(path):
    return os.path.relpath(path, ROOT)


# ---- what there is ----


def directives(path):
    found = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file.read().split("\n")[:40]:
            match = re.match(r"# (about|needs|parts|alone|minutes):(.*)", line)
            if match:
                found[match.group(1)] = match.group(2).strip()
    return found


def parts_of_file(folder, path):
    said = directives(path)
    needs = said["needs"].split() if "needs" in said else DEFAULT_NEEDS
    options = {"alone": "alone" in said, "minutes": float(said.get("minutes", 15))}
    about = said.get("about", "")
    if "parts" not in said:
        yield Part(folder, about, needs, [path], **options)
        return
    for variant in said["parts"].split():
        variant_needs = [need.replace("{}", variant) for need in needs]
        yield Part(f"{folder}-{variant}", f"{about} ({variant})", variant_needs, [path, variant], **options)


def discover():
    parts = [Part(name, about, [preset, "test"], preset=preset) for name, (preset, about) in PRESET_PARTS.items()]
    tests = os.path.join(ROOT, "tests")
    for folder in sorted(os.listdir(tests)):
        path = os.path.join(tests, folder, "run")
        if os.path.isfile(path) and os.access(path, os.X_OK):
            parts += parts_of_file(folder, path)
    order = {name: index for index, name in enumerate(FIRST)}
    return sorted(parts, key=lambda part: (order.get(part.name, len(FIRST)), part.name))


def select(parts, names):
    chosen = []
    for name in names:
        found = [part for part in parts if part.name == name or part.name.startswith(name + "-")]
        if not found:
            print(f"tools/test: there is no part {name}; there are: {' '.join(p.name for p in parts)}", file=sys.stderr)
            sys.exit(2)
        chosen += [part for part in found if part not in chosen]
    return [part for part in parts if part in chosen] if names else parts


def preset_names():
    with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
        return [preset["name"] for preset in json.load(file)["configurePresets"] if not preset.get("hidden")]


def groups_for(needs, presets):
    groups = {"base"}
    for need in needs:
        if need not in presets:
            groups.add(need)
        elif need.startswith("host"):
            groups |= {"cxx", "lwip", "mbedtls", "tls", "test"} | ({"m32"} if need == "host-m32" else set())
        else:
            groups |= {"arm", "lwip", "qemu"} | ({"newlib"} if need.endswith("-newlib") else set())
            groups |= {"mbedtls", "tls"} if "-wss" in need else set()
    return groups


# ---- building ----


class Builder:
    """Builds a preset once, whoever asks first; the others wait for it. One build at a time: it uses all processors."""

    def __init__(self):
        self.lock = threading.Lock()
        self.results = {}

    def build(self, preset, run):
        with self.lock:
            if preset not in self.results:
                begin = time.monotonic()
                say(f"building {preset} ...")
                self.results[preset] = self.configure_and_build(preset, run)
                outcome = "done" if self.results[preset] else f"FAILED, see {relative(self.log(preset))}"
                say(f"building {preset}: {outcome} ({time.monotonic() - begin:.0f} s)")
            return self.results[preset]

    @staticmethod
    def log(preset):
        return os.path.join(LOGS, f"build-{preset}.log")

    def configure_and_build(self, preset, run):
        folder = os.path.join(ROOT, BUILD, preset)
        self.discard_foreign_cache(folder)
        with open(self.log(preset), "w", encoding="utf-8") as log:
            if not os.path.exists(os.path.join(folder, "build.ninja")):
                if run(["cmake", "--preset", preset], log) != 0:
                    return False
            return run(["cmake", "--build", "--preset", preset, "--", "-k", "0", "-j", str(processors())], log) == 0

    @staticmethod
    def discard_foreign_cache(folder):
        """CMake refuses a cache that was made for another place (a copied tree)."""
        cache = os.path.join(folder, "CMakeCache.txt")
        try:
            with open(cache, encoding="utf-8") as file:
                if f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" in file.read():
                    return
        except OSError:
            return
        os.remove(cache)
        ninja = os.path.join(folder, "build.ninja")
        if os.path.exists(ninja):
            os.remove(ninja)


def processors():
    return len(os.sched_getaffinity(0))


# ---- running ----


class Runner:
    def __init__(self, parts, jobs):
        self.parts, self.jobs = parts, jobs
        self.presets = preset_names()
        self.builder = Builder()
        self.children = set()
        self.children_lock = threading.Lock()
        self.running = {}
        self.stopping = False

    def run_process(self, command, log, timeout=1800, on_line=None, env=None):
        """Runs a command in a process group of its own, its output into `log`. Result: exit code, -1 after a timeout."""
        if self.stopping:
            return -1
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, env=env)
        with self.children_lock:
            self.children.add(process.pid)
        timer = threading.Timer(timeout, self.end_group, [process.pid])
        timer.start()
        # What the command has started and leaves behind ends with it; it would also keep the pipe open.
        threading.Thread(target=lambda: (process.wait(), self.end_group(process.pid)), daemon=True).start()
        begin = time.monotonic()
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace")
            log.write(line)
            log.flush()
            if on_line and line.strip():
                on_line(line.strip())
        result = process.wait()
        timer.cancel()
        with self.children_lock:
            self.children.discard(process.pid)
        if time.monotonic() - begin >= timeout:
            log.write(f"\nended after {timeout:.0f} s\n")
            return -1
        return result

    @staticmethod
    def end_group(pid):
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def stop(self):
        self.stopping = True
        with self.children_lock:
            for pid in self.children:
                self.end_group(pid)

    def run_part(self, part):
        begin = time.monotonic()
        self.running[part.name] = (part, begin)
        try:
            for preset in [need for need in part.needs if need in self.presets]:
                if not self.builder.build(preset, self.run_process):
                    part.fail(f"{preset} could not be built: {relative(Builder.log(preset))}")
            if part.failed == 0:
                (self.run_programs if part.preset else self.run_file)(part)
        except Exception as error:  # pylint: disable=broad-except
            part.fail(f"{type(error).__name__}: {error}")
        del self.running[part.name]
        part.seconds = time.monotonic() - begin
        if part.passed + part.failed + part.skipped == 0:
            part.fail("ran no test")
        self.report(part)

    def report(self, part):
        say(f"{part.name}: {part.counts()} ({part.seconds:.0f} s)" + (f"; log: {relative(part.log)}" if part.failed else ""))
        for note in part.notes[:20]:
            say(f"  FAILED {note}")

    def run_file(self, part):
        lines = []

        def on_line(line):
            part.last_line = line
            lines.append(line)
            if re.search(r"\bFAIL(ED)?\b", line) and len(part.notes) < 20:
                part.notes.append(re.sub(r"^\W*FAIL(ED)?\W*", "", line))

        env = dict(os.environ, WHIT_BUILD=BUILD)
        with open(part.log, "w", encoding="utf-8") as log:
            result = self.run_process(part.command, log, part.minutes * 60, on_line, env)
        match = RESULT.fullmatch(lines[-1]) if lines else None
        if match is None:
            part.fail(f"no line 'N passed, N failed' at the end (exit code {result})"
                      + (f": {lines[-1][:200]}" if lines else ""))
            return
        part.passed, part.failed, part.skipped = (int(number or 0) for number in match.groups())
        if result != 0 and part.failed == 0:
            part.fail(f"exit code {result}")

    def run_programs(self, part):
        listing = subprocess.run(["ctest", "--test-dir", os.path.join(BUILD, part.preset), "--show-only=json-v1"],
                                 cwd=ROOT, capture_output=True, text=True, check=True)
        with open(part.log, "w", encoding="utf-8") as log:
            for test in json.loads(listing.stdout)["tests"]:
                part.last_line = test["name"]
                if "command" not in test:
                    part.fail(f"{test['name']}: was not built")
                    continue
                labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
                run = self.run_googletest if labels and "gtest" in labels[0] else self.run_plain
                run(part, test["name"], test["command"], log)

    def run_plain(self, part, name, command, log):
        if self.run_process(command, log, part.minutes * 60) == 0:
            part.passed += 1
        else:
            part.fail(name)

    def run_googletest(self, part, name, command, log):
        report = os.path.join(LOGS, f"gtest-{part.name}-{name}.json")
        if os.path.exists(report):
            os.remove(report)
        result = self.run_process(command + [f"--gtest_output=json:{report}"], log, part.minutes * 60)
        failed_before = part.failed
        try:
            with open(report, encoding="utf-8") as file:
                suites = json.load(file)["testsuites"]
        except (OSError, ValueError, KeyError):
            part.fail(f"{name}: ended early (exit code {result})")
            return
        for suite in suites:
            for case in suite["testsuite"]:
                if case["status"] != "RUN" or case.get("result") == "SKIPPED":
                    part.skipped += 1
                elif case.get("failures"):
                    part.fail(f"{name}: {suite['name']}.{case['name']}")
                else:
                    part.passed += 1
        if result != 0 and part.failed == failed_before:
            part.fail(f"{name}: exit code {result}")

    def show_progress(self, done):
        while not done.wait(PROGRESS_SECONDS):
            for part, begin in list(self.running.values()):
                say(f"  {part.name}: {time.monotonic() - begin:.0f} s {part.last_line[:90]}")

    def work(self, waiting):
        while not self.stopping:
            try:
                part = waiting.get_nowait()
            except queue.Empty:
                return
            self.run_part(part)

    def run_all(self):
        done = threading.Event()
        threading.Thread(target=self.show_progress, args=[done], daemon=True).start()
        together = queue.Queue()
        for part in self.parts:
            if not part.alone:
                together.put(part)
        workers = [threading.Thread(target=self.work, args=[together]) for _ in range(self.jobs)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for part in self.parts:
            if part.alone and not self.stopping:
                self.run_part(part)
        done.set()


def summary(parts, seconds):
    width = max(len(part.name) for part in parts)
    say("\n" + "-" * 60)
    for part in parts:
        say(f"{part.name:<{width}}  {part.counts()} ({part.seconds:.0f} s)")
    failed = [part for part in parts if part.failed]
    for part in failed:
        for note in part.notes[:5]:
            say(f"FAILED {part.name}: {note}")
    say(f"{seconds:.0f} s")
    say(result_line(*(sum(getattr(part, name) for part in parts) for name in ("passed", "failed", "skipped"))))
    return 1 if failed else 0


def arguments():
    parser = argparse.ArgumentParser(prog="tools/test")
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=min(2, processors()))
    return parser.parse_args()


def main():
    options = arguments()
    parts = discover()
    if options.list:
        for part in parts:
            print(f"{part.name:<24} {part.about}")
        return 0
    parts = select(parts, options.parts)
    os.makedirs(LOGS, exist_ok=True)
    runner = Runner(parts, max(1, options.jobs))
    groups = groups_for([need for part in parts for need in part.needs], runner.presets)
    if subprocess.run([os.path.join(ROOT, "tools", "setup"), *sorted(groups)], check=False).returncode != 0:
        return 1
    begin = time.monotonic()

    def on_signal(_number, _frame):
        runner.stop()
        say("\nstopped")
        os._exit(130)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    runner.run_all()
    return summary(parts, time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main())
