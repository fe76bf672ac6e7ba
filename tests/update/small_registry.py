#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A registry that keeps every byte of an upload that was broken off, and breaks off: small_registry.py PORT AFTER TIMES
LOG [WORD...] closes the connection after AFTER bytes of a piece, that often. What it takes and answers is checked against
OCI's distribution-spec 1.1, "Push". A line of the log per request: METHOD PATH BYTES-TAKEN STATUS.

WORD is what real registries do besides: "forget": it has none of what it was given before; "limit=BYTES": a piece is no
larger (GitHub's); "one": there is no second piece (Google's); "stale": of pieces but the first it does not say that it has
them (Amazon's); "bytes": it says "bytes=0-9" of them (Quay); "count": and 0-10 of ten; "basic": alice:wonder only; "sent-on": who writes a manifest is
to do so elsewhere; "at=URL": a Location begins with that."""
import hashlib
import http.server
import sys
import urllib.parse

blobs, uploads, manifests, count = {}, {}, {}, 0
after, times = int(sys.argv[2]), int(sys.argv[3])
words = dict((word.split("=", 1) + [True])[:2] for word in sys.argv[5:])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    taken = 0

    def log_message(self, *words):
        pass

    def parse_request(self):
        self.taken = 0
        if not super().parse_request():
            return False
        if "basic" not in words or self.headers.get("Authorization") == "Basic YWxpY2U6d29uZGVy":
            return True
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(401, WWW_Authenticate='Basic realm="small"')
        return False

    def range_of(self, upload):
        size = after if "stale" in words and len(upload) > after else len(upload)
        return "%s0-%d" % ("bytes=" if "bytes" in words and self.command == "GET" else "", max(0, size - (0 if "count" in words else 1)))

    def answer(self, status, **headers):
        with open(sys.argv[4], "a") as file:
            print(self.command, urllib.parse.urlsplit(self.path).path, self.taken, status, file=file)
        if status:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def take(self, upload):
        """The body, onto the end of UPLOAD; False: broken off."""
        global times
        left, cut = int(self.headers.get("Content-Length", 0)), None
        if times > 0 and left > after:
            times, cut = times - 1, after
        self.taken = 0
        while left and self.taken != cut:
            data = self.rfile.read(min(left, 65536, cut - self.taken if cut else left))
            if not data:
                break
            upload += data
            self.taken += len(data)
            left -= len(data)
        return cut is None

    def do_HEAD(self):
        self.answer(200 if self.path.rpartition("/")[2] in blobs else 404)

    def do_POST(self):
        global count
        name, count = str(count), count + 1
        uploads[name] = bytearray()
        self.answer(202, Location=words.get("at", "") + "/v2/web/blobs/uploads/" + name, Range="0-0")

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if self.path == "/v2/":
            self.answer(200)
        elif name in uploads:
            self.answer(204, Location=self.path, Range=self.range_of(uploads[name]))
        else:
            self.answer(404)

    def do_PATCH(self):
        upload = uploads[self.path.rpartition("/")[2]]
        first, _, last = self.headers["Content-Range"].partition("-")
        length = int(self.headers["Content-Length"])
        if int(first) != len(upload) or int(last) - int(first) + 1 != length or length > int(words.get("limit", length)):
            self.rfile.read(length)
            self.answer(416)
        elif upload and "one" in words:
            self.rfile.read(length)
            self.answer(400)
        elif self.take(upload):
            self.answer(202, Location=self.path, Range=self.range_of(upload))
        else:
            self.answer(0)
            self.close_connection = True

    def do_PUT(self):
        parts = urllib.parse.urlsplit(self.path)
        name = parts.path.rpartition("/")[2]
        data = uploads.pop(name, bytearray())
        self.take(data)
        if "/manifests/" in parts.path and "sent-on" in words:
            self.answer(307, Location="/elsewhere")
            return
        if "/manifests/" in parts.path:
            manifests[name] = bytes(data)
            self.answer(201)
            return
        digest = urllib.parse.parse_qs(parts.query)["digest"][0]
        good = "sha256:" + hashlib.sha256(data).hexdigest() == digest
        if good and "forget" not in words:
            blobs[digest] = bytes(data)
        self.answer(201 if good else 400)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
