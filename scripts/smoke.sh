#!/usr/bin/env bash
# Starts a mock and the gateway in front of it, asks them what a newcomer would with curl, and cleans up behind itself.
#
#   scripts/smoke.sh                                   tries the Release build, and makes it if there is none
#   PENSTOCK=path/to/penstock scripts/smoke.sh         tries a published file
#   PORT=8080 MOCK_PORT=8081 scripts/smoke.sh          on these ports, else on free ones
#
# Needs bash and curl. Exits 1 if a check fails, 2 if the servers do not start.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/servers.sh
source scripts/servers.sh
trap clean_up EXIT
trap 'exit 130' INT TERM

if [[ -n ${PENSTOCK:-} ]]; then
  penstock=("$(realpath "$PENSTOCK")")
else
  [[ -f $penstock_dll ]] || dotnet build -c Release src/Penstock.Server
  penstock=(dotnet "$PWD/$penstock_dll")
fi

passed=0
failed=0
ok() {
  echo "ok    $1"
  passed=$((passed + 1))
}
fail() {
  echo "FAIL  $1"
  failed=$((failed + 1))
  echo "      status $status" && sed 's/^/      /' "$work_dir/headers" "$work_dir/body" 2>/dev/null | head -c 2000
  echo
}

# check NAME CONDITION...: every condition is a command line; the check is ok when all succeed.
check() {
  local name=$1 condition
  shift
  for condition in "$@"; do
    if ! eval "$condition"; then
      fail "$name: $condition"
      return
    fi
  done
  ok "$name"
}

# ask METHOD PATH [CURL ARGS...]: $status, and the files headers and body.
ask() {
  local method=$1 path=$2
  shift 2
  rm -f "$work_dir/headers" "$work_dir/body"
  status=$(curl -sN -X "$method" "$url$path" -D "$work_dir/headers" -o "$work_dir/body" \
    -w '%{http_code}' --max-time 20 "$@") || status="$status (curl exit $?)"
}
chat() {
  local body=$1
  shift
  ask POST /v1/chat/completions -H 'Content-Type: application/json' -d "$body" "$@"
}
hello() { echo "{\"model\":\"$1\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]${2:-}}"; }

status_is() { [[ $status == "$1" ]]; }
# header NAME: its value, and header_is NAME REGEX.
header() { sed -n "s/^$1: *\(.*\)\r\$/\1/Ip" "$work_dir/headers"; }
header_is() { header "$1" | grep -Eqx -- "$2"; }
body_has() { grep -Fq -- "$1" "$work_dir/body"; }
# field NAME REGEX: a JSON field with that value, wherever it is.
field() { grep -Eq -- "\"$1\"[[:space:]]*:[[:space:]]*$2" "$work_dir/body"; }
stream_is_done() { [[ $(grep -v '^[[:space:]]*$' "$work_dir/body" | tail -n 1 | tr -d '\r') == 'data: [DONE]' ]]; }
uuid4='[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

mock_port=${MOCK_PORT:-$(free_port)}
slow_port=$(free_port)
down_port=$(free_port)
port=${PORT:-$(free_port)}
url="http://127.0.0.1:$port"

mock_config "$mock_port" >"$work_dir/config.yaml"
cat >>"$work_dir/config.yaml" <<YAML
  - name: slow
    type: http
    url: http://127.0.0.1:$slow_port/v1/
  - name: down
    type: http
    url: http://127.0.0.1:$down_port
YAML

start_server mock mock --port "$mock_port"
wait_for "http://127.0.0.1:$mock_port/health" mock || exit 2
start_server slow mock --port "$slow_port" --tokens 4 --token-interval-ms 200
wait_for "http://127.0.0.1:$slow_port/health" slow || exit 2
start_server gateway serve --host 127.0.0.1 --port "$port" --config "$work_dir/config.yaml"
gateway_pid=$server_pid
wait_for "$url/readyz" gateway || exit 2
echo "The gateway is at $url, the mock at http://127.0.0.1:$mock_port."

echo "-- what it says about itself"
ask GET /healthz
check "health" "status_is 200" "field status '\"ok\"'"
ask GET /readyz
check "readiness" "status_is 200"
ask GET /v1/models
check "models" "status_is 200" "field object '\"list\"'" "field id '\"mock-model\"'" "field id '\"mock\"'"
ask GET /v1/models/mock-model
check "one model" "status_is 200" "field object '\"model\"'"
ask GET /nowhere
check "unknown route" "status_is 404" "field code '\"not_found\"'" "field type '\"invalid_request_error\"'"

