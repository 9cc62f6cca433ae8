#!/usr/bin/env bash
# The gateway under mixed load for half an hour, while its upstreams do to a twentieth of the requests each what rows 1
# to 11 of docs/reliability.md say. Everything is on 127.0.0.1, bounded, and stopped at the end; it exits with 1 where
# an answer was not whole and no clear error, or where memory or file descriptors grew.
#
#   bench/soak.sh
#   MINUTES=1 bench/soak.sh     a trial run
#
#   MINUTES    how long (30)
#   RATE       requests begun a second (50)
#   SEED       the same seed, the same faults for the same requests (1)
#   SAMPLE     seconds between two looks at memory and descriptors (10)
#   PENSTOCK   a penstock executable or .dll (this checkout's, built and run by dotnet)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
minutes=${MINUTES:-30}
penstock=${PENSTOCK:-$root/src/Penstock.Server/bin/Release/net10.0/penstock.dll}

dotnet build -c Release --nologo -v quiet "$root/bench/Penstock.Bench" >&2
[[ -n ${PENSTOCK:-} ]] || dotnet build -c Release --nologo -v quiet "$root/src/Penstock.Server" >&2

# The run ends by itself; this is for one that does not. Ctrl-C and SIGTERM reach it, and it stops the gateway.
exec timeout --foreground -k 30 $((${minutes%.*} * 60 + 300)) \
  dotnet "$root/bench/Penstock.Bench/bin/Release/net10.0/Penstock.Bench.dll" soak --exec "$penstock" \
  --minutes "$minutes" --rate "${RATE:-50}" --seed "${SEED:-1}" --sample "${SAMPLE:-10}"
