#!/usr/bin/env bash
# What a request costs: the mock upstream reached directly, bare reverse proxies, and Penstock, side by side in one
# run on this machine. All traffic stays on 127.0.0.1; the run is bounded, and stops what it started.
#
#   bench/compare.sh                      about five minutes
#   ROUNDS=1 SECONDS_PER_CASE=1 CASES=chat bench/compare.sh
#
#   ROUNDS            rounds a case; the table shows their median (3)
#   WARM_UP           seconds under load before the first round of a case, not counted (6: a runtime that compiles while
#                     it runs, in steps, has come to its best code by then)
#   SECONDS_PER_CASE  measured seconds of each proxy in each round (3)
#   CASES             chat, steady, prompt, streams, idle (all)
#   PROXIES           direct, nginx, haproxy, penstock, penstock-full, penstock-prefix (the first four); a proxy_NAME function below adds one
#   PENSTOCK          a penstock executable or .dll (this checkout's, built and run by dotnet)
#   RATE              requests a second of the case steady (4000)
#   IDLE_STREAMS      open streams of the case idle (5000)
#   INTERVAL_MS       time between two events of a stream (20)
#   PORT_BASE         the first of the ports that are used (19200)
#   NGINX_WORKERS, HAPROXY_THREADS   (1)
#   RESULTS           keep the raw results, as JSON lines, in this file
#
# nginx and haproxy are not required: a missing one is left out. On Debian: apt-get install nginx-light haproxy
# shellcheck disable=SC2317  # the functions of cases and proxies are called by name
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-3}
seconds=${SECONDS_PER_CASE:-3}
warm_up=${WARM_UP:-6}
read -ra cases <<<"${CASES:-chat steady prompt streams idle}"
read -ra proxies <<<"${PROXIES:-direct nginx haproxy penstock}"
penstock=${PENSTOCK:-$root/src/Penstock.Server/bin/Release/net10.0/penstock.dll}
rate=${RATE:-4000}
idle_streams=${IDLE_STREAMS:-5000}
interval_ms=${INTERVAL_MS:-20}
port_base=${PORT_BASE:-19200}
key='bench-key'
# Streams of 100 events, [DONE] included.
events=100

upstream_port=$port_base
tmp=$(mktemp -d "${TMPDIR:-/tmp}/penstock-compare.XXXXXX")
results=${RESULTS:-$tmp/results.jsonl}
: >"$results"
failed=0
started=()          # every process that this script started and that may still run
declare -A pid_of   # by proxy, of the case that is running
declare -A url_of
declare -A absent   # proxies left out, so that the reason is told once

say() { printf '%s\n' "$*" >&2; }

