#!/usr/bin/env bash
# Runs the spike: the conformance suite over local files and over an S3 server, then the figures.
# run.sh [suite|bench]; without a word both. The server is moto's, from PyPI, in an environment below the target
# directory, on a free port of the loopback; it ends with this script. S3_ENDPOINT names another one with a bucket `hence`.
set -euo pipefail
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-$PWD/target}
what=${1:-all}

if [ -z "${S3_ENDPOINT:-}" ]; then
    venv=$target/s3-server
    if [ ! -x "$venv/bin/moto_server" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet 'moto[server]==5.2.5'
    fi
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    S3_ENDPOINT=http://127.0.0.1:$port
    "$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >/dev/null 2>&1 &
    server=$!
    trap 'kill "$server"' EXIT
    python3 - "$S3_ENDPOINT/hence" <<'PYTHON'
import sys, time, urllib.request
for _ in range(100):
    try:
        urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="PUT"))
        break
    except OSError:
        time.sleep(0.2)
else:
    sys.exit("the S3 server does not answer")
PYTHON
fi

if [ "$what" != bench ]; then
    HENCE_SPIKE_S3=$S3_ENDPOINT cargo test --locked --tests
fi
if [ "$what" != suite ]; then
    cargo build --locked
    bench=$target/debug/hence-spike-slatedb
    "$bench" hence dir="$target"
    for flush_ms in 0 10; do
        "$bench" files dir="$target" flush_ms="$flush_ms"
    done
    for flush_ms in 0 50; do
        "$bench" s3 s3="$S3_ENDPOINT" dir="$target" flush_ms="$flush_ms"
    done
fi
