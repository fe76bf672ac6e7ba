#!/bin/sh
# SPDX-License-Identifier: MIT
# What real registries do beside the specification, or as it says where others do not.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"
# shellcheck source=lib/images.sh
. "$(dirname "$0")/lib/images.sh"

quirk_pid='' cut_pid=''
cleanup() {
	[ -z "$quirk_pid" ] || kill "$quirk_pid" 2>/dev/null || :
	[ -z "$cut_pid" ] || kill "$cut_pid" 2>/dev/null || :
	cut_pid=
}

HOME=$TMP/home
DAVIT_CONFIG=$TMP/etc
DAVIT_ROOT=$TMP/root
export HOME DAVIT_CONFIG DAVIT_ROOT
unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
mkdir -p "$HOME/.docker" "$DAVIT_CONFIG"

# small [WORD...]: start small_registry.py; sets at, its host and port, and log
small() {
	cleanup
	port=$(registry_port)
	at=localhost:$port
	log=$TMP/log.$port
	words=
	for word; do
		words="$words $(echo "$word" | sed "s/PORT/$port/")"
	done
	# shellcheck disable=SC2086 # several words
	python3 "$(dirname "$0")/small_registry.py" "$port" 16777216 0 "$log" $words 2>/dev/null &
	quirk_pid=$!
	registry_wait "$port" $quirk_pid
}

# scripted SCRIPT: start scripted_registry.py, whose script has PORT for its port
scripted() {
	cleanup
	port=$(registry_port)
	at=localhost:$port
	log=$TMP/log.$port
	echo "$1" | sed "s/PORT/$port/g" >"$TMP/script"
	python3 "$(dirname "$0")/scripted_registry.py" "$port" "$TMP/script" "$log" 2>/dev/null &
	quirk_pid=$!
	registry_wait "$port" $quirk_pid
}

# said COMMAND...: what it says on either stream, and its exit code
said() {
	code=0
	"$@" 2>&1 || code=$?
	echo "($code)"
}

# sent METHOD: the largest body of all requests of that METHOD that were taken
sent() {
	awk -v method="$1" '$1 == method && $4 < 300 && $3 > most { most = $3 } END { print most + 0 }' "$log"
}

# --- pushing -------------------------------------------------------------------------------------------------

if images_can_be_built; then
	image_make "$TMP/image" 'echo quirk' 34000000
	size=$(image_layer_size "$TMP/image" 0)

	small limit=4194304
	same a-registry-that-takes-no-large-pieces-gets-all-in-one "$at/web:1
(0)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"
	same and-every-byte-of-it "$size" "$(sent PUT)"
	same no-piece-is-tried-again-and-again 1 "$(grep -c '^PATCH .* 416' "$log")"

	small one
	same a-registry-that-takes-one-piece-gets-all-in-one "$at/web:1
(0)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"
	same of-the-same-bytes "$size" "$(sent PUT)"

	small stale
	same a-registry-that-does-not-say-what-it-has-gets-all-in-one "$at/web:1
(0)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"
	same as-many-bytes "$size" "$(sent PUT)"

	small count
	same a-registry-that-counts-bytes-gets-no-hole "$at/web:1
(0)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"
	same and-no-piece-in-vain 0 "$(grep -c ' 416$' "$log")"

	small bytes
	cut=$(registry_port)
	python3 "$(dirname "$0")/cut.py" "$cut" "$port" 20000000 1 >/dev/null 2>&1 &
	cut_pid=$!
	registry_wait "$cut" $cut_pid
	contains a-range-of-bytes-is-one-too "$(said "$DAVIT" push -q "$TMP/image" "localhost:$cut/web:1")" "goes on from byte 1*(0)"

	small sent-on
	same a-manifest-that-is-sent-on-is-not-there "davit: $at/web: manifests/1: expected an answer, not a redirect to http://$at/elsewhere (307)
