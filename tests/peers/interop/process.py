# SPDX-License-Identifier: MIT
"""Child processes: started with their output read by a thread, ended by their own handle, never left behind."""
import atexit
import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

_alive = set()
_lock = threading.Lock()


class Process:
  """A command, its lines, its end. stdin is a pipe only when asked for."""

  def __init__(self, command, stdin=False, merge=True, **options):
    self.command = command
    self.lines = []
    self.changed = threading.Condition()
    self.ended = False
    self.child = subprocess.Popen(
      command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT if merge else None, **options)
    with _lock:
      _alive.add(self)
    self.reader = threading.Thread(target=self._read, daemon=True)
    self.reader.start()

  def _read(self):
    for line in self.child.stdout:
      with self.changed:
        self.lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        self.changed.notify_all()
    with self.changed:
      self.ended = True
      self.changed.notify_all()

  def wait_line(self, pattern, timeout_s):
    """The first match of `pattern` in a line; None when the output ends or time is over."""
    deadline = time.monotonic() + timeout_s
    with self.changed:
      while True:
        for line in self.lines:
          match = re.search(pattern, line)
          if match:
            return match
        rest = deadline - time.monotonic()
        if self.ended or rest <= 0:
          return None
        self.changed.wait(rest)

  def wait(self, timeout_s):
    """Exit code, or None when it still runs."""
    try:
      code = self.child.wait(timeout_s)
    except subprocess.TimeoutExpired:
      return None
    self.reader.join(2)
    return code

  def alive(self):
    return self.child.poll() is None

  def output(self, lines=12):
    return " | ".join(self.lines[-lines:]) or "(no output)"

  def stop(self):
    if self.child.stdin:
      try:
        self.child.stdin.close()
      except OSError:
        pass
    if self.alive():
      self.child.terminate()
      if self.wait(3) is None:
        self.child.kill()
        self.wait(3)
    with _lock:
      _alive.discard(self)


@contextlib.contextmanager
def listening(command, port, timeout_s=30):
  """A command that listens at `port` of 127.0.0.1; the block begins when it does."""
  process = Process(command)
  try:
    deadline = time.monotonic() + timeout_s
    while not accepts(port):
      assert process.wait(0.1) is None and time.monotonic() < deadline, process.output()
    yield process
  finally:
    process.stop()


def accepts(port):
  try:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
  except OSError:
    return False
  return True


@atexit.register
def stop_all():
  for process in list(_alive):
    process.stop()


def exit_on_signals():
  for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(1))


def free_port():
  with socket.socket() as sock:
    sock.bind(("127.0.0.1", 0))
    return sock.getsockname()[1]
