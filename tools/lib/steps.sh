# SPDX-License-Identifier: MIT
# Shared by the commands of tools/ (bash): messages, long steps with progress, and logs under build/logs.
# The caller sets `program` to its own name.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
logs=$root/build/logs

die() {
  printf '%s: %s\n' "$program" "$*" >&2
  exit 1
}

# step TITLE LOG COMMAND... : runs the command with its output in build/logs/LOG.log, shows that time passes.
# Its result is the command's. On a terminal one line counts seconds; elsewhere a line begins and one ends the step.
step() {
  local title=$1 log=$logs/$2.log
  shift 2
  mkdir -p "$logs"
  local start=$SECONDS pid result=0
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  [ -t 1 ] || printf '%s ...\n' "$title"
  while kill -0 "$pid" 2>/dev/null; do
    [ -t 1 ] && printf '\r%s ... %d s' "$title" $((SECONDS - start))
    sleep 0.2
  done
  wait "$pid" || result=$?
  [ -t 1 ] && printf '\r'
  if [ "$result" -eq 0 ]; then
    printf '%s: done (%d s)\n' "$title" $((SECONDS - start))
  else
    printf '%s: FAILED, see %s\n' "$title" "${log#"$root"/}"
    tail -n 15 "$log" | sed 's/^/  | /'
  fi
  return "$result"
}
