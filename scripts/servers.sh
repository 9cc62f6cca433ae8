# Sourced by smoke.sh and the gate: starts servers on loopback, waits for them, and stops what it started.

# The command that is tried out; PENSTOCK="path/to/penstock" tries a published file.
penstock_dll="src/Penstock.Server/bin/Release/net10.0/penstock.dll"

work_dir=$(mktemp -d)
server_pids=()

stop_servers() {
  local pid
  for pid in "${server_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${server_pids[@]}"; do
    # A server that does not end in 5 s is ended.
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  server_pids=()
}

clean_up() {
  stop_servers
  rm -rf "$work_dir"
}

# free_port: a port on which nobody listens now, below those that the system hands out for outgoing connections.
free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  echo "no free port found" >&2
  return 1
}

# start_server NAME ARGS...: runs penstock in an empty directory, so that no .env or config.yaml of yours is read.
# Sets $server_pid; its output is in $work_dir/NAME.log.
start_server() {
  local name=$1
  shift
  mkdir -p "$work_dir/$name"
  (
    cd "$work_dir/$name"
    unset PORT HOST MOCK_PORT BACKEND_URL CONFIG_FILE API_KEY ADMIN_KEY AUTHORIZATION LOG_LEVEL LOG_FORMAT
    unset OTEL_EXPORTER_OTLP_ENDPOINT
    exec "${penstock[@]}" "$@"
  ) >"$work_dir/$name.log" 2>&1 &
  server_pid=$!
  server_pids+=("$server_pid")
}

# wait_for URL NAME: until $server_pid answers 200 there, at most 20 s; else shows its log.
wait_for() {
  local url=$1 name=$2
  for _ in $(seq 200); do
    kill -0 "$server_pid" 2>/dev/null || break
    if curl -sf -o /dev/null --max-time 2 "$url"; then return 0; fi
    sleep 0.1
  done
  echo "$name does not answer at $url; it said:" >&2
  tail -n 50 "$work_dir/$name.log" >&2
  return 1
}

# mock_config MOCK_PORT: the configuration that the checks expect, with the mock on that port.
mock_config() { sed "s/\${MOCK_PORT:-8081}/$1/" tests/bruno/gateway.yaml; }
