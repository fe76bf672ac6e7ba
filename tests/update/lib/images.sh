# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Images for tests of registries: made by davit build as OCI layouts, put into registries by skopeo, or served by
# tests/update/image_server.py. Needs lib.sh and registry.sh.
#
#	image_make LAYOUT COMMAND BYTES...		an image of busybox that runs COMMAND, with a layer for each BYTES; and with
#							the label image_label, where that is set
#	image_put LAYOUT NAME:TAG			into a plain registry
#	image_index LAYOUT LAYOUT LAYOUT		an index: the first for this machine, the second called linux/s390x
#	image_digest LAYOUT				of its manifest
#	image_layer LAYOUT NUMBER, image_layer_size	the digits of a layer's digest; its bytes; the last layer is 0
#	server_start MODE NAME=LAYOUT...		sets SERVER ("localhost:1234"); logs to TMP/server.log
#	server_stop
#	store_is_sound ROOT				all blobs are what they are called, and nothing is half written
#	no_process_has TEXT				nobody has it in its command line

images_can_be_built() {
	"$DAVIT" help build >/dev/null 2>&1
}

image_make() {
	images=$TMP/images.$(basename "$1")
	layout=$1 command=$2
	mkdir -p "$images/context" "$layout"
	shift 2
	[ -e "$TMP/shell" ] || unsquashfs -d "$TMP/shell" -n -q "$IMAGE" >/dev/null
	cp -a "$TMP/shell" "$images/context/shell"
	echo 'FROM scratch' >"$images/Dockerfile"
	echo 'COPY shell /' >>"$images/Dockerfile"
	for bytes; do
		# The same bytes for the same number, and no others for another one.
		openssl enc -aes-128-ctr -nosalt -k "$bytes" -pbkdf2 -in /dev/zero 2>/dev/null |
			head -c "$bytes" >"$images/context/data$bytes"
		echo "COPY data$bytes /" >>"$images/Dockerfile"
	done
	[ -z "${image_label-}" ] || echo "LABEL $image_label" >>"$images/Dockerfile"
	echo "CMD [\"/bin/sh\", \"-c\", \"$command\"]" >>"$images/Dockerfile"
	"$DAVIT" --root "$TMP/images" build -q -f "$images/Dockerfile" -t made:1 -o "$images/made.zip" \
		"$images/context" >/dev/null
	(cd "$layout" && unzip -q "$images/made.zip")
	rm -rf "$images"
}

image_put() {
	skopeo copy -q --dest-tls-verify=false "oci:$1" "docker://$2"
}

image_ask() {
	python3 - "$@" <<-'END'
		import json, sys
		blobs = sys.argv[2] + "/blobs/sha256/"
		digest = json.load(open(sys.argv[2] + "/index.json"))["manifests"][0]["digest"]
		layers = json.load(open(blobs + digest[7:]))["layers"]
		if sys.argv[1] == "digest":
		    print(digest)
		else:
		    layer = layers[-1 - int(sys.argv[3])]
		    print(layer["size"] if sys.argv[1] == "size" else layer["digest"][7:])
	END
}

image_digest() {
	image_ask digest "$1"
}

image_layer() {
	image_ask layer "$1" "$2"
}

image_layer_size() {
	image_ask size "$1" "$2"
}

image_index() {
	mkdir -p "$1"
	cp -r "$2/." "$1"
	cp -r "$3/blobs" "$1"
	python3 - "$@" <<-'END'
		import hashlib, json, platform, sys
		out, own, other = sys.argv[1:]
		blobs = out + "/blobs/sha256/"
		def put(value):
		    text = json.dumps(value).encode()
		    digest = hashlib.sha256(text).hexdigest()
		    open(blobs + digest, "wb").write(text)
		    return {"digest": "sha256:" + digest, "size": len(text)}
		def entry(layout):
		    entry = json.load(open(layout + "/index.json"))["manifests"][0]
		    return {key: entry[key] for key in ("mediaType", "digest", "size")}
		first, second = entry(own), entry(other)
		manifest = json.load(open(blobs + first["digest"][7:]))
		config = json.load(open(blobs + manifest["config"]["digest"][7:]))
		first["platform"] = {"os": "linux", "architecture": config["architecture"]}
		if "variant" in config:
		    first["platform"]["variant"] = config["variant"]
		manifest = json.load(open(blobs + second["digest"][7:]))
		config = json.load(open(blobs + manifest["config"]["digest"][7:]))
		config["architecture"] = "s390x"
		manifest["config"].update(put(config))
		second.update(put(manifest))
		second["platform"] = {"os": "linux", "architecture": "s390x"}
		index = put({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [second, first]})
		index["mediaType"] = "application/vnd.oci.image.index.v1+json"
		json.dump({"schemaVersion": 2, "manifests": [index]}, open(out + "/index.json", "w"))
	END
}

server_start() {
	server_mode=$1
	shift
	server_port=$(registry_port)
	: >"$TMP/server.log"
	python3 "$(dirname "$0")/image_server.py" --port "$server_port" --log "$TMP/server.log" --mode "$server_mode" "$@" &
	server_pid=$!
	# shellcheck disable=SC2034 # for the tests
	SERVER=localhost:$server_port
	registry_wait "$server_port" "$server_pid"
}

server_stop() {
	[ -n "${server_pid-}" ] || return 0
	kill "$server_pid" 2>/dev/null || :
	wait "$server_pid" 2>/dev/null || :
	server_pid=
}

store_is_sound() {
	for file in "$1"/blobs/sha256/*; do
		[ -e "$file" ] || continue
		[ "$(sha256sum <"$file" | cut -d ' ' -f 1)" = "$(basename "$file")" ] || {
			echo "$file is not what it is called"
			return 1
		}
	done
	[ -z "$(ls "$1/new" 2>/dev/null)" ] || {
		echo "$1/new: $(ls "$1/new")"
		return 1
	}
}

no_process_has() {
	for file in /proc/[0-9]*/cmdline; do
		case $(tr '\0' ' ' <"$file" 2>/dev/null) in
		*--root\ "$1"\ *)
			echo "$file: $(tr '\0' ' ' <"$file")"
			return 1
			;;
		esac
	done
}