echo "-- echo"
chat "$(hello any)"
check "content" "status_is 200" "header_is content-type 'application/json.*'" "field content '\"Echo: hello\"'"
check "usage" "field prompt_tokens 1" "field completion_tokens 2" "field total_tokens 3"
check "backend" "header_is x-backend echo" "field backend '\"echo\"'" "field model '\"any\"'"
check "a request id is made" "header_is x-request-id '$uuid4'"
chat '{"messages":[]}'
check "validation" "status_is 400" "field param '\"messages\"'" "field code '\"invalid_value\"'"
ask POST /v1/chat/completions -H 'Content-Type: text/plain' -d "$(hello any)"
check "only JSON" "status_is 415" "field code '\"unsupported_media_type\"'"

echo "-- request ids"
chat "$(hello any)" -H 'X-Request-ID: smoke-1'
check "X-Request-ID" "header_is x-request-id smoke-1" "field id '\"smoke-1\"'"
chat "$(hello any)" -H 'Request-Id: smoke-2'
check "Request-Id" "header_is x-request-id smoke-2" "field id '\"smoke-2\"'"
chat "$(hello any)" -H 'X-Request-ID: no good'
check "an invalid one is replaced" "header_is x-request-id '$uuid4'" "field id '\"$uuid4\"'"
ask GET /nowhere -H 'X-Request-ID: smoke-3'
check "on errors too" "header_is x-request-id smoke-3"

echo "-- forwarding and routing"
chat "$(hello mock-model)" -H 'X-Request-ID: smoke-4'
check "a model of the mock" "status_is 200" "field content '\"Mock\"'" "header_is x-backend mock" \
  "header_is x-request-id smoke-4" "field id '\"smoke-4\"'" "field model '\"mock-model\"'" "field total_tokens 2"
chat "$(hello mock-of-any-size)"
check "a pattern" "status_is 200" "header_is x-backend mock" "field model '\"mock-of-any-size\"'"
chat "$(hello mock)"
check "a backend's name" "status_is 200" "header_is x-backend mock" "field content '\"Mock\"'"
chat "$(hello nobody-knows-me)"
check "an unknown model falls back to the default" "status_is 200" "header_is x-backend echo"
chat '{"messages":[{"role":"user","content":"hello"}]}'
check "a missing model too" "status_is 200" "header_is x-backend echo" "field model '\"echo\"'"
chat "$(hello down)" -H 'X-Request-ID: smoke-5'
check "a backend that is down" "status_is 502" "field code '\"upstream_unreachable\"'" "header_is x-request-id smoke-5"

echo "-- streaming"
chat "$(hello any ',"stream":true')"
check "echo" "status_is 200" "header_is content-type 'text/event-stream.*'" "header_is x-accel-buffering no" \
  "field object '\"chat.completion.chunk\"'" "body_has hello" stream_is_done
check "no usage unless asked" "! field total_tokens '[0-9]+'"
chat "$(hello any ',"stream":true,"stream_options":{"include_usage":true}')"
check "echo with usage" "field total_tokens 3" stream_is_done
chat "$(hello mock-model ',"stream":true')" -H 'X-Request-ID: smoke-6'
check "from the mock" "status_is 200" "header_is x-backend mock" "field content '\"Mock\"'" \
  "field id '\"smoke-6\"'" "! field total_tokens '[0-9]+'" stream_is_done
chat "$(hello mock-model ',"stream":true,"stream_options":{"include_usage":true}')"
check "from the mock with usage" "field total_tokens 2" stream_is_done

# Four tokens, 200 ms apart: whoever holds them back answers all at once.
read -r first_ms total_ms < <(curl -sN -o "$work_dir/body" --max-time 20 "$url/v1/chat/completions" \
  -H 'Content-Type: application/json' -d "$(hello slow ',"stream":true')" \
  -w '%{time_starttransfer} %{time_total}\n' | LC_ALL=C awk '{ print int($1 * 1000), int($2 * 1000) }')
check "tokens arrive as they are said (first after $first_ms ms, last after $total_ms ms)" \
  "((total_ms - first_ms >= 400))" stream_is_done

echo "-- what it counted"
ask GET /metrics
check "metrics as JSON" "status_is 200" "field request_count '[1-9][0-9]*'" "field error_count '[1-9][0-9]*'" \
  "field completion_tokens '[1-9][0-9]*'" "field in_flight '[0-9]+'"
ask GET /metrics -H 'Accept: text/plain'
check "metrics for Prometheus" "status_is 200" "header_is content-type 'text/plain.*'" "body_has '# TYPE '"

echo "-- ending"
kill -TERM "$gateway_pid"
status=0
wait "$gateway_pid" || status=$?
check "SIGTERM ends it with exit code 0" "status_is 0"

echo
echo "$passed ok, $failed FAIL"
((failed == 0))
