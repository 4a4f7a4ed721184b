# SPDX-License-Identifier: MIT
"""The real peers: how each is started, and a call that sends one command and waits for its answer."""
import base64
import fcntl
import functools
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import time

import pytest

from . import process
from .wire import CheckFailed, check

HERE = os.path.dirname(os.path.abspath(__file__))

# name -> command; adding a peer is one line here and one script in programs/.
PEERS = {
  "ws": ["node", "ws_peer.js"],
  "websocket": ["node", "websocket_peer.js"],
  "websockets": ["/usr/bin/python3", "websockets_peer.py"],
}


MAX_TIMEOUT_S = 600  # test_interop_selftest.py shortens it


@functools.lru_cache(None)
def lacking(name, build):
  """One line about a thing that the machine lacks for a peer, or None. npm is called once in a run."""
  if PEERS[name][0] == "node":
    return install(build)
  return None if importlib.util.find_spec(name) else "python3-%s is missing: apt-get install python3-%s" % (name, name)


def need(name, build):
  """Skips the test where the machine lacks something that a peer needs."""
  lacks = lacking(name, build)
  if lacks:
    pytest.skip(lacks)


class Peer:
  def __init__(self, name, build):
    self.name = name
    runtime, script = PEERS[name]
    environment = dict(os.environ, NODE_PATH=os.path.join(build, "interop", "node_modules"))
    self.process = process.Process([runtime, os.path.join(HERE, "programs", script)], stdin=True, merge=False, env=environment)
    self.numbers = itertools.count(1)

  def call(self, op, timeout_s=20, **arguments):
    """One command; its answer as a dictionary. A peer that complains fails the case."""
    timeout_s = min(timeout_s, MAX_TIMEOUT_S)
    number = next(self.numbers)
    command = dict(arguments, id=number, op=op, timeout_ms=int(timeout_s * 1000))
    self.process.child.stdin.write(json.dumps(command).encode() + b"\n")
    self.process.child.stdin.flush()
    deadline = time.monotonic() + timeout_s + 5
    seen = 0
    with self.process.changed:
      while True:
        while seen < len(self.process.lines):
          answer = json.loads(self.process.lines[seen])
          seen += 1
          if answer["id"] == number:
            self.process.lines.clear()
            return self._result(answer)
        check(not self.process.ended, "peer %s died" % self.name)
        check(time.monotonic() < deadline, "peer %s gave no answer to %s" % (self.name, op))
        self.process.changed.wait(0.5)

  def _result(self, answer):
    if answer.get("error"):
      raise CheckFailed("peer %s: %s" % (self.name, answer["error"]))
    answer["events"] = [(kind, base64.b64decode(data)) for kind, data in answer.get("events", ())]
    return answer

  def stop(self):
    self.process.stop()


def step(opcode, payload, fin=True):
  return ["frame", opcode, fin, base64.b64encode(payload).decode()]


def install(build, lock_folder=HERE):
  """Puts the npm packages of a lock file (tests/peers/NAME/package-lock.json) into build/NAME/node_modules when they are not there.
  Returns a line about a thing that the machine lacks, or None."""
  for tool in ("node", "npm"):
    if not shutil.which(tool):
      return "%s is missing: apt-get install nodejs npm" % tool
  folder = os.path.join(build, os.path.basename(lock_folder))
  os.makedirs(folder, exist_ok=True)
  with open(os.path.join(folder, ".lock"), "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    return _install_locked(folder, lock_folder)


def _install_locked(folder, lock_folder):
  wanted = open(os.path.join(lock_folder, "package-lock.json"), "rb").read()
  stamp = os.path.join(folder, "installed-package-lock.json")
  if os.path.exists(stamp) and open(stamp, "rb").read() == wanted:
    return None
  for name in ("package.json", "package-lock.json"):
    shutil.copy(os.path.join(lock_folder, name), folder)
  print("installing npm packages into %s" % os.path.join(folder, "node_modules"), flush=True)
  try:
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, timeout=180,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
  except subprocess.TimeoutExpired:
    return "npm ci did not end within 180 s (no network?)"
  if done.returncode:
    lines = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.startswith("npm error")]
    return "npm ci failed (network?): %s" % (" ".join(lines[:2]) or "exit code %d" % done.returncode)
  with open(stamp, "wb") as file:
    file.write(wanted)
  return None
