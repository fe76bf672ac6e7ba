#!/bin/sh
# SPDX-License-Identifier: MIT
# Registries and token servers that do wrong: no password goes where it should not, and each mistake is told in one line.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"

servers=
cleanup() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$servers" ] || kill $servers 2>/dev/null || :
}

HOME=$TMP/home
DAVIT_CONFIG=$TMP/etc
DAVIT_ROOT=$TMP/root
export HOME DAVIT_CONFIG DAVIT_ROOT
unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
mkdir "$HOME" "$HOME/.docker" "$DAVIT_CONFIG" "$REGISTRIES"
registry_certificate
plain=localhost:$(registry_port)
secure=localhost:$(registry_port)
for each in plain secure; do
	echo '{}' >"$TMP/$each.json"
	: >"$TMP/$each.log"
done
python3 "$(dirname "$0")/scripted_registry.py" "${plain#*:}" "$TMP/plain.json" "$TMP/plain.log" 2>/dev/null &
servers=$!
registry_wait "${plain#*:}" $!
python3 "$(dirname "$0")/scripted_registry.py" "${secure#*:}" "$TMP/secure.json" "$TMP/secure.log" \
	"$REGISTRIES/server.crt" "$REGISTRIES/server.key" 2>/dev/null &
servers="$servers $!"
registry_wait "${secure#*:}" $!
printf 'ca = %s\nplain-http = %s\n' "$REGISTRIES/ca.crt" "$plain" >"$DAVIT_CONFIG/davit.conf"
printf '{"auths": {"%s": {"auth": "YWxpY2U6d29uZGVy"}, "%s": {"auth": "YWxpY2U6d29uZGVy"}}}' "$plain" "$secure" \
	>"$HOME/.docker/config.json"
tags='"GET /v2/web/tags/list?n=1000"'
list='[200, {"Content-Type": "application/json"}, "{\"tags\": [\"1\"]}"]'

# answers SERVER JSON: what it answers from now on; its log is new
answers() {
	printf '%s' "$2" >"$TMP/$1.json"
	: >"$TMP/$1.log"
}

