# SPDX-License-Identifier: MIT
# about: the commands tools/run, tools/test, tools/setup, tools/qemu: their work, and their messages when they fail
# needs: check host
# wants: lm3s6965evb mps2_an385
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import parts as test_parts
from support.machine import BUILD, ROOT, command, free_port, need_command

BOARDS = ("host", "lm3s6965evb", "mps2_an385")


def need_board(board):
    if board != "host":
        need_command("arm-none-eabi-g++", "gcc-arm-none-eabi")
        need_command("qemu-system-arm", "qemu-system-arm")


def one_line(text):
    return len(text.strip().split("\n")) == 1


# ---- wrong arguments: command line, and words of the one line ----

WRONG = {
    "run_unknown_option": (["tools/run", "--frobnicate"], "unknown option --frobnicate"),
    "run_unknown_board": (["tools/run", "--board", "arduino"], "unknown board arduino; there are: host"),
    "run_unknown_application": (["tools/run", "--app", "echo"], "unknown application echo; there are:"),
    "run_option_without_value": (["tools/run", "--port"], "--port needs a value"),
    "run_port_zero": (["tools/run", "--port", "0"], "a port is a number from 1 to 65535"),
    "run_port_too_large": (["tools/run", "--port=65536"], "a port is a number from 1 to 65535"),
    "run_port_no_number": (["tools/run", "--port", "http"], "a port is a number from 1 to 65535"),
    "run_check_of_a_client": (["tools/run", "--app", "echo_client", "--check"], "--check needs a server"),
    "run_tls_of_a_client": (["tools/run", "--tls", "--app", "echo_client"], "--tls needs a server"),
    "test_unknown_part": (["tools/test", "unti"], "there is no part unti; there are:"),
    "setup_unknown_option": (["tools/setup", "--all"], "unknown option --all"),
    "setup_unknown_group": (["tools/setup", "arduino"], "unknown group arduino"),
    "qemu_no_image": (["tools/qemu", "lm3s6965evb", "nothing.elf"], "no such image: nothing.elf"),
    "qemu_unknown_option": (["tools/qemu", "--frobnicate"], "unknown option --frobnicate"),
    "get_source_without_folder": (["tools/get_source", "lwip"], "usage:"),
    "get_source_of_something_else": (["tools/get_source", "zlib", "folder"], "usage:"),
}


