# SPDX-License-Identifier: MIT
"""A case: a name and a function of the environment. Tables of cases are lists of these."""
import collections

Case = collections.namedtuple("Case", "name function arguments")


def case(name, function, *arguments):
  return Case(name, function, arguments)


class Environment:
  """What a case may use: the target, its running server, the peers (each started once, when first used)."""

  def __init__(self, target, build):
    from . import peers
    self._peers = peers
    self.target = target
    self.build = build
    self.server = None
    self.started = {}

  @property
  def address(self):
    return self.server.address

  @property
  def url(self):
    return self.server.url

  def peer(self, name):
    running = self.started.get(name)
    if running is None or running.process.ended:
      running = self.started[name] = self._peers.Peer(name, self.build)
    return running

  def drop_peers(self):
    for running in self.started.values():
      running.stop()
    self.started = {}

  def stop(self):
    self.drop_peers()
    if self.server:
      self.server.process.stop()
      self.server = None
