#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A registry of the images in OCI layouts, read-only, that can be told to behave badly.

	image_server.py --port PORT --log FILE [--mode MODE] [--limit BYTES] NAME=LAYOUT...

NAME is a repository; the one manifest of its layout has every tag there may be. The log has a line
for each answer: METHOD PATH STATUS FROM BYTES-SENT. MODE is about blobs larger than 64 KiB unless
it is said otherwise:

	slow           1 MB per second            norange      ranges are not known
	break          each answer breaks off after BYTES          reset  after the first byte, always
	stall          half of it, then nothing   trickle      a byte a second
	wrong          a byte is another one      wrong-once   the same, in the first answer only
	long           more bytes than there are, in chunks        lie    Content-Length is ten more
	short          half of the bytes that are said, then none, and the connection is closed in order
	circle         redirects in a circle
	no-range       it breaks off in the half, and then says that there are no parts (416)
	other-range    it breaks off in the half, and then comes a part that was not asked for
	busy           429 twice, then as usual   busy-always  429
	broken         500                        manifest     manifests have another digest
	nothing        every answer is cut after its head, of manifests too
"""
import argparse
import json
import os
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = 65536
counts = {}
lock = threading.Lock()


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Layout:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
            entries = json.load(file)["manifests"]
        self.entry = [e for e in entries if "sha256-" not in str(e.get("annotations"))][0]
        self.aside = {}
        for each in entries:
            name = each.get("annotations", {}).get("org.opencontainers.image.ref.name", "")
            if "sha256-" in name:
                self.aside[name.rsplit(":", 1)[-1]] = each

    def path(self, digest):
        return os.path.join(self.folder, "blobs", "sha256", digest.removeprefix("sha256:"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        pass

    def note(self, status, begin, sent):
        with lock, open(options.log, "a", encoding="utf-8") as file:
            file.write(f"{self.command} {self.path} {status} {begin} {sent}\n")

    def plain(self, status, body, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.note(status, 0, len(body))

    def refuse(self, status, headers=()):
        self.plain(status, b'{"errors":[{"code":"TEST","message":"as it was told"}]}', "application/json", headers)

    def reset(self):
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = self.path.partition("?")[0].split("/")
        if self.path == "/v2/":
            return self.plain(200, b"{}", "application/json")
        if len(parts) < 5 or parts[-2] not in ("manifests", "blobs", "tags"):
            return self.refuse(404)
        layout = layouts.get("/".join(parts[2:-2]))
        if not layout:
            return self.refuse(404)
        if parts[-2] == "manifests":
            return self.manifest(layout, parts[-1])
        return self.blob(layout, parts[-1])

    def manifest(self, layout, reference):
        entry = layout.entry
        if reference.startswith("sha256-"):
            entry = layout.aside.get(reference)
        digest = reference if reference.startswith("sha256:") else entry["digest"] if entry else ""
        path = layout.path(digest)
        if not digest or not os.path.exists(path):
            return self.refuse(404)
        with open(path, "rb") as file:
            text = file.read()
        if options.mode == "manifest":
            text = text.replace(b"linux", b"minix") + b" "
        if options.mode == "nothing":
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            return self.reset()
        kind = json.loads(text).get("mediaType", "application/vnd.oci.image.manifest.v1+json")
        return self.plain(200, text, kind, [("Docker-Content-Digest", digest)])

    def blob(self, layout, digest):
        path = layout.path(digest)
        if not os.path.exists(path):
            return self.refuse(404)
        size = os.path.getsize(path)
        mode = options.mode if size > LARGE else "usual"
        if mode == "broken":
            return self.refuse(500)
        if mode == "busy-always" or (mode == "busy" and count("busy") <= 2):
            return self.refuse(429, [("Retry-After", "1")])
        if mode == "circle":
            number = int(self.path.partition("?")[2] or 0)
            return self.refuse(307, [("Location", f"{self.path.partition('?')[0]}?{(number + 1) % 3}")])
        begin = 0
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes=") and mode != "norange":
            begin = int(wanted[6:].split("-")[0])
        if begin >= size > 0 or (mode == "no-range" and begin):
            return self.refuse(416)
        if mode == "other-range" and begin:
            begin += 4096
        return self.bytes(path, size, begin, mode)

    def bytes(self, path, size, begin, mode):
        status = 206 if begin else 200
        self.send_response(status)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
        if mode == "long":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(size - begin + (10 if mode == "lie" else 0)))
        self.end_headers()
        sent = 0
        wrong = mode == "wrong" or (mode == "wrong-once" and count(path) == 1)
        half = 0 if begin else size // 2
        stop = {"break": options.limit, "reset": 1, "stall": half, "trickle": 0, "short": half,
                "other-range": size if begin else half}.get(mode, size)
        if mode == "no-range" and count(("whole", path)) == 1:
            stop = half
        try:
            with open(path, "rb") as file:
                file.seek(begin)
                while sent < min(size - begin, stop):
                    data = file.read(min(LARGE, min(size - begin, stop) - sent))
                    if wrong and begin + sent <= size // 2 < begin + sent + len(data):
                        at = size // 2 - begin - sent
                        data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
                    if mode == "long":
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    else:
                        self.wfile.write(data)
                    sent += len(data)
                    if mode == "slow":
                        time.sleep(len(data) / 1e6)
            if mode == "long":
                self.wfile.write(b"a\r\n0123456789\r\n0\r\n\r\n")
            if mode in ("break", "reset", "other-range", "no-range") and sent < size - begin:
                self.reset()
            if mode == "short":
                self.close_connection = True
            if mode == "stall":
                time.sleep(3600)
            while mode == "trickle" and sent < size - begin:
                self.wfile.write(b"x")
                self.wfile.flush()
                sent += 1
                time.sleep(1)
        except OSError:
            self.close_connection = True
        finally:
            self.note(status, begin, sent)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--log", required=True)
parser.add_argument("--mode", default="usual")
parser.add_argument("--limit", type=int, default=1 << 20)
parser.add_argument("layouts", nargs="+")
options = parser.parse_args()
layouts = {}
for word in options.layouts:
    layouts[word.split("=", 1)[0]] = Layout(word.split("=", 1)[1])
Server(("127.0.0.1", options.port), Handler).serve_forever()
