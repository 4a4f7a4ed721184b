# SPDX-License-Identifier: MIT
"""A case: a parameter of pytest, which holds a function of the environment and its arguments. Tables of cases are lists of these."""
import pytest

from . import peers
from .wire import TEXT, CheckFailed, RawClient


def case(name, function, *arguments, parts=None):
  """`parts`: the only ones for which it is made."""
  return pytest.param(function, arguments, id=name, marks=[pytest.mark.parts(*parts)] if parts else [])


class Environment:
  """The things that a case may use: the target, its running server, the peers (each started once, when first used)."""

  def __init__(self, target, build):
    self.target = target
    self.build = build
    self.server = None
    self.sound = True  # no case has failed since the server was last seen to echo
    self.started = {}

  @property
  def address(self):
    return self.server.address

  @property
  def url(self):
    return self.server.url

  def peer(self, name):
    peers.need(name, self.build)
    running = self.started.get(name)
    if running is None or running.process.ended:
      running = self.started[name] = peers.Peer(name, self.build)
    return running

  def run(self, function, arguments):
    """One case; after it `sound` says whether it has passed."""
    was_sound, self.sound = self.sound, False
    try:
      function(self, *arguments)
    except pytest.skip.Exception:
      self.sound = was_sound
      raise
    self.sound = was_sound

  def ensure_server(self):
    """Starts the server, and a new one where it no longer serves after a failed case: so that one defect fails one case."""
    if not self.sound:
      self.drop_peers()
      if self.server and self.trouble():
        self.server.process.stop()
        self.server = None
    self.sound = True
    if self.server is None:
      self.server = self.target.start_server()

  def trouble(self):
    """Why the server no longer echoes, or None."""
    if not self.server.process.alive():
      return "ended with code %s: %s" % (self.server.process.wait(1), self.server.process.output())
    try:
      with RawClient.open(self.address, timeout_s=3) as raw:
        raw.echo(TEXT, b"alive?")
        raw.finish()
      return None
    except CheckFailed as error:
      return str(error)

  def drop_peers(self):
    for running in self.started.values():
      running.stop()
    self.started = {}

  def stop(self):
    self.drop_peers()
    if self.server:
      self.server.process.stop()
      self.server = None
