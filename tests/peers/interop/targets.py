# SPDX-License-Identifier: MIT
"""The programs under test and their start: echo_server and echo_client on the host and on QEMU boards."""
import collections
import os
import shlex

from support.machine import ROOT, board_command

from . import process
from .wire import CheckFailed, check

BOARDS = ("lm3s6965evb", "mps2_an385", "mps2_an505", "riscv_virt")
# The presets of this machine; the first one is the default, the others are run when named.
HOSTS = ("host", "host-asan", "host-m32", "host-release")
RUN32 = str(ROOT / "tools" / "lib" / "run32")
GUEST_PORT = 8080
GATEWAY = "10.0.2.2"  # the host, as QEMU's user network shows it to the guest
READY = r"listening on (\S+):(\d+)"
START_TIMEOUT_S = 20

Outcome = collections.namedtuple("Outcome", "code text")


class Server:
  def __init__(self, running, address):
    self.process = running
    self.address = address
    self.url = "ws://%s:%d/" % address


def client_outcome(command, timeout_s):
  running = process.Process(command)
  try:
    code = running.wait(timeout_s)
    check(code is not None, "echo_client did not end within %.0f s; it printed: %s" % (timeout_s, running.output()))
    return Outcome(code, "\n".join(running.lines))
  finally:
    running.stop()


def wait_ready(running, name):
  ready = running.wait_line(READY, START_TIMEOUT_S)
  if not ready:
    text = running.output()
    running.stop()
    raise CheckFailed("%s printed no ready line (\"listening on A:N\"): %s" % (name, text))
  return ready


class HostTarget:
  is_board = False
  host_address = "127.0.0.1"

  def __init__(self, name, build):
    self.name = name
    launcher = [RUN32] if name == "host-m32" else []
    self.server_command = command_of("WHIT_ECHO_SERVER", launcher + [os.path.join(build, name, "echo_server")])
    self.client_command = command_of("WHIT_ECHO_CLIENT", launcher + [os.path.join(build, name, "echo_client")])

  def missing(self):
    programs = [command[command[0] == RUN32] for command in (self.server_command, self.client_command)]
    return missing_files(self.name, programs)

  def start_server(self):
    port = process.free_port()
    running = process.Process(self.server_command + ["--port", str(port)])
    ready = wait_ready(running, "echo_server")
    if int(ready.group(2)) != port:
      running.stop()
      raise CheckFailed("asked for port %d, %r" % (port, ready.group(0)))
    return Server(running, ("127.0.0.1", port))

  def run_client(self, url, count=1, size=5, kind="text", protocol=None, timeout_s=30):
    command = self.client_command + [url, "--count", str(count), "--size", str(size), "--" + kind]
    if protocol:
      command += ["--protocol", protocol]
    return client_outcome(command, timeout_s)


class BoardTarget:
  is_board = True
  host_address = GATEWAY

  def __init__(self, name, build, prefix=""):
    self.name = name
    self.build = build
    self.prefix = prefix  # of the names of its programs: "c_" for those in C

  def image(self, app):
    for folder in (self.name + "-test", self.name):
      path = os.path.join(self.build, folder, app + ".elf")
      if os.path.exists(path):
        return path
    return os.path.join(self.build, self.name + "-test", app + ".elf")

  def missing(self):
    return missing_files(self.name, (self.image("echo_server"), self.image("echo_client")))

  def start_server(self):
    port = process.free_port()
    return self.boot_server({"port": port}, ("127.0.0.1", port))

  def boot_server(self, network, address=("10.0.2.15", GUEST_PORT)):
    running = process.Process(board_command(self.name, self.image(self.prefix + "echo_server"), **network))
    wait_ready(running, self.prefix + "echo_server on " + self.name)
    return Server(running, address)

  def run_client(self, url, count=1, size=5, kind="text", protocol=None, timeout_s=30, network=None, more=()):
    arguments = ["url=" + url, "count=%d" % count, "size=%d" % size, "type=" + kind] + list(more)
    if protocol:
      arguments.append("protocol=" + protocol)
    return client_outcome(board_command(self.name, self.image(self.prefix + "echo_client"), *arguments, **(network or {})), timeout_s)


def command_of(variable, default):
  """A command of the environment (a stand-in for the program under test), else the program itself."""
  return shlex.split(os.environ[variable]) if os.environ.get(variable) else default


def missing_files(name, paths):
  absent = [path for path in paths if not os.path.exists(path) and os.sep in path]
  preset = name + "-test" if name in BOARDS else name
  return "%s is missing; build it: cmake --preset %s && cmake --build --preset %s" % (
    os.path.relpath(absent[0]), preset, preset) if absent else None


def make(name, build):
  return BoardTarget(name, build) if name in BOARDS else HostTarget(name, build)
