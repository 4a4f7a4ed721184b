# SPDX-License-Identifier: MIT
"""Runs the tables: targets in parallel (two at most), the cases of a target one after the other on one server."""
import argparse
import concurrent.futures
import os
import re
import resource
import shutil
import sys
import threading
import time
import traceback

from . import board_cases, client_cases, peers, process, selftest, server_peer_cases, server_raw_cases, targets
from .case import Environment
from .wire import TEXT, CheckFailed, RawClient

PARALLEL = 2
PARALLEL_SELFTEST = 6  # these wait rather than work
_print_lock = threading.Lock()


def say(text):
  with _print_lock:
    print(text, flush=True)


class Score:
  def __init__(self):
    self.passed = 0
    self.failed = []
    self.lock = threading.Lock()

  def add(self, name, error):
    with self.lock:
      if error:
        self.failed.append(name)
      else:
        self.passed += 1


def run_case(env, group, one, score, verbose):
  """One case; True when it passed. A crash of the test itself is a failure with its trace."""
  name = "%s %s" % (group, one.name)
  started = time.monotonic()
  error = None
  try:
    one.function(env, *one.arguments)
  except CheckFailed as failure:
    error = str(failure)
  except Exception:
    error = traceback.format_exc(limit=-3).strip().replace("\n", " / ")
  score.add(name, error)
  took_s = time.monotonic() - started
  if error:
    say("FAIL %s (%.2f s): %s" % (name, took_s, error))
  elif verbose or took_s > 5:
    say("ok   %s (%.2f s)" % (name, took_s))
  return error is None


def still_serving(env):
  """After a failure: does the server still echo? Otherwise it is started anew, so that one defect fails one case."""
  if not env.server.process.alive():
    return "ended with code %s: %s" % (env.server.process.wait(1), env.server.process.output())
  try:
    with RawClient.open(env.address, timeout_s=3) as raw:
      raw.echo(TEXT, b"alive?")
      raw.finish()
    return None
  except CheckFailed as error:
    return str(error)


def run_server_cases(env, cases, score, options):
  group = env.target.name + " server"
  for one in cases:
    if env.server is None:
      env.server = env.target.start_server()
    if run_case(env, group, one, score, options.verbose):
      continue
    env.drop_peers()
    trouble = still_serving(env)
    if trouble:
      say("     %s: echo_server no longer serves after %s (%s); starting a new one" % (group, one.name, trouble))
      env.server.process.stop()
      env.server = None


def check_server_lives(env, one_name, score):
  trouble = still_serving(env) if env.server else None
  score.add("%s server %s" % (env.target.name, one_name), trouble)
  if trouble:
    say("FAIL %s server %s: %s" % (env.target.name, one_name, trouble))


def run_target(target, score, options):
  started = time.monotonic()
  env = Environment(target, options.build)
  try:
    missing = target.missing()
    if missing:
      raise CheckFailed(missing)
    server = select(server_table(), target.name + " server ", options.only)
    client = select(client_cases.table(target), target.name + " client ", options.only)
    if server:
      run_server_cases(env, server, score, options)
      check_server_lives(env, "lives_to_the_end", score)
    for one in client:
      if not run_case(env, target.name + " client", one, score, options.verbose):
        env.drop_peers()
  except Exception as error:  # a target that cannot start must not hide the results of the others
    score.add(target.name, str(error))
    say("FAIL %s: %s" % (target.name, error if isinstance(error, CheckFailed) else traceback.format_exc().replace("\n", " / ")))
  finally:
    env.stop()
  say("     %s took %.0f s" % (target.name, time.monotonic() - started))


def run_boards(score, options):
  absent = [missing for missing in (targets.make(name, options.build).missing() for name in targets.BOARDS) if missing]
  if absent:
    score.add("boards", absent[0])
    return say("FAIL boards: %s" % absent[0])
  for one in select(board_cases.table(options.build), "boards ", options.only):
    run_case(None, "boards", one, score, options.verbose)


def server_table():
  return server_peer_cases.table() + server_raw_cases.table()


def select(cases, prefix, only):
  return [one for one in cases if not only or re.search(only, prefix + one.name)]


def parse(arguments):
  default = [targets.HOSTS[0], *targets.BOARDS, "boards"]
  known = default + ["selftest", *targets.HOSTS[1:]]
  parser = argparse.ArgumentParser(prog="tests/interop/run", description="Whit against real peers, both roles.")
  parser.add_argument("target", nargs="*", metavar="TARGET",
                      help="%s (default: %s)" % (", ".join(known), " ".join(default)))
  parser.add_argument("--only", metavar="REGEX", help="cases whose name (as printed) matches")
  parser.add_argument("--list", action="store_true", help="print the names of the cases and end")
  parser.add_argument("--quiet", dest="verbose", action="store_false", help="print failures and slow cases only")
  options = parser.parse_args(arguments)
  unknown = [name for name in options.target if name not in known]
  if unknown:
    parser.error("unknown target %r (known: %s)" % (unknown[0], ", ".join(known)))
  options.target = options.target or default
  if "selftest" in options.target and len(options.target) > 1:
    parser.error("selftest runs alone: it shortens the timeouts")
  options.build = os.path.abspath(os.environ.get("WHIT_BUILD", "build"))
  return options


def show_list(options):
  for name in options.target:
    if name == "selftest":
      tables = [("", selftest.table(options))]
    elif name == "boards":
      tables = [("boards ", board_cases.table(options.build))]
    else:
      tables = [(name + " server ", server_table()),
                (name + " client ", client_cases.table(targets.make(name, options.build)))]
    for prefix, cases in tables:
      for one in select(cases, prefix, options.only):
        print(prefix + one.name)


def prepare(options):
  """What the tests need from the machine; an error line or None."""
  soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
  resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
  if set(options.target) & {"boards", *targets.BOARDS} and not shutil.which("qemu-system-arm"):
    return "qemu-system-arm is missing: apt-get install qemu-system-arm"
  if options.target == ["boards"]:
    return None
  return peers.install(options.build)


def work_of(name, score, options):
  """The calls that a target stands for, each for a thread of its own."""
  if name == "boards":
    return [(run_boards, score, options)]
  if name == "selftest":
    return [(run_case, None, "selftest", one, score, options.verbose) for one in select(selftest.table(options), "selftest ", options.only)]
  return [(run_target, targets.make(name, options.build), score, options)]


def main(arguments):
  options = parse(arguments)
  if options.list:
    return show_list(options) or 0
  process.exit_on_signals()
  score = Score()
  trouble = prepare(options)
  if trouble:
    say("interop: %s" % trouble)
    say("0 passed, 1 failed")
    return 1
  with concurrent.futures.ThreadPoolExecutor(PARALLEL_SELFTEST if "selftest" in options.target else PARALLEL) as pool:
    for job in [pool.submit(*work) for name in options.target for work in work_of(name, score, options)]:
      job.result()
  if not score.passed and not score.failed:
    score.add("nothing", "nothing")
    say("FAIL no case matches %r" % options.only)
  for name in score.failed:
    say("failed: %s" % name)
  say("%d passed, %d failed" % (score.passed, len(score.failed)))
  return 1 if score.failed else 0
