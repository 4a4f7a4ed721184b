# SPDX-License-Identifier: MIT
# Completions of whitcat for bash.
_whitcat() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  case $before in
    --ca | --cert | --key | --tls-cert | --tls-key)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --auth | --header | --cookie | --proxy)
      # @FILE; other values are not known.
      [[ $current == @* ]] && mapfile -t COMPREPLY < <(compgen -f -P @ -- "${current#@}")
      return
      ;;
    --wait) mapfile -t COMPREPLY < <(compgen -W "forever" -- "$current"); return ;;
    --size | --count | --protocol | --origin | --redirects | --ping | --timeout | --close | --listen | --window) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--text --binary --size --once --count --wait --header --cookie --protocol \
      --require-protocol --auth --origin --ca --cert --key --insecure --proxy --redirects --ping --timeout --close --reconnect --json \
      --verbose --listen --echo --tls-cert --tls-key --bench --window --help --version" -- "$current")
  elif [[ -z $current || ws:// == "$current"* || wss:// == "$current"* ]]; then
    compopt -o nospace
    mapfile -t COMPREPLY < <(compgen -W "ws:// wss://" -- "$current")
  fi
}
complete -F _whitcat whitcat
