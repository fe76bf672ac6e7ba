#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A registry that answers what it is told: scripted_registry.py PORT SCRIPT LOG [CERTIFICATE KEY]. SCRIPT is JSON, read
anew for each request: {"METHOD PATH": [STATUS, {HEADER: VALUE}, BODY]}, the first whose PATH is the beginning of what is
asked for; of a list of answers each once, the last for ever. LOG: METHOD PATH and the authorization, or -, per line."""
import http.server
import json
import ssl
import sys

used = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *words):
        pass

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(sys.argv[3], "a") as file:
            print(self.command, self.path, self.headers.get("Authorization", "-"), file=file)
        status, headers, body = 404, {}, ""
        script = open(sys.argv[2]).read()
        for asked, told in json.loads(script).items():
            method, path = asked.split(" ")
            if method == self.command and self.path.startswith(path):
                if isinstance(told[0], list):
                    used[script] = used.get(script, -1) + 1
                    told = told[min(used[script], len(told) - 1)]
                status, headers, body = told
                break
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[4:6])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
