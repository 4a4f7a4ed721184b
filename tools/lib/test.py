#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds and runs the parts of the test suite (parts.py), several at a time. Called by tools/test."""
import argparse
import collections
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

from parts import PRESET_PARTS, ROOT, discover, groups_for, preset_names, result_line, select

BUILD = "build"
LOGS = os.path.join(ROOT, BUILD, "logs")
SETUP = os.path.join(ROOT, "tools", "setup")
PROGRESS_SECONDS = 20


def say(text):
    # One write, so that the lines of two parts do not mix.
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def relative(path):
    return os.path.relpath(path, ROOT)


def processors():
    return len(os.sched_getaffinity(0))


def compiler_cache():
    """The environment with which CMake and tools/size compile through ccache, where it is installed: presets that differ in a few
    numbers share most of their objects. A launcher and a cache that the user has named stay."""
    if not shutil.which("ccache"):
        return {}
    return {"CMAKE_C_COMPILER_LAUNCHER": "ccache", "CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_BASEDIR": ROOT, "CCACHE_NOHASHDIR": "1",
            "CCACHE_SLOPPINESS": "pch_defines,time_macros", "CCACHE_DIR": os.path.join(ROOT, BUILD, "ccache"), "CCACHE_MAXSIZE": "2G"}


def missing_groups(groups):
    """Installs what the groups lack. Returns {group: packages still missing}; the other parts run without them."""
    if subprocess.run([SETUP, *sorted(groups)], check=False).returncode == 0:
        return {}
    listed = {group: subprocess.run([SETUP, "--list", group], stdout=subprocess.PIPE, text=True, check=False).stdout.split("\n")
              for group in sorted(groups)}
    return {group: " ".join(names).strip() for group, names in listed.items() if any(names)}


# ---- building ----


class Builder:
    """Builds a preset once, for the first part that needs it; the others wait. Builds run one at a time: each uses all processors."""

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
            if not os.path.exists(os.path.join(folder, "build.ninja")) and run(["cmake", "--preset", preset], log) != 0:
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


# ---- running ----


