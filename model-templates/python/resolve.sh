# A requirements.txt comes in, and a lock goes out: the bytes of every package that it and our server need, for the Python
# and the processor of this image. What does not fit is said on stderr, with what is not the user's.
set -eu
cd "$(mktemp -d)"
cat >requirements.txt
/opt/uv/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --python "$(command -v python)" \
  --output-file resolved.lock requirements.txt /opt/resolve/requirements.in || {
  code=$?
  sed -n 's/^[a-z]/the server needs &/p' /opt/resolve/requirements.in >&2
  exit "$code"
}
cat resolved.lock
