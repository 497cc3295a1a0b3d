#!/bin/sh
# Starts the server of the `r` runtime, and hears for it what R cannot: a program in R has no way to answer a signal, and
# while it predicts it does nothing else. SIGTERM becomes a word on a pipe that the server looks at between requests;
# with --socket the end of standard input ends the server at once, also in the middle of a prediction.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# Texts are Unicode, also where nobody says so.
[ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LANG=C.UTF-8
# R makes a folder of its own at every start; where the file system is read-only there is memory.
[ -w "${TMPDIR:-/tmp}" ] || export TMPDIR=/dev/shm
told=$(mktemp -d) || exit 1
mkfifo "$told/pipe" || exit 1
# Open for both, so that neither side waits for the other.
exec 4<>"$told/pipe" 5<&0

socket=
before=
for argument in "$@"; do
  [ "$before" = --socket ] && socket=$argument
  before=$argument
done

# Nobody new finds a socket that is gone, also while the server is at work and does not hear.
drain() {
  [ -n "$socket" ] && rm -f "$socket"
  echo drain >&4
}
trap drain TERM
trap 'kill -KILL "$server" 2>/dev/null; exit 0' USR1
# On a laptop Ctrl+C is the parent's to answer.
if [ -n "$socket" ]; then trap '' INT; else trap drain INT; fi

"${SLUICE_R:-Rscript}" --vanilla "$here/serve.R" "$@" --told "$told/pipe" --parent $$ </dev/null 4>&- 5<&- &
server=$!

if [ -n "$socket" ]; then
  (
    trap - TERM
    while read -r _; do :; done
    kill -USR1 $$
    kill -KILL "$server"
  ) <&5 >/dev/null 2>&1 4>&- 5<&- &
  lifeline=$!
fi
exec 5<&-

# A signal ends the wait, and not the server.
while :; do
  wait "$server"
  status=$?
  kill -0 "$server" 2>/dev/null || break
done
rm -rf "$told"
[ -n "$socket" ] && kill "$lifeline" 2>/dev/null
exit "$status"