stop() {
  local pid
  for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
  for pid in "$@"; do
    # Two seconds to leave by itself: Penstock would drain for much longer if a stream were still open.
    for _ in {1..40}; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

stop_all() {
  stop "${started[@]}"
  started=()
  pid_of=()
  url_of=()
}

finish() {
  trap - EXIT INT TERM
  stop "${started[@]}"
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

answers() { # port: does GET /healthz answer 200? (bash's own sockets: no curl needed)
  local line
  {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
    IFS= read -r -t 2 line <&3 || line=
    exec 3>&-
  } 2>/dev/null
  [[ $line == "HTTP/1.1 200"* ]]
}

wait_up() { # name pid port log
  local i
  for ((i = 0; i < 200; i++)); do
    answers "$3" && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  say "$1 did not come up on port $3:"
  tail -n 5 "$4" >&2 || true
  return 1
}

# ---- the proxies: proxy_NAME PORT DIR starts one in the background, forwarding to $upstream_port, and leaves its
# ---- process id in $!; it returns 1, with a reason on stdout, when it cannot. Its output belongs into DIR/log.

proxy_nginx() {
  command -v nginx >/dev/null || { echo "nginx is not installed (apt-get install nginx-light)"; return 1; }
  # One worker: what one request costs is then not blurred by who wakes up for it, and the other core is left to
  # the load. No access log: this is the bare forwarder. Bodies of 100 KB stay in memory, as they do in Penstock;
  # answers are not buffered, or a stream's events would wait for each other.
  cat >"$2/nginx.conf" <<EOF
worker_processes ${NGINX_WORKERS:-1};
worker_rlimit_nofile $(ulimit -n);
pid $2/nginx.pid;
error_log $2/error.log;
events { worker_connections $(($(ulimit -n) - 100)); }
http {
  access_log off;
  client_body_temp_path $2/body;
  proxy_temp_path $2/proxy;
  fastcgi_temp_path $2/fastcgi;
  uwsgi_temp_path $2/uwsgi;
  scgi_temp_path $2/scgi;
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  client_body_buffer_size 256k;
  upstream mock {
    server 127.0.0.1:$upstream_port;
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:$1 backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
EOF
  nginx -p "$2" -c "$2/nginx.conf" -e "$2/error.log" -g 'daemon off;' >"$2/log" 2>&1 &
}

proxy_haproxy() {
  command -v haproxy >/dev/null || { echo "haproxy is not installed (apt-get install haproxy)"; return 1; }
  # One thread for the same reasons as nginx, and no log. http-no-delay: each event leaves when it comes.
  cat >"$2/haproxy.cfg" <<EOF
global
  nbthread ${HAPROXY_THREADS:-1}
  maxconn $((($(ulimit -n) - 200) / 2))
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  option http-keep-alive
  option http-no-delay
  http-reuse always
frontend callers
  bind 127.0.0.1:$1 backlog 4096
  default_backend mock
backend mock
  server mock 127.0.0.1:$upstream_port
EOF
  haproxy -db -f "$2/haproxy.cfg" >"$2/log" 2>&1 &
}

proxy_penstock() {
  [[ -f $penstock ]] || { echo "$penstock does not exist (dotnet build -c Release)"; return 1; }
  local run=("$penstock")
  [[ $penstock == *.dll ]] && run=(dotnet "$penstock")
  # As an operator would run it: a key, metrics and the access log on. In an empty directory, without the variables
  # that would change what is measured.
  (
    cd "$2"
    exec env -u CONFIG_FILE -u AUTHORIZATION -u OTEL_EXPORTER_OTLP_ENDPOINT -u LOG_LEVEL -u LOG_FORMAT \
      HOST=127.0.0.1 PORT="$1" BACKEND_URL="http://127.0.0.1:$upstream_port" API_KEY="$key" "${run[@]}"
  ) >"$2/log" 2>&1 &
}

# The same with everything that callers can be held to: 100 of them with a key, limits and a budget each, limits of the model
# and of all together, a price, and the ledger in SQLite.
proxy_penstock-full() {
  {
    echo "default_backend: upstream"
    echo "backends: [{ name: upstream, url: 'http://127.0.0.1:$upstream_port', models: ['*'] }]"
    echo "store: sqlite:$2/penstock.db"
    echo "limits:"
    echo "  default: { requests_per_minute: 1000000000, tokens_per_minute: 10000000000, concurrency: 100000 }"
    echo "  global: { requests_per_minute: 10000000000, tokens_per_minute: 10000000000, concurrency: 1000000 }"
    echo "prices: { '*': { input: 0.05, cached_input: 0.01, output: 0.10 } }"
    echo "auth:"
    echo "  keys:"
    echo "    - { name: bench, key: $key, budget: { usd: 9000000, per: month }, labels: { team: bench } }"
    local i
    for i in {1..99}; do echo "    - { name: team-$i, key: key-of-team-$i, budget: { usd: 100, per: day } }"; done
  } >"$2/config.yaml"
  local run=("$penstock")
  [[ $penstock == *.dll ]] && run=(dotnet "$penstock")
  (
    cd "$2"
    exec env -u API_KEY -u BACKEND_URL -u STORE -u AUTHORIZATION -u OTEL_EXPORTER_OTLP_ENDPOINT -u LOG_LEVEL -u LOG_FORMAT \
      HOST=127.0.0.1 PORT="$1" CONFIG_FILE="$2/config.yaml" "${run[@]}"
  ) >"$2/log" 2>&1 &
}

# With a pool of two servers (the same upstream twice) among which prompts are placed by their beginnings.
proxy_penstock-prefix() {
  {
    echo "models: [{ name: '*', backends: [a, b], policy: prefix_aware }]"
    echo "backends:"
    echo "  - { name: a, url: 'http://127.0.0.1:$upstream_port' }"
    echo "  - { name: b, url: 'http://127.0.0.1:$upstream_port' }"
  } >"$2/config.yaml"
  local run=("$penstock")
  [[ $penstock == *.dll ]] && run=(dotnet "$penstock")
  (
    cd "$2"
    exec env -u BACKEND_URL -u STORE -u AUTHORIZATION -u OTEL_EXPORTER_OTLP_ENDPOINT -u LOG_LEVEL -u LOG_FORMAT \
      HOST=127.0.0.1 PORT="$1" API_KEY="$key" CONFIG_FILE="$2/config.yaml" "${run[@]}"
  ) >"$2/log" 2>&1 &
}

# ---- starting

start_upstream() { # options of the mock upstream
  "${bench[@]}" upstream --port "$upstream_port" --lifetime 1800 "$@" >"$tmp/upstream.log" 2>&1 &
  upstream_pid=$!
  started+=("$upstream_pid")
  wait_up upstream "$upstream_pid" "$upstream_port" "$tmp/upstream.log" || exit 1
  pid_of[direct]=$upstream_pid
  url_of[direct]="http://127.0.0.1:$upstream_port"
}

start_proxy() { # name index
  local name=$1 port=$((port_base + 1 + $2)) dir="$tmp/$1" pid
  [[ $name == direct ]] && return 0
  [[ -n ${absent[$name]:-} ]] && return 1
  mkdir -p "$dir"
  # nginx's workers may run as another user.
  chmod 755 "$tmp" "$dir"
  if ! "proxy_$name" "$port" "$dir" >"$tmp/reason"; then
    absent[$name]=$(cat "$tmp/reason")
    say "leaving out $name: ${absent[$name]}"
    return 1
  fi
  pid=$!
  started+=("$pid")
  if ! wait_up "$name" "$pid" "$port" "$dir/log"; then
    absent[$name]="did not come up"
    return 1
  fi
  pid_of[$name]=$pid
  url_of[$name]="http://127.0.0.1:$port"
}

measure() { # command case proxy options...
  local command=$1 case=$2 name=$3
  shift 3
  # --foreground: Ctrl-C reaches the generator too, and the run ends at once.
  timeout --foreground -k 5 $((${seconds%.*} + 90)) "${bench[@]}" "$command" --url "${url_of[$name]}" --pid "${pid_of[$name]}" \
    --key "$key" --json --case "$case" --proxy "$name" "$@" || {
    failed=1
    say "$case: $name had errors"
  }
}

# All proxies are up at once and take turns, so that what disturbs the machine for a while disturbs all alike.
run_rounds() { # case options of load...
  local case=$1 name round i
  shift
  for i in "${!proxies[@]}"; do start_proxy "${proxies[i]}" "$i" || true; done
  for ((round = 0; round <= rounds; round++)); do
    for name in "${proxies[@]}"; do
      [[ -n ${pid_of[$name]:-} ]] || continue
      if ((round == 0)); then
        # Whoever compiles while it runs shall do it now; the others get the same.
        measure load "$case" "$name" --duration "$warm_up" "$@" >/dev/null
      else
        measure load "$case" "$name" --duration "$seconds" --round "$round" "$@" >>"$results"
      fi
    done
    say "$case: round $round of $rounds"
  done
  stop_all
}

case_chat() {
  start_upstream
  run_rounds "0.5 KB chat, 32 connections" --warmup 0.5 --connections 32 --body-bytes 512
}

# All of them get the same to do. In a closed loop the slower proxy has the idler callers and upstream, and waking one that
# sleeps is charged to whoever sends.
case_steady() {
  start_upstream
  run_rounds "0.5 KB chat, $rate requests/s on 32 connections" --warmup 0.5 --connections 32 --rate "$rate" --body-bytes 512
}

case_prompt() {
  start_upstream
  run_rounds "100 KB prompt, 32 connections" --warmup 0.5 --connections 32 --body-bytes 102400
}

case_streams() {
  start_upstream --events "$events" --interval-ms "$interval_ms"
  # The warm-up is one stream long: the callers start spread over it, and stay spread.
  local warmup=$(((events * interval_ms + 999) / 1000))
  run_rounds "200 streams of $events events, one each $interval_ms ms" --warmup "$warmup" --connections 200 \
    --stream --events "$events" --body-bytes 512
}

# One at a time and once: each proxy is fresh, and memory has no noise worth a median.
case_idle() {
  local i name
  for i in "${!proxies[@]}"; do
    name=${proxies[i]}
    [[ $name == direct ]] && continue
    start_upstream --idle
    if start_proxy "$name" "$i"; then
      measure idle "$idle_streams idle streams" "$name" --streams "$idle_streams" >>"$results"
      say "$idle_streams idle streams: $name"
    fi
    stop_all
  done
}

version() { # name
  case $1 in
    nginx) nginx -v 2>&1 | sed 's/.*nginx\//nginx /' ;;
    haproxy) haproxy -v | sed -n '1s/HAProxy version \([^ ]*\).*/haproxy \1/p' ;;
    penstock) echo "penstock, .NET $(dotnet --version)" ;;
    *) echo "$1" ;;
  esac
}

