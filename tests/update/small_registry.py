#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A registry that keeps every byte of an upload that was broken off, and breaks off: small_registry.py PORT AFTER TIMES
LOG [forget] closes the connection after AFTER bytes of a piece, that often; and with "forget" it has none of what it
was given before. What it takes and answers is checked against OCI's distribution-spec 1.1, "Push". A line of the log per
request: METHOD PATH BYTES-TAKEN STATUS."""
import hashlib
import http.server
import sys
import urllib.parse

blobs, uploads, manifests, count = {}, {}, {}, 0
after, times, forgets = int(sys.argv[2]), int(sys.argv[3]), sys.argv[5:] == ["forget"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    taken = 0

    def log_message(self, *words):
        pass

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
        self.answer(202, Location="/v2/web/blobs/uploads/" + name, Range="0-0")

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if self.path == "/v2/":
            self.answer(200)
        elif name in uploads:
            self.answer(204, Location=self.path, Range="0-%d" % max(0, len(uploads[name]) - 1))
        else:
            self.answer(404)

    def do_PATCH(self):
        upload = uploads[self.path.rpartition("/")[2]]
        first, _, last = self.headers["Content-Range"].partition("-")
        if int(first) != len(upload) or int(last) - int(first) + 1 != int(self.headers["Content-Length"]):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(416)
        elif self.take(upload):
            self.answer(202, Location=self.path, Range="0-%d" % (len(upload) - 1))
        else:
            self.answer(0)
            self.close_connection = True

    def do_PUT(self):
        parts = urllib.parse.urlsplit(self.path)
        name = parts.path.rpartition("/")[2]
        data = uploads.pop(name, bytearray())
        self.take(data)
        if "/manifests/" in parts.path:
            manifests[name] = bytes(data)
            self.answer(201)
            return
        digest = urllib.parse.parse_qs(parts.query)["digest"][0]
        good = "sha256:" + hashlib.sha256(data).hexdigest() == digest
        if good and not forgets:
            blobs[digest] = bytes(data)
        self.answer(201 if good else 400)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
