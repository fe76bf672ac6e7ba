#!/bin/sh
# SPDX-License-Identifier: MIT
# davit login, logout, tags and search: who is let in, what is kept in which file, and what is never said to whom.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"

cleanup() {
	registry_stop_all
}

if ! registry_is_here; then
	skip registries-let-in-who-may "no docker-registry (scripts/deps test)"
	exit 0
fi

HOME=$TMP/home
DAVIT_CONFIG=$TMP/etc
export HOME DAVIT_CONFIG
unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
mkdir "$HOME" "$DAVIT_CONFIG"
file=$HOME/.docker/config.json

# login HOST [OPTION...]: as alice, by standard input
login() {
	printf 'wonder\n' | "$DAVIT" login -u alice --password-stdin "$@"
}

# said COMMAND...: what it says on either stream, and its exit code
said() {
	code=0
	"$@" 2>&1 || code=$?
	echo "($code)"
}

mode() {
	stat -c %a "$1"
}

# make_image NAME: an image of nothing, as skopeo copies it
make_image() {
	python3 - "$1" <<-'END'
		import hashlib, json, os, sys
		here = sys.argv[1]
		os.makedirs(here + "/blobs/sha256")
		def blob(data, kind):
		    name = hashlib.sha256(data).hexdigest()
		    open(here + "/blobs/sha256/" + name, "wb").write(data)
		    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + name, "size": len(data)}
		config = blob(json.dumps({"os": "linux", "architecture": "arm", "rootfs": {"type": "layers", "diff_ids": []}}).encode(),
		              "config.v1+json")
		manifest = blob(json.dumps({"schemaVersion": 2, "config": config, "layers": []}).encode(), "manifest.v1+json")
		json.dump({"schemaVersion": 2, "manifests": [manifest]}, open(here + "/index.json", "w"))
		open(here + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
	END
}

make_image "$TMP/nothing"

# fill HOST NAME:TAG...: by skopeo, as alice
fill() {
	to=$1
	shift
	for image; do
		skopeo copy -q --dest-creds alice:wonder --dest-tls-verify=false "oci:$TMP/nothing" "docker://$to/$image"
	done
}

# --- open to all ---------------------------------------------------------------------------------------------

registry_start open
fill "$HOST_NAME" web:1 web:2 team/db:1
same tags-of-an-image-are-listed "1 2 (0)" "$(said "$DAVIT" tags "$HOST_NAME/web" | tr '\n' ' ' | sed 's/ $//')"
same search-asks-the-catalogue "$HOST_NAME/team/db (0)" "$(said "$DAVIT" search "$HOST_NAME/db" | tr '\n' ' ' | sed 's/ $//')"
same an-option-is-no-term-of-a-search "davit: unknown option -x (davit help search lists them)
(2)" "$(said "$DAVIT" search -x)"
same a-host-alone-lists-all "$HOST_NAME/team/db $HOST_NAME/web (0)" "$(said "$DAVIT" search "$HOST_NAME/" | tr '\n' ' ' | sed 's/ $//')"
same so-does-a-host-with-its-port "$HOST_NAME/team/db $HOST_NAME/web (0)" "$(said "$DAVIT" search "$HOST_NAME" | tr '\n' ' ' | sed 's/ $//')"
same an-image-that-is-not-there-is-said "davit: $HOST_NAME/no: tags/list: repository name not known to registry (404)
(1)" "$(said "$DAVIT" tags "$HOST_NAME/no")"
same a-host-that-refuses-is-said-once 1 "$("$DAVIT" tags localhost:1/web 2>&1 | wc -l)"
printf 'offline = yes\n' >"$DAVIT_CONFIG/davit.conf"
contains offline-asks-nobody "$(said "$DAVIT" tags "$HOST_NAME/web")" "(1)"
rm "$DAVIT_CONFIG/davit.conf"
printf 'registry = %s\n' "$HOST_NAME" >"$DAVIT_CONFIG/davit.conf"
same a-name-without-a-host-is-of-the-default-registry "1 2" "$("$DAVIT" tags web | tr '\n' ' ' | sed 's/ $//')"
printf 'plain-http = vm\n' >"$DAVIT_CONFIG/davit.conf"
contains what-a-registry-is-called-is-said-exactly "$(said "$DAVIT" tags "$HOST_NAME/web")" "plain-http = vm: expected HOST.DOMAIN, HOST:PORT or none"
rm "$DAVIT_CONFIG/davit.conf"
contains who-named-no-host-is-told-whom-davit-asks "$(https_proxy=http://127.0.0.1:1 said "$DAVIT" tags web)" "(docker.io is asked, since no host is named and no registry = is set)
(1)"
contains a-proxy-that-does-not-answer-is-named "$(https_proxy=http://127.0.0.1:1 said "$DAVIT" tags docker.io/web)" "the proxy 127.0.0.1:1: Connection refused"
lacks but-not-who-named-it "$(https_proxy=http://127.0.0.1:1 said "$DAVIT" tags docker.io/web)" "is asked"