# asks [COMMAND...]: davit tags of the image on the TLS registry, or that command: what is said, and the exit code
asks() {
	[ $# -gt 0 ] || set -- "$DAVIT" tags "$secure/web"
	code=0
	"$@" 2>&1 || code=$?
	echo "($code)"
}

# bearer REALM [MORE]: an answer that wants a token from there
bearer() {
	printf '[401, {"WWW-Authenticate": "Bearer realm=\\"%s\\"%s"}, "{}"]' "$1" "${2-}"
}

# --- who is told a password ----------------------------------------------------------------------------------

answers secure "{$tags: $(bearer "http://$plain/token")}"
answers plain '{"GET /token": [200, {}, "{\"token\": \"t\"}"]}'
same a-token-server-without-tls-is-refused "davit: $secure: wants a token from http://$plain/token: expected an address with https://
(1)" "$(asks)"
same and-hears-nothing "" "$(cat "$TMP/plain.log")"

answers secure "{$tags: [[307, {\"Location\": \"https://127.0.0.1:${secure#*:}/elsewhere\"}, \"\"], $list], \"GET /elsewhere\": [401, {\"WWW-Authenticate\": \"Basic realm=x\"}, \"\"]}"
contains another-host-that-wants-a-password-gets-none "$(asks)" "(1)"
lacks not-there "$(grep elsewhere "$TMP/secure.log")" "Basic"

answers secure "{$tags: [307, {\"Location\": \"http://$plain/stolen\"}, \"\"]}"
answers plain '{"GET /stolen": [200, {}, "{\"tags\": [\"1\"]}"]}'
contains a-redirect-to-plain-http-is-refused "$(asks)" "(1)"
same nobody-asks-there "" "$(cat "$TMP/plain.log")"

answers secure "{$tags: [[401, {\"WWW-Authenticate\": \"Basic realm=x\"}, \"\"], [200, {\"Link\": \"<http://$plain/v2/web/tags/list>; rel=\\\"next\\\"\"}, \"{\\\"tags\\\": [\\\"1\\\"]}\"]]}"
contains a-next-page-without-tls-is-refused "$(asks)" "leads to http://$plain/v2/web/tags/list"
same nobody-asks-for-it "" "$(cat "$TMP/plain.log")"

answers secure "{$tags: [[401, {\"WWW-Authenticate\": \"Basic realm=x\"}, \"\"], [200, {\"Link\": \"<https://127.0.0.1:${secure#*:}/v2/web/more>; rel=\\\"next\\\"\"}, \"{\\\"tags\\\": [\\\"1\\\"]}\"]], \"GET /v2/web/more\": [200, {}, \"{\\\"tags\\\": [\\\"2\\\"]}\"]}"
same a-next-page-of-another-host-is-read "1
2
(0)" "$(asks)"
same without-a-password "GET /v2/web/more -" "$(grep more "$TMP/secure.log")"

# What follows a path may be a right to read, signed for an hour.
next() {
	printf '[200, {"Link": "<%s?signature=secret>; rel=\\"next\\""}, "{\\"tags\\": [\\"1\\"]}"]' "$1"
}
for body in '[403, {}, "{}"]' '[200, {}, "x"]' '[200, {}, "{\"tags\": 7}"]'; do
	answers secure "{$tags: $(next /v2/web/more), \"GET /v2/web/more\": $body}"
	said=$(asks)
	contains "a-signed-address-is-told-without-its-signature" "$said" "/more"
	lacks and-nothing-of-that "$said" secret
done
answers secure "{$tags: $(next "http://$plain/more")}"
lacks nor-where-it-leads-to-plain-http "$(asks)" secret

# --- tokens --------------------------------------------------------------------------------------------------

token="https://$secure/token"
answers secure "{$tags: [$(bearer "$token"), $list], \"GET /token\": [200, {}, \"{\\\"access_token\\\": \\\"t\\\"}\"]}"
same a-token-is-used "1
(0)" "$(asks)"
same only-the-token-server-gets-the-password "Basic YWxpY2U6d29uZGVy Bearer t" "$(awk '$2 ~ /token/ { print $3, $4 } $2 ~ /tags/ { last = $3 " " $4 } END { print last }' "$TMP/secure.log" | tr '\n' ' ' | sed 's/ $//')"

answers secure "{$tags: $(bearer "$token"), \"GET /token\": [200, {}, \"{\\\"token\\\": \\\"t\\\"}\"]}"
contains a-token-that-does-not-help-is-not-asked-for-for-ever "$(asks)" "(1)"
same but-once 2 "$(grep -c tags "$TMP/secure.log")"
for body in '' '[]' 'null' '{}' '{\"token\": 7}' '{\"token\": \"\"}' '{\"token\": \"a b\"}' '{\"token\": \"a\\r\\nX: y\"}' \
	'{\"token\": \"t\", \"expires_in\": -1}' '{\"token\": \"t\", \"expires_in\": \"soon\"}'; do
	answers secure "{$tags: [$(bearer "$token"), $list], \"GET /token\": [200, {}, \"$body\"]}"
	said=$(asks)
	same "a-token-server-that-answers-$(printf %s "$body" | tr -d '\\"{} ' | tr ':,[]' '-')-is-refused-in-one-line" "(1) 2" "$(echo "$said" | tail -n 1) $(echo "$said" | wc -l)"
done
answers secure "{$tags: $(bearer "$token"), \"GET /token\": [403, {\"Content-Type\": \"application/json\"}, \"{\\\"details\\\": \\\"no\\u001b[31m entry\\\"}\"]}"
contains its-words-move-no-terminal "$(asks)" "no?\[31m entry (403)"

# --- challenges ----------------------------------------------------------------------------------------------

for wants in 'Bearer service=x' 'Bearer realm=' 'Bearer realm=\"' '=' 'Basic, Bearer realm=\"ftp://x\"' 'Digest realm=\"x\"' ''; do
	answers secure "{$tags: [401, {\"WWW-Authenticate\": \"$wants\"}, \"\"]}"
	said=$(asks)
	same "a-challenge-$(printf %s "$wants" | tr -d '\\"' | tr ' :,/=' '-')-is-refused-in-one-line" "(1) 2" "$(echo "$said" | tail -n 1) $(echo "$said" | wc -l)"
	lacks and-no-password-is-sent "$(cat "$TMP/secure.log")" Basic
done

# --- lists ---------------------------------------------------------------------------------------------------

for body in '' 'x' '{\"tags\": 7}' '{\"tags\": [7]}' '{\"tags\": {\"a\": 1}}'; do
	answers secure "{$tags: [200, {}, \"$body\"]}"
	said=$(asks)
	same "a-list-$(printf %s "$body" | tr -d '\\"{} ' | tr ':,[]' '-')-is-refused-in-one-line" "(1) 2" "$(echo "$said" | tail -n 1) $(echo "$said" | wc -l)"
done
answers secure "{$tags: [200, {}, \"{\\\"tags\\\": [\\\"a\\u001b[2J\\\"]}\"]}"
same names-move-no-terminal "a?[2J
(0)" "$(asks)"
answers secure "{$tags: [200, {\"Link\": \"</v2/web/tags/list?n=1000>; rel=next\"}, \"{\\\"tags\\\": [$(python3 -c 'print(", ".join(["\\\"a\\\""] * 30000))')]}\"]}"
contains pages-without-end-end "$(asks)" "too many names"