@pytest.mark.parametrize("arguments, expected", WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_named(arguments, expected):
    code, text = command(*arguments, timeout=60)
    assert code not in (0, -1), f"exit code {code}"
    assert expected in text and one_line(text), f"it says: {text}"


@pytest.mark.parametrize("tool", ("run", "test", "setup", "qemu", "get_source", "kconfig", "certificates"))
def test_there_is_help(tool):
    code, text = command(f"tools/{tool}", "--help", timeout=60)
    assert code == 0 and text.startswith("usage:"), text


# ---- tools/run ----


def test_run_offers_the_programs_in_c_and_no_board_that_qemu_has_not():
    code, text = command("tools/run", "--help")
    assert code == 0 and " c_echo_server " in text and " c_echo " not in text and "nucleo" not in text, text


def test_run_says_that_a_port_is_in_use():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, text = command("tools/run", "--port", port, timeout=60)
    assert code == 1 and one_line(text) and f"port {port} of 127.0.0.1 is in use" in text, text


@pytest.mark.parametrize("board", BOARDS)
def test_run_check(board):
    need_board(board)
    code, text = command("tools/run", "--app", "echo_server", "--board", board, "--check", "--port", free_port(), timeout=400)
    assert code == 0 and "ready: ws://127.0.0.1:" in text and "came back as they should" in text, text


@pytest.mark.parametrize("board", BOARDS)
def test_run_tls_check(board):
    need_board(board)
    port = free_port()
    code, text = command("tools/run", "--tls", "--app", "echo_server", "--board", board, "--check", "--port", port, timeout=500)
    assert code == 0 and f"ready: wss://127.0.0.1:{port}/" in text and "came back as they should" in text, text
    assert " (wss)" in text and "build/tls/ca.pem" in text, text


@pytest.mark.parametrize("tls", (False, True), ids=("http", "https"))
@pytest.mark.parametrize("board", BOARDS)
def test_run_shows_the_dashboard_when_nothing_else_is_asked_for(board, tls):
    need_board(board)
    port = free_port()
    code, text = command("tools/run", *(["--tls"] if tls else []), "--board", board, "--check", "--port", port, timeout=500)
    scheme = "s" if tls else ""
    assert code == 0 and f"open http{scheme}://127.0.0.1:{port}/\nready: ws{scheme}://127.0.0.1:{port}/\n" in text, text
    assert f"the page, the telemetry and the switch of {board} are as they should be" in text, text


def test_the_check_of_the_dashboard_wants_a_dashboard():
    with Started("--app", "echo_server", "--board", "host") as run_command:
        code, text = command("/usr/bin/python3", "tools/lib/check_dashboard.py", f"http://127.0.0.1:{run_command.port}/", timeout=100)
        assert code == 1 and "check: FAILED: HTTPError: HTTP Error 426" in text, text


def test_check_believes_no_other_authority():
    with tempfile.TemporaryDirectory() as folder, Started("--tls", "--app", "echo_server", "--board", "host") as run_command:
        code, text = command("tools/certificates", folder, timeout=60)
        assert code == 0, text
        url = f"wss://127.0.0.1:{run_command.port}/"
        code, text = command("/usr/bin/python3", "tools/lib/check.py", url, "--ca", f"{folder}/ca.pem", timeout=100)
        assert code == 1 and "CERTIFICATE_VERIFY_FAILED" in text, text
        code, text = command("/usr/bin/python3", "tools/lib/check.py", url, "--ca", "build/tls/ca.pem", timeout=100)
        assert code == 0, text


class Started:
    """tools/run in a session of its own, up to its ready line."""

    def __init__(self, *arguments):
        self.port = free_port()
        self.begin = time.monotonic()
        self.process = subprocess.Popen(["tools/run", "--port", str(self.port), *arguments], cwd=ROOT, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.text = ""
        for line in self.process.stdout:
            self.text += line
            if line.startswith("ready: "):
                break
        self.seconds = time.monotonic() - self.begin

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        self.text += self.process.communicate(timeout=20)[0]
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@pytest.mark.parametrize("board", BOARDS)
def test_run_serves_until_interrupted(board):
    need_board(board)
    with Started("--app", "echo_server", "--board", board) as run_command:
        assert f"ready: ws://127.0.0.1:{run_command.port}/\n" in run_command.text, run_command.text
        code, text = command("/usr/bin/python3", "tools/lib/check.py", f"ws://127.0.0.1:{run_command.port}/", timeout=100)
        assert code == 0, text
        assert run_command.process.poll() is None, "it has ended before Ctrl-C"
        code = run_command.interrupt()
        assert code == 0, f"exit code {code} after Ctrl-C: {run_command.text}"
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", run_command.port)) != 0, "something still listens after Ctrl-C"


def test_the_second_start_takes_seconds():
    with Started() as run_command:
        assert run_command.seconds < 10, f"{run_command.seconds:.0f} s"


def test_check_fails_where_nothing_answers():
    code, text = command("/usr/bin/python3", "tools/lib/check.py", f"ws://127.0.0.1:{free_port()}/", timeout=100)
    assert code == 1 and "check: FAILED" in text and "Traceback" not in text, text


# ---- the applications' arguments of TLS: one line, and not code 0 ----

WRONG_TLS = {
    "server_without_key": (["echo_server", "--tls-cert", "{0}/server.pem"], "--tls-cert needs --tls-key"),
    "server_without_certificate": (["echo_server", "--tls-key", "{0}/server.key"], "--tls-key needs --tls-cert"),
    "server_with_missing_file": (["echo_server", "--tls-cert", "{0}/none", "--tls-key", "{0}/server.key"],
                                 "/none cannot be opened"),
    "server_with_another_key": (["echo_server", "--tls-cert", "{0}/server.pem", "--tls-key", "{0}/client.key"], "key"),
    "server_with_no_pem": (["echo_server", "--tls-cert", "README.md", "--tls-key", "{0}/server.key"], "certificate"),
    "server_with_unknown_version": (["echo_server", "--tls-cert", "{0}/server.pem", "--tls-key", "{0}/server.key",
                                     "--tls-min", "1.1"], "--tls-min 1.1: it is 1.2 or 1.3"),
    "server_with_odd_psk": (["echo_server", "--psk", "abc"], "--psk has an odd number of digits"),
    "server_with_bad_psk": (["echo_server", "--psk", "xy"], "--psk is not hexadecimal"),
    "client_without_key": (["echo_client", "wss://127.0.0.1:1/", "--cert", "{0}/client.pem"],
                           "--cert and --key need each other"),
    "client_with_empty_file": (["echo_client", "wss://127.0.0.1:1/", "--ca", "/dev/null"], "/dev/null is empty"),
}


@pytest.mark.parametrize("arguments, expected", WRONG_TLS.values(), ids=WRONG_TLS)
def test_a_wrong_argument_of_tls_is_named(arguments, expected, tmp_path):
    assert command("tools/certificates", tmp_path, timeout=60)[0] == 0, "tools/certificates failed"
    name, *rest = [argument.format(tmp_path) for argument in arguments]
    port = ["--port", "0"] if name == "echo_server" else []
    code, text = command(BUILD / "host" / name, *port, *rest, timeout=20)
    assert code in (1, 2) and one_line(text) and text.startswith((name, "--")) and expected in text, f"{code}: {text}"


# ---- tools/setup ----


def small_tree(folder, packages=""):
    """The commands in a tree of their own, which all accounts may read."""
    os.chmod(folder, 0o755)
    shutil.copytree(ROOT / "tools", folder / "tools")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "CMakePresets.json", folder)
    if packages:
        (folder / "tools" / "packages").write_text(packages)
    return folder


def test_setup_without_rights_names_exactly_what_is_missing():
    with tempfile.TemporaryDirectory() as folder:
        tree = small_tree(Path(folder), "base  whit-no-such-package  cmd:whit-no-such-command\nbase  bash  cmd:bash\n"
                                        "base  whit-another-one  py:whit_no_such_module\n")
        os.makedirs(tree / "build" / "logs")
        user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.getuid() == 0 else []
        code, text = command(*user, "env", "PATH=/usr/bin:/bin", "tools/setup", "base", cwd=tree, timeout=60)
        if shutil.which("sudo") and os.getuid() != 0 and "Reading" in text:
            return
        assert code == 1 and one_line(text), text
        assert text.strip().endswith("apt-get install --no-install-recommends whit-no-such-package whit-another-one"), text


def test_setup_goes_on_where_nothing_is_missing():
    with tempfile.TemporaryDirectory() as folder:
        tree = small_tree(Path(folder), "base  whit-no-such-package  cmd:bash\n")
        code, text = command("tools/setup", "base", cwd=tree, timeout=60)
        assert code == 0 and text == "", text


# ---- tools/test, on a tree with parts of its own ----

FIRST_PACKAGES = "base bash cmd:bash\npytest bash cmd:bash\n"


def result_of(parts, *arguments, packages="", prefix=()):
    """Runs tools/test on parts {name: text of a pytest file}. Returns (exit code, output)."""
    with tempfile.TemporaryDirectory() as folder:
        tree = small_tree(Path(folder), FIRST_PACKAGES + packages)
        for name in ("conftest.py", "pytest.ini", "support"):
            (shutil.copytree if name == "support" else shutil.copy)(ROOT / "tests" / name, tree / "tests" / name)
        for part, text in parts.items():
            (tree / "tests" / part).mkdir()
            (tree / "tests" / part / f"test_{part}.py").write_text(text)
        (tree / "build" / "logs").mkdir(parents=True)
        for path in (tree / "build", tree / "build" / "logs"):
            path.chmod(0o777)
        # Without arguments the GoogleTest programs would be built as well; there are none here.
        return command(*prefix, "tools/test", *(arguments or parts), cwd=tree, timeout=300)


GOOD = "def test_a():\n    assert True\n\n\ndef test_b():\n    assert True\n"
BAD = "def test_a():\n    assert False, 'because'\n\n\ndef test_b():\n    assert True\n"
SKIPPING = "import pytest\n\n\ndef test_a():\n    pytest.skip('no such thing here')\n\n\ndef test_b():\n    assert True\n"


def test_test_adds_up_the_parts():
    code, text = result_of({"one": GOOD, "two": SKIPPING})
    assert code == 0 and text.endswith("\n3 passed, 0 failed, 1 skipped\n"), text


def test_test_counts_failures():
    code, text = result_of({"one": BAD})
    assert code == 1 and text.endswith("\n1 passed, 1 failed\n") and "FAILED one: test_a: because" in text, text


def test_test_says_why_something_was_skipped_and_strict_makes_it_a_failure():
    code, text = result_of({"one": SKIPPING})
    assert code == 0 and "\nskipped 1 of one: no such thing here\n" in text, text
    code, text = result_of({"one": SKIPPING}, "--strict", "one")
    assert code == 1 and text.endswith("\n1 passed, 1 failed\n") and "skipped: no such thing here" in text, text


def test_test_skips_a_part_whose_needs_cannot_be_had_and_strict_makes_it_a_failure():
    """An account without rights, and a package that is not there: the part is skipped, the others run."""
    parts = {"one": "# needs: exotic\n" + GOOD, "two": GOOD, "three": "# wants: exotic\n" + GOOD,
             "four": "# needs: lm3s6965evb\n" + GOOD}
    packages = ("exotic whit-no-such-package cmd:whit-no-such-command\narm whit-no-such-compiler cmd:whit-no-such-compiler\n"
                "lwip bash cmd:bash\nqemu bash cmd:bash\n")
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.getuid() == 0 else []
    prefix = [*nobody, "env", "PATH=/usr/bin:/bin", "HOME=/nonexistent", "WHIT_LWIP_DIR=/"]
    code, text = result_of(parts, packages=packages, prefix=prefix)
    assert code == 0 and text.endswith("\n4 passed, 0 failed, 2 skipped\n"), text
    assert "skipped 1 of one: needs whit-no-such-package (tools/setup exotic)" in text, text
    assert "skipped 1 of four: needs whit-no-such-compiler (tools/setup arm)" in text and "building" not in text, text
    assert "as root: apt-get install --no-install-recommends" in text, text
    code, text = result_of(parts, "--strict", *parts, packages=packages, prefix=prefix)
    assert code == 1 and text.endswith("\n4 passed, 2 failed\n"), text


@pytest.mark.parametrize("text", ["import os\n\n\ndef test_a():\n    os.kill(os.getpid(), 9)\n",
                                  "import os\n\n\ndef test_a():\n    os._exit(0)\n", "import nothing\n\n\ndef test_a():\n    pass\n",
                                  "def test_a(nothing):\n    pass\n"],
                         ids=["killed", "exit", "import", "fixture"])
def test_test_notices_a_part_that_breaks_off(text):
    code, text = result_of({"one": text})
    assert code == 1 and re.search(r"\n0 passed, 1 failed\n$", text), text


def test_test_believes_the_exit_code_too():
    code, text = result_of({"one": "import atexit\nimport os\n\n\ndef test_a():\n    atexit.register(os._exit, 3)\n"})
    assert code == 1 and text.endswith("\n1 passed, 1 failed\n") and "exit code 3" in text, text


def test_test_notices_a_part_without_a_test():
    code, text = result_of({"one": "def untest_a():\n    pass\n"})
    assert code == 1 and text.endswith("\n0 passed, 1 failed\n"), text


def test_test_ends_a_part_that_hangs_and_what_it_started():
    code, text = result_of({"one": "# minutes: 0.1\nimport subprocess\n\n\ndef test_a():\n    subprocess.run(['sleep', '4321'])\n"})
    assert code == 1 and text.endswith("\n0 passed, 1 failed\n"), text
    assert command("pgrep", "-f", "^sleep 4321")[0] != 0, "something was left running"


def test_test_does_not_wait_for_what_a_part_leaves_behind():
    code, text = result_of({"one": "import subprocess\n\n\ndef test_a():\n    subprocess.Popen(['sleep', '4322'])\n"})
    assert code == 0 and text.endswith("\n1 passed, 0 failed\n"), text
    assert command("pgrep", "-f", "^sleep 4322")[0] != 0, "something was left running"


def test_test_runs_variants_and_groups_of_parts():
    variants = ("# parts: a b\nimport pytest\n\n\ndef test_a(part):\n    assert part in ('a', 'b')\n\n\n"
                "@pytest.mark.parts('a')\ndef test_b(part):\n    assert part == 'a'\n")
    parts = {"one": variants, "two": "def test_c():\n    pass\n"}
    code, text = result_of(parts, "one")
    assert code == 0 and text.endswith("\n3 passed, 0 failed\n") and "one-a: 2 passed" in text, text
    code, text = result_of(parts, "one-b", "two")
    assert code == 0 and text.endswith("\n2 passed, 0 failed\n") and "one-a" not in text, text


@pytest.mark.parametrize("header, usual", [("# parts: a\n# long: b\n", ["one-a"]), ("# parts: a b\n# long:\n", []), ("# long:\n", []),
                                           ("# parts: a b\n", ["one-a", "one-b"]), ("", ["one"])])
def test_test_leaves_out_what_is_long_unless_it_is_named(tmp_path, header, usual):
    path = tmp_path / "test_one.py"
    path.write_text(header + GOOD)
    found = test_parts.parts_of_file("one", str(path))
    assert [part.name for part in test_parts.select(found, [])] == usual
    assert test_parts.select(found, [], long=True) == found and test_parts.select(found, ["one"]) == found


def test_test_gives_a_part_the_tree_and_the_build_folder():
    code, text = result_of({"one": "import os\nfrom support.machine import BUILD, ROOT\n\n\ndef test_a():\n    assert BUILD == ROOT / 'build'\n"
                                   "    assert os.getcwd() == str(ROOT) and os.environ['WHIT_BUILD'] == 'build'\n"})
    assert code == 0, text