# --- passwords -----------------------------------------------------------------------------------------------

registry_start basic basic
basic=$HOST_NAME
fill "$basic" web:1
contains without-credentials-the-remedy-is-named "$(said "$DAVIT" tags "$basic/web")" "(401; davit login $basic)"
contains a-wrong-password-is-refused "$(said "$DAVIT" login -u alice -p wrong "$basic")" "davit: $basic: this user and password were not taken: authentication required (401)
(1)"
check a-wrong-password-is-not-kept test ! -e "$file"
same login-succeeds "Login Succeeded
(0)" "$(said login "$basic")"
same what-login-keeps-is-its-owner-s-alone 600 "$(mode "$file")"
"$DAVIT" logout "$basic" >/dev/null
same without-a-terminal-a-name-is-needed "davit: davit login: expected -u USER
(2)" "$(said "$DAVIT" login "$basic" </dev/null)"
same and-a-password "davit: davit login: expected a terminal, or --password-stdin
(2)" "$(said "$DAVIT" login -u alice "$basic" </dev/null)"
contains a-search-that-is-not-answered-names-the-remedy "$(said "$DAVIT" search "$basic/web")" "(401; davit login $basic): davit tags"
# typed TEXT...: davit login on a terminal, where these are typed when it asks; what the terminal shows
typed() {
	python3 - "$DAVIT" "$basic" "$@" <<-'END'
		import os, pty, sys, time
		pid, terminal = pty.fork()
		if not pid:
		    os.execv(sys.argv[1], ["davit", "login", sys.argv[2]])
		shown, words = b"", [word.encode().decode("unicode_escape").encode() for word in sys.argv[3:]]
		while True:
		    try:
		        data = os.read(terminal, 1000)
		    except OSError:
		        break
		    if not data:
		        break
		    shown += data
		    if shown.endswith(b": ") and words:
		        time.sleep(0.2)
		        os.write(terminal, words.pop(0))
		sys.stdout.write(shown.decode().replace("\r\n", "|"))
		print("(%d)" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}
same a-terminal-is-asked-and-shows-no-password "Username: alice|Password: |Login Succeeded|(0)" "$(typed 'alice\n' 'wonder\n')"
contains an-interrupt-ends-it "$(typed 'alice\n' '\x03')" "(1)"
same after-login-tags-are-listed "1
(0)" "$(said "$DAVIT" tags "$basic/web")"
same skopeo-reads-what-login-keeps '"1"' "$(REGISTRY_AUTH_FILE=$file skopeo list-tags --tls-verify=false "docker://$basic/web" | tr -d ' ' | grep '^"1"$')"
same logout-forgets "Removed the credentials of $basic
(0)" "$(said "$DAVIT" logout "$basic")"
contains after-logout-nobody-is-let-in "$(said "$DAVIT" tags "$basic/web")" "davit login"
contains a-second-logout-says-that-there-is-nothing "$(said "$DAVIT" logout "$basic")" "has nothing of $basic"

# What others have put there stays, byte for byte what it means.
cat >"$file" <<-END
	{"psFormat": "x", "big": 12345678901234567890, "auths": {"https://$basic/v1/": {"auth": "b2xkOm9sZA=="},
	"quay.io": {"auth": "YTpi", "email": "a@b"}}, "HttpHeaders": {"A": "1.50"}, "n": 1.50}
END
chmod 644 "$file"
login "$basic" >/dev/null
same login-keeps-all-other-keys "x 12345678901234567890 1.50 1.50 YTpi a@b $basic quay.io" "$(python3 - "$file" <<-'END'
	import json, sys
	j = json.load(open(sys.argv[1]), parse_float=str)
	print(j["psFormat"], j["big"], j["n"], j["HttpHeaders"]["A"], j["auths"]["quay.io"]["auth"], j["auths"]["quay.io"]["email"],
	      *sorted(j["auths"]))
END
)"
same login-makes-a-file-its-owner-s-alone 600 "$(mode "$file")"
same no-temporary-file-is-left config.json "$(ls "$HOME/.docker")"
"$DAVIT" logout --all >/dev/null
same logout-of-all-leaves-other-keys 'x {}' "$(python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(j["psFormat"], j["auths"])' "$file")"
printf '{"auths": 7}' >"$file"
contains a-file-that-is-something-else-is-refused "$(said login "$basic")" "$file: auths: expected an object"
same and-left-as-it-is '{"auths": 7}' "$(cat "$file")"
printf '{"auths": {"%s": {}}, "credsStore": "secretservice"}' "$basic" >"$file"
contains a-helper-is-named-that-davit-does-not-run "$(said "$DAVIT" tags "$basic/web")" "docker-credential-secretservice"
printf '{"auths": {"%s": {"auth": "YWxpY2U6b2xk"}}}' "$basic" >"$file"
contains a-login-that-is-not-taken-any-more-is-named "$(said "$DAVIT" tags "$basic/web")" "(401 with the login of $file; davit login $basic)"
rm "$file"
login --authfile "$TMP/own.json" "$basic" >/dev/null
contains where-no-file-can-be-made-another-place-is-named "$(HOME=/proc said login "$basic")" "(another place by --authfile FILE)"
check the-file-can-be-named test ! -e "$file"
same and-is-read-by-its-variable 1 "$(REGISTRY_AUTH_FILE=$TMP/own.json "$DAVIT" tags "$basic/web")"
cp "$TMP/own.json" "$DAVIT_CONFIG/auth.json"
same the-device-has-a-file-of-its-own 1 "$("$DAVIT" tags "$basic/web")"
rm "$DAVIT_CONFIG/auth.json"
mkdir -p "$TMP/run/containers"
printf 'wonder' | XDG_RUNTIME_DIR=$TMP/run podman login --tls-verify=false -u alice --password-stdin "$basic" >/dev/null 2>&1 &&
	same what-podman-keeps-is-read 1 "$(XDG_RUNTIME_DIR=$TMP/run "$DAVIT" tags "$basic/web")"