(1)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"

	small basic at=http://LocalHost:PORT
	printf '{"auths": {"%s": {"auth": "YWxpY2U6d29uZGVy"}}}' "$at" >"$HOME/.docker/config.json"
	same a-registry-may-write-its-name-in-other-letters "$at/web:1
(0)" "$(said "$DAVIT" push -q "$TMP/image" "$at/web:1")"
	rm "$HOME/.docker/config.json"
fi

# --- lists ---------------------------------------------------------------------------------------------------

scripted '{"GET /v2/web/tags/list?last": [200, {}, "{\"tags\": [\"b\"]}"],
	"GET /v2/web/tags/list": [200, {"Link": "</v2/web/tags/list?n=1000>; rel=\"first\", <list?last=a>; rel=\"next\""},
	"{\"tags\": [\"a\"]}"]}'
same of-several-links-the-next-page-is-taken "a
b
(0)" "$(said "$DAVIT" tags "$at/web")"
scripted '{"GET /v2/web/tags/list": [200, {}, "{\"name\": \"web\", \"tags\": null}"]}'
same no-tags-may-be-null "(0)" "$(said "$DAVIT" tags "$at/web")"
# answering ASKED STATUS BODY: what is to be answered from now on; BODY is Python's
answering() {
	python3 -c 'import json, sys; print(json.dumps({sys.argv[1]: [int(sys.argv[2]), {}, eval(sys.argv[3])]}))' "$@" >"$TMP/script"
}

answering 'GET /v2/web/tags/list' 200 "'{\"tags\": [\"' + 'a' * 2000000 + '\"]}'"
same a-page-larger-than-any-is-refused "davit: http://$at/v2/web/tags/list: its answer is longer than 1048576 bytes
(1)" "$(said "$DAVIT" tags "$at/web")"
answering 'GET /v2/' 403 "'<p>' * 50000"
same a-refusal-is-one-line-however-long-the-answer "davit: $at/web: tags/list: (403)
(1)" "$(said "$DAVIT" tags "$at/web")"

# --- what is no image ----------------------------------------------------------------------------------------

scripted "$(python3 - <<-'END'
	import hashlib, json
	def part(text, kind):
	    return {"mediaType": kind, "digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "size": len(text)}
	chart = '{"name": "chart"}'
	config = part(chart, "application/vnd.cncf.helm.config.v1+json")
	kind = "application/vnd.oci.image.manifest.v1+json"
	manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": [part("x", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")]})
	print(json.dumps({"GET /v2/web/manifests/1": [200, {"Content-Type": kind}, manifest],
	                  "GET /v2/web/blobs/" + config["digest"]: [200, {}, chart]}))
END
)"
same a-chart-is-told-from-an-image "davit: $at/web:1: layer 0 is application/vnd.cncf.helm.chart.content.v1.tar+gzip, which is no kind of layer that is known
(1)" "$(said "$DAVIT" pull -q "$at/web:1")"

# --- tokens --------------------------------------------------------------------------------------------------

# token SCOPE ANSWER: a registry that wants a token for SCOPE, and a token server that gives ANSWER; sets tags
token() {
	scripted '{"GET /token": [200, {}, "'"$2"'"], "GET /v2/web/tags/list": [[401, {"WWW-Authenticate":
	"Bearer realm=\"http://localhost:PORT/token\",service=\"s\",scope=\"'"$1"'\""}, ""], [200, {}, "{\"tags\": [\"1\"]}"]]}'
	tags=$(said "$DAVIT" tags "$at/web")
}

token repository:web:pull '{\"token\": \"\", \"access_token\": \"abc\"}'
same an-access-token-counts-where-the-other-is-empty "1
(0)" "$tags"
contains and-is-shown "$(cat "$log")" "Bearer abc"
token 'repository:web:pull repository:base:pull' '{\"token\": \"abc\"}'
contains each-scope-is-asked-for-by-itself "$(cat "$log")" "&scope=repository%3Aweb%3Apull&scope=repository%3Abase%3Apull -"
