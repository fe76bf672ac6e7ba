# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Debian's docker-registry on loopback, for tests: plain or by TLS, open to all, with passwords, or with a token server.
#
#	. "$(dirname "$0")/lib/registry.sh"
#	registry_start NAME [tls] [basic|token] [KEY=VALUE...]	sets HOST_NAME ("localhost:5000"); passwords are alice:wonder
#	registry_log NAME					its log: an access log among others
#	registry_sent NAME					bytes of bodies that it has sent, by its access log
#	registry_stop NAME					registry_stop_all: all that this script started
#
# All files are in REGISTRIES/NAME; REGISTRIES is $TMP/registries where it is not set. TLS is by
# REGISTRIES/ca.crt, for localhost, 127.0.0.1 and 10.0.2.2 (this machine, seen from QEMU's user network).
# KEY=VALUE: storage=DIRECTORY (else a new one; a name started again keeps its own), port=NUMBER, relative=true.
# With token, token_says=SECONDS: how long a token is said to be good for (300), and token_lasts=SECONDS: how long it is,
# after docker-registry's own minute. The token server (tests/update/token_server.py) logs to REGISTRIES/NAME/tokens.log.

REGISTRIES=${REGISTRIES-$TMP/registries}
# Of a script in this folder of tests, or one beside it.
TOKEN_SERVER=${TOKEN_SERVER-$(dirname "$0")/../update/token_server.py}

registry_is_here() {
	PATH=$PATH:/usr/sbin:/sbin
	command -v docker-registry >/dev/null && command -v htpasswd >/dev/null && command -v openssl >/dev/null
}

registry_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# registry_wait PORT PID: until somebody listens there, or the process has ended
registry_wait() {
	python3 - "$1" "$2" <<-'END'
		import os, socket, sys, time
		for i in range(200):
		    try:
		        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
		        sys.exit(0)
		    except OSError:
		        time.sleep(0.05)
		    os.kill(int(sys.argv[2]), 0)
		sys.exit("nobody listens on port " + sys.argv[1])
	END
}

# An authority, and a certificate of it for this machine; once.
registry_certificate() {
	[ ! -e "$REGISTRIES/server.crt" ] || return 0
	openssl ecparam -name prime256v1 -genkey -noout -out "$REGISTRIES/ca.key" 2>/dev/null
	openssl req -x509 -new -key "$REGISTRIES/ca.key" -subj '/CN=test authority' -days 3650 \
		-out "$REGISTRIES/ca.crt" 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out "$REGISTRIES/server.key" 2>/dev/null
	openssl req -new -key "$REGISTRIES/server.key" -subj '/CN=localhost' -out "$REGISTRIES/server.csr" 2>/dev/null
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:10.0.2.2\nextendedKeyUsage=serverAuth\n' \
		>"$REGISTRIES/server.ext"
	openssl x509 -req -in "$REGISTRIES/server.csr" -CA "$REGISTRIES/ca.crt" -CAkey "$REGISTRIES/ca.key" \
		-CAcreateserial -days 3650 -extfile "$REGISTRIES/server.ext" -out "$REGISTRIES/server.crt" 2>/dev/null
}

# A key that signs tokens, in a certificate that the registry knows.
registry_token_key() {
	[ ! -e "$REGISTRIES/token.crt" ] || return 0
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$REGISTRIES/token.key" -subj '/CN=token' -days 3650 \
		-out "$REGISTRIES/token.crt" 2>/dev/null
}

# registry_tokens NAME SCHEME SAYS LASTS: start the token server, set registry_realm
registry_tokens() {
	registry_token_key
	tokens_port=$(registry_port)
	set -- "$1" "$2" "$3" "$4" "$REGISTRIES/$1"
	if [ "$2" = https ]; then
		tokens_tls="--tls $REGISTRIES/server.crt $REGISTRIES/server.key"
	else
		tokens_tls=
	fi
	# shellcheck disable=SC2086 # several words, or none
	python3 "$TOKEN_SERVER" --port "$tokens_port" --key "$REGISTRIES/token.key" \
		--certificate "$REGISTRIES/token.crt" --says "$3" --expires "$4" --log "$5/tokens.log" $tokens_tls \
		>>"$5/tokens.err" 2>&1 &
	echo $! >"$5/tokens.pid"
	registry_wait "$tokens_port" $!
	registry_realm=$2://localhost:$tokens_port/token
}

registry_start() {
	name=$1 registry_scheme=http auth=open storage='' port='' relative=false token_says=300 token_lasts=300
	shift
	for word; do
		case $word in
		tls) registry_scheme=https ;;
		basic | token) auth=$word ;;
		storage=*) storage=${word#*=} ;;
		port=*) port=${word#*=} ;;
		relative=*) relative=${word#*=} ;;
		token_says=*) token_says=${word#*=} ;;
		token_lasts=*) token_lasts=${word#*=} ;;
		*)
			echo "registry_start: $word" >&2
			return 1
			;;
		esac
	done
	here=$REGISTRIES/$name
	mkdir -p "$here"
	: "${storage:=$here/data}" "${port:=$(registry_port)}"
	{
		cat <<-END
			version: 0.1
			log:
			  level: info
			storage:
			  filesystem:
			    rootdirectory: $storage
			  delete:
			    enabled: true
			http:
			  addr: 127.0.0.1:$port
			  secret: secret
			  relativeurls: $relative
		END
		if [ "$registry_scheme" = https ]; then
			registry_certificate
			printf '  tls:\n    certificate: %s\n    key: %s\n' "$REGISTRIES/server.crt" "$REGISTRIES/server.key"
		fi
		if [ "$auth" = basic ]; then
			htpasswd -Bbn alice wonder >"$here/htpasswd"
			printf 'auth:\n  htpasswd:\n    realm: test\n    path: %s\n' "$here/htpasswd"
		fi
		if [ "$auth" = token ]; then
			registry_tokens "$name" "$registry_scheme" "$token_says" "$token_lasts"
			printf 'auth:\n  token:\n    realm: %s\n    service: test-registry\n    issuer: test-issuer\n' "$registry_realm"
			printf '    rootcertbundle: %s\n' "$REGISTRIES/token.crt"
		fi
	} >"$here/config.yml"
	# It takes every REGISTRY_… of the environment for a setting of its own.
	env -u REGISTRY_AUTH_FILE OTEL_TRACES_EXPORTER=none docker-registry serve "$here/config.yml" >>"$here/log" 2>&1 &
	echo $! >"$here/pid"
	echo "$port" >"$here/port"
	# shellcheck disable=SC2034 # for the tests
	HOST_NAME=localhost:$port
	registry_wait "$port" "$(cat "$here/pid")"
}

registry_log() {
	cat "$REGISTRIES/$1/log"
}

# The access log: ADDRESS - - [DATE] "METHOD PATH HTTP/1.1" STATUS BYTES "REFERER" "AGENT"
registry_sent() {
	awk -F '"' '$2 ~ /^[A-Z]+ \/v2\// { split($3, n, " "); sum += n[2] } END { print sum + 0 }' "$REGISTRIES/$1/log"
}

registry_stop() {
	for file in "$REGISTRIES/$1/pid" "$REGISTRIES/$1/tokens.pid"; do
		[ -e "$file" ] || continue
		kill "$(cat "$file")" 2>/dev/null || :
		wait "$(cat "$file")" 2>/dev/null || :
		rm -f "$file"
	done
}

registry_stop_all() {
	for each in "$REGISTRIES"/*/; do
		[ ! -d "$each" ] || registry_stop "$(basename "$each")"
	done
}