class Runner:
    def __init__(self, parts, options, missing):
        self.parts, self.options, self.missing = parts, options, missing
        self.presets = preset_names()
        self.compiler_cache = compiler_cache()
        self.builder = Builder()
        self.children = set()
        self.children_lock = threading.Lock()
        self.running = {}
        self.stopping = False

    def run_process(self, command, log, timeout=1800, on_line=None):
        """Runs a command in a process group of its own, its output into `log`. Result: exit code, -1 after a timeout."""
        if self.stopping:
            return -1
        env = {**self.compiler_cache, **os.environ, "WHIT_BUILD": BUILD, "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, env=env)
        with self.children_lock:
            self.children.add(process.pid)
        timer = threading.Timer(timeout, self.end_group, [process.pid])
        timer.start()
        # Processes that the command leaves behind end with it; they would also keep the pipe open.
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

    def lacking(self, needs):
        return sorted(groups_for(needs, self.presets) & set(self.missing))

    def run_part(self, part):
        begin = time.monotonic()
        self.running[part.name] = (part, begin)
        try:
            lacks = self.lacking(part.needs)
            if lacks:
                part.skip(f"needs {self.missing[lacks[0]]} (tools/setup {lacks[0]})")
            for preset in [need for need in [*part.needs, *part.wants] if need in self.presets and not lacks and not self.lacking([need])]:
                if not self.builder.build(preset, self.run_process):
                    part.fail(f"{preset} could not be built: {relative(Builder.log(preset))}")
            if not lacks and part.failed == 0:
                with open(part.log, "w", encoding="utf-8") as log:
                    (self.run_programs if part.name in PRESET_PARTS else self.run_pytest)(part, log)
        except Exception as error:  # pylint: disable=broad-except
            part.fail(f"{type(error).__name__}: {error}")
        del self.running[part.name]
        part.seconds = time.monotonic() - begin
        if part.passed + part.failed + part.skipped == 0:
            part.fail("ran no test")
        if self.options.strict:
            part.skips_are_failures()
        say(f"{part.name}: {part.counts()} ({part.seconds:.0f} s)" + (f"; log: {relative(part.log)}" if part.failed else ""))
        for line in part.failures[:20]:
            say(f"  FAILED {line}")

    def run_pytest(self, part, log):
        def on_line(line):
            part.last_line = re.sub(r"^tests/\S*?::", "", line)

        variant = [f"--part={part.variant}"] if part.variant else []
        self.run_junit(part, "", [sys.executable, "-m", "pytest", "-v", part.path, *variant], "--junitxml=", log, on_line)

    def run_programs(self, part, log):
        listing = subprocess.run(["ctest", "--test-dir", os.path.join(BUILD, part.preset), "--show-only=json-v1"],
                                 cwd=ROOT, capture_output=True, text=True, check=True)
        for group in self.lacking(part.wants):
            part.skip(f"programs that need {self.missing[group]} are left out (tools/setup {group})")
        for test in json.loads(listing.stdout)["tests"]:
            part.last_line = test["name"]
            if "command" not in test:
                part.fail(f"{test['name']}: was not built")
            else:
                self.run_junit(part, test["name"] + ": ", test["command"], "--gtest_output=xml:", log)

    def run_junit(self, part, prefix, command, option, log, on_line=None):
        """Runs pytest or a GoogleTest program and counts the cases of the report that both write."""
        report = os.path.join(LOGS, f"junit-{part.name}-{prefix[:-2]}.xml")
        if os.path.exists(report):
            os.remove(report)
        result = self.run_process([*command, option + report], log, part.minutes * 60, on_line)
        failed_before = part.failed
        try:
            cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
        except (OSError, xml.etree.ElementTree.ParseError):
            part.fail(f"{prefix}ended early (exit code {result}) {part.last_line}")
            return
        for case in cases:
            bad = [each for each in case if each.tag in ("failure", "error")]
            skipped = case.find("skipped")
            if bad:
                part.fail(f"{prefix}{case.get('name')}: {first_line(bad[0].get('message'))}")
            elif skipped is not None:
                part.skip(last_line(skipped.get("message")))
            elif case.get("status") != "notrun":  # DISABLED_ of GoogleTest
                part.passed += 1
        if result != 0 and part.failed == failed_before and cases:
            part.fail(f"{prefix}exit code {result}")

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
        workers = [threading.Thread(target=self.work, args=[together]) for _ in range(max(1, self.options.jobs))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for part in self.parts:
            if part.alone and not self.stopping:
                self.run_part(part)
        done.set()


def first_line(text):
    return re.sub(r"^(AssertionError|Failed): ", "", (text or "").split("\n")[0])[:300]


def last_line(text):
    """The reason of a skip: GoogleTest puts the place in the source before it, pytest its kind."""
    return re.sub(r"^Skipped: ", "", (text or "without a reason").strip().split("\n")[-1])


def summary(parts, seconds):
    width = max(len(part.name) for part in parts)
    say("\n" + "-" * 60)
    for part in parts:
        say(f"{part.name:<{width}}  {part.counts()} ({part.seconds:.0f} s)")
    for reason, count in collections.Counter((part.name, reason) for part in parts for reason in part.skips).items():
        say(f"skipped {count} of {reason[0]}: {reason[1]}")
    failed = [part for part in parts if part.failed]
    for part in failed:
        for line in part.failures[:5]:
            say(f"FAILED {part.name}: {line}")
    say(f"{seconds:.0f} s")
    say(result_line(*(sum(getattr(part, name) for part in parts) for name in ("passed", "failed", "skipped"))))
    return 1 if failed else 0


def arguments():
    parser = argparse.ArgumentParser(prog="tools/test")
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--jobs", type=int, default=min(3, processors() + 1))
    return parser.parse_args()


def main():
    options = arguments()
    parts = discover()
    if options.list:
        for part in parts:
            print(f"{part.name:<24} {part.about}" + (" [--long]" if part.long else ""))
        return 0
    try:
        parts = select(parts, options.parts, options.long)
    except KeyError as name:
        print(f"tools/test: there is no part {name.args[0]}; there are: {' '.join(p.name for p in parts)}", file=sys.stderr)
        return 2
    os.makedirs(LOGS, exist_ok=True)
    presets = preset_names()
    groups = groups_for([need for part in parts for need in [*part.needs, *part.wants]], presets)
    runner = Runner(parts, options, missing_groups(groups))
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