# ---- the run

ulimit -n "$(ulimit -Hn)"
# A proxy holds two connections a stream.
if (($(ulimit -n) < 2 * idle_streams + 500)); then
  idle_streams=$((($(ulimit -n) - 500) / 2))
  say "only $(ulimit -n) open files are allowed: $idle_streams idle streams"
fi

for name in "${cases[@]}"; do
  declare -F "case_$name" >/dev/null || { say "there is no case $name"; exit 2; }
done
for name in "${proxies[@]}"; do
  [[ $name == direct ]] || declare -F "proxy_$name" >/dev/null || { say "there is no proxy $name"; exit 2; }
done
for ((port = port_base; port <= port_base + ${#proxies[@]}; port++)); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    say "port $port is taken: set PORT_BASE"
    exit 2
  fi
done

# Stale figures would be worse than none, so what is measured from this checkout is built from it.
say "building"
dotnet build -c Release --nologo -v quiet "$root/bench/Penstock.Bench" >&2
if [[ -z ${PENSTOCK:-} && " ${proxies[*]} " == *" penstock "* ]]; then
  dotnet build -c Release --nologo -v quiet "$root/src/Penstock.Server" >&2
fi
# Taken here: later the load is the run's own.
read -r load_before _ </proc/loadavg
bench=(dotnet "$root/bench/Penstock.Bench/bin/Release/net10.0/Penstock.Bench.dll")

for name in "${cases[@]}"; do "case_$name"; done

echo
echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r);" \
  "$rounds rounds of $seconds s, medians; load average before the run $load_before."
for name in "${proxies[@]}"; do
  [[ $name == direct || -n ${absent[$name]:-} ]] || version "$name"
done | paste -sd ';' | sed 's/;/; /g'
"${bench[@]}" report --file "$results" --baseline haproxy
for name in "${!absent[@]}"; do printf '\nLeft out: %s: %s\n' "$name" "${absent[$name]}"; done
exit $failed