more='{"Link": "</v2/web/tags/list?n=1000>; rel=next"}'
answers secure "{$tags: [200, $more, \"{}\"]}"
contains nor-do-empty-ones-come-for-ever "$(asks)" "longer than 1000 pages or 16 MiB"
answers secure "{$tags: [200, $more, \"{$(printf '%900000s' '')}\"]}"
contains nor-large-ones "$(asks)" "longer than 1000 pages or 16 MiB"
same after-nineteen-of-them 19 "$(grep -c tags "$TMP/secure.log")"

answers secure '{"GET /v2/_catalog": [404, {}, "{}"]}'
same a-registry-without-a-catalogue-is-told-in-one-line "davit: $secure: has no catalogue, or does not show it to you: davit tags $secure/NAME lists the tags of one image
(1)" "$(asks "$DAVIT" search "$secure/web")"

# --- pushes --------------------------------------------------------------------------------------------------

mkdir -p "$TMP/image/blobs/sha256" "$TMP/tree"
python3 - "$TMP/image" <<-'END'
	import hashlib, json, os, sys
	here = sys.argv[1]
	def blob(data, kind):
	    name = hashlib.sha256(data).hexdigest()
	    open(here + "/blobs/sha256/" + name, "wb").write(data)
	    return {"mediaType": kind, "digest": "sha256:" + name, "size": len(data)}
	oci = "application/vnd.oci.image."
	layer = blob(os.urandom(12000000), oci + "layer.v1.tar")
	config = blob(json.dumps({"os": "linux", "architecture": "arm", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode(),
	              oci + "config.v1+json")
	top = blob(json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode(), oci + "manifest.v1+json")
	json.dump({"schemaVersion": 2, "manifests": [top]}, open(here + "/index.json", "w"))
	open(here + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
END
post='"POST /v2/web/blobs/uploads/"'

# pushed WHAT-IT-SAYS NAME: the push fails, with a line that says so
pushed() {
	said=$(asks timeout 60 "$DAVIT" push -q "$TMP/image" "$secure/web:1")
	contains "$2" "$said" "$1"
	contains "$2-and-fails" "$said" "(1)"
}

answers secure "{$post: [202, {}, \"\"]}"
pushed "no Location" an-upload-to-nowhere-is-refused
answers secure "{$post: [202, {\"Location\": \"http://$plain/up\"}, \"\"]}"
answers plain '{"PATCH /up": [202, {"Location": "/up"}, ""]}'
pushed "leads to http://$plain/up" an-upload-without-tls-is-refused
same no-byte-is-sent-there "" "$(cat "$TMP/plain.log")"
answers secure "{$post: [202, {\"Location\": \"/up\"}, \"\"], \"PATCH /up\": [202, {\"Location\": \"/up\", \"Range\": \"0-0\"}, \"\"]}"
pushed "/up: (404)" a-registry-that-takes-nothing-is-refused
answers secure "{$post: [202, {\"Location\": \"/up\"}, \"\"], \"PATCH /up\": [202, {\"Location\": \"/up\", \"Range\": \"0-99999999\"}, \"\"]}"
pushed "/up: (404)" a-registry-that-has-more-than-there-is-is-refused
answers secure "{$post: [202, {\"Location\": \"/up\"}, \"\"], \"PATCH /up\": [202, {\"Location\": \"/up\"}, \"\"], \"PUT /up\": [400, {}, \"{\\\"errors\\\": [{\\\"code\\\": \\\"DIGEST_INVALID\\\", \\\"message\\\": \\\"wrong bytes\\\"}]}\"]}"
pushed "wrong bytes (400)" a-refused-upload-is-told-in-the-registry-s-words
answers secure "{$post: [202, {\"Location\": \"/up\"}, \"\"], \"PATCH /up\": [202, {\"Location\": \"/up\"}, \"\"], \"PUT /up\": [201, {}, \"\"], \"PUT /v2/web/manifests/1\": [201, {\"Docker-Content-Digest\": \"sha256:0\"}, \"\"]}"
pushed "takes sha256:*for sha256:0" a-registry-that-changes-a-manifest-is-refused
answers secure "{$post: [403, {}, \"{\\\"errors\\\": [{\\\"code\\\": \\\"DENIED\\\"}]}\"]}"
pushed "DENIED (403)" a-push-that-is-denied-is-told-so

# One that says no to a large piece while it comes, reads nothing of it, and does not hang up.
deaf=$(registry_port)
python3 - "$deaf" <<-'END' &
	import socket, sys, time
	listener, kept = socket.create_server(("127.0.0.1", int(sys.argv[1]))), []
	while True:
	    client, _ = listener.accept()
	    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	    kept.append(client)
	    head = b""
	    while b"\r\n\r\n" not in head:
	        data = client.recv(1)
	        head += data
	        if not data:
	            break
	    time.sleep(head[:4] == b"PATC")
	    words = {b"HEAD": b"404 No", b"POST": b"202 Yes\r\nLocation: /up", b"PATC": b"403 Never"}
	    client.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % words.get(head[:4], b"404 No"))
END
servers="$servers $!"
registry_wait "$deaf" $!
printf 'plain-http = localhost:%s\n' "$deaf" >"$DAVIT_CONFIG/davit.conf"
contains a-no-is-heard-while-sending "$(asks timeout 20 "$DAVIT" push -q "$TMP/image" "localhost:$deaf/web:1")" "upload: (403)"

# --- names of this machine ------------------------------------------------------------------------------------

# Whoever answers for localhost where /etc/hosts does not, and speaks no TLS.
if unshare -mn true 2>/dev/null; then
	echo '192.0.2.1 localhost' >"$TMP/hosts"
	: >"$DAVIT_CONFIG/davit.conf"
	echo "{$tags: $list}" >"$TMP/far.json"
	sed 's/"127.0.0.1", int/"192.0.2.1", int/' "$(dirname "$0")/scripted_registry.py" >"$TMP/far.py"
	cat >"$TMP/far.sh" <<-'END'
		mount --bind "$TMP/hosts" /etc/hosts
		ip link set lo up
		ip address add 192.0.2.1/32 dev lo
		python3 "$TMP/far.py" 5000 "$TMP/far.json" "$TMP/far.log" 2>/dev/null &
		python3 - <<-'PYTHON'
			import socket, time
			for i in range(200):
			    try:
			        socket.create_connection(("192.0.2.1", 5000), 1).close()
			        break
			    except OSError:
			        time.sleep(0.05)
		PYTHON
		"$@" || code=$?
		kill $!
		exit ${code-0}
	END
	export TMP
	contains localhost-that-is-not-this-machine-is-not-asked-without-tls \
		"$(asks unshare -mn sh "$TMP/far.sh" "$DAVIT" tags localhost:5000/web)" "this name leads away from this machine*(1)"
	same and-hears-nothing "" "$(cat "$TMP/far.log" 2>/dev/null)"
	echo 'plain-http = localhost:5000' >"$DAVIT_CONFIG/davit.conf"
	same unless-it-is-listed "1
(0)" "$(asks unshare -mn sh "$TMP/far.sh" "$DAVIT" tags localhost:5000/web)"

	# It says so only when the layer is about to be fetched, which another process does.
	: >"$DAVIT_CONFIG/davit.conf"
	: >"$TMP/far.log"
	python3 - >"$TMP/near.json" <<-'END'
		import hashlib, json, os
		def part(text, kind):
		    return {"mediaType": kind, "digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "size": len(text)}
		machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "arm")
		layer = part("x" * 4096, "application/vnd.stacker.image.layer.squashfs")
		config = json.dumps({"os": "linux", "architecture": machine, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}})
		own = part(config, "application/vnd.oci.image.config.v1+json")
		kind = "application/vnd.oci.image.manifest.v1+json"
		manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": own, "layers": [layer]})
		print(json.dumps({"GET /v2/web/manifests/1": [200, {"Content-Type": kind}, manifest],
		                  "GET /v2/web/blobs/" + own["digest"]: [200, {}, config]}))
	END
	# Whoever asks for signatures has all but the layer.
	sed -e 's|^        self.send_response(status)|        if ".sig" in self.path:\n            open(os.environ["TMP"] + "/hosts", "w").write("192.0.2.1 localhost\\n")\n&|' \
		-e 's/^import json/import json, os/' "$(dirname "$0")/scripted_registry.py" >"$TMP/near.py"
	cat >"$TMP/near.sh" <<-'END'
		echo '127.0.0.1 localhost' >"$TMP/hosts"
		exec sh "$TMP/far.sh" sh -c 'python3 "$TMP/near.py" 5000 "$TMP/near.json" "$TMP/near.log" 2>/dev/null & near=$!; sleep 1; "$@"; code=$?; kill $near; exit $code' - "$@"
	END
	contains nor-by-who-fetches-layers "$(asks unshare -mn sh "$TMP/near.sh" "$DAVIT" pull -q localhost:5000/web:1)" "this name leads away from this machine*(1)"
	same who-tells-nobody "" "$(cat "$TMP/far.log")"
else
	skip localhost-that-is-not-this-machine-is-not-asked-without-tls "no namespaces here"
fi