contains what-is-no-registry-is-refused "$(said "$DAVIT" login -u alice -p wonder web)" "web: expected a registry"
same a-registry-may-be-pasted-from-a-browser "Login Succeeded" "$(login "https://$basic/v2/")"
rm -f "$file"

# --- who is not root -------------------------------------------------------------------------------------------

# As somebody to whom the directory is closed in which podman would keep his credentials.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$DAVIT" "$TMP/davit"
	chmod 711 "$TMP"
	chmod 755 "$TMP/davit" "$DAVIT_CONFIG"
	mkdir -m 700 "$TMP/closed" "$TMP/closed/containers"
	echo '{}' >"$TMP/closed/containers/auth.json"
	nobody() {
		said env XDG_RUNTIME_DIR="$TMP/closed" HOME=/nonexistent setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/davit" "$@"
	}
	contains but-a-file-that-was-named-is-meant "$(REGISTRY_AUTH_FILE=$TMP/closed/containers/auth.json nobody tags "$basic/web")" \
		"REGISTRY_AUTH_FILE=$TMP/closed/containers/auth.json: Permission denied"
	contains a-closed-directory-has-no-credentials "$(nobody tags "$basic/web")" "(401; davit login $basic)"
	mkdir -m 755 "$TMP/store"
	contains a-store-of-root-s-says-so "$(nobody --root "$TMP/store" pull "$basic/web:1")" ": Permission denied (run davit as root)"
	rm "$TMP/davit"
else
	skip a-closed-directory-has-no-credentials "not root, or no setpriv"
fi

# --- tokens --------------------------------------------------------------------------------------------------

registry_start token token
token=$HOST_NAME tokens=$REGISTRIES/token/tokens.log
fill "$token" public/web:1 web:1
: >"$tokens"
same a-token-for-nobody-in-particular-is-asked-for 1 "$("$DAVIT" tags "$token/public/web")"
same and-for-nothing-else "GET user= account= service=test-registry scope=repository:public/web:pull" "$(cat "$tokens")"
contains who-has-no-right-is-told-how-to-get-one "$(said "$DAVIT" tags "$token/web")" "davit login $token"
contains a-token-server-refuses-in-its-own-words "$(said "$DAVIT" login -u alice -p wrong "$token")" "wrong name or password (401)"
login "$token" >/dev/null
: >"$tokens"
same with-a-token-of-alice-s-all-is-seen 1 "$("$DAVIT" tags "$token/web")"
same the-account-is-named "GET user=alice account=alice service=test-registry scope=repository:web:pull" "$(cat "$tokens")"
: >"$tokens"
same a-catalogue-needs-a-token-of-its-own "$token/public/web $token/web" "$("$DAVIT" search "$token/web" | sort | tr '\n' ' ' | sed 's/ $//')"
contains for-the-catalogue "$(cat "$tokens")" "scope=registry:catalog:\*"
printf '{"auths": {"%s": {"auth": "YWxpY2U6", "identitytoken": "identity-alice"}}}' "$token" >"$file"
: >"$tokens"
same an-identity-token-gets-tokens 1 "$("$DAVIT" tags "$token/web")"
same by-a-form-of-oauth-2 "POST user=alice account= service=test-registry scope=repository:web:pull" "$(cat "$tokens")"
rm "$file"
