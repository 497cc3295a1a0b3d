# What a package.json asks for comes in, and a lock goes out: the bytes of every package that it needs, on any processor. What
# does not fit is said on stderr.
set -eu
cd /tmp
cat >package.json
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error --cache /tmp/npm >&2
cat package-lock.json
