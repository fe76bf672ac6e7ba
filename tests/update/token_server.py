#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A token server as docker-registry wants it: alice may do all, nobody may pull public/*; who asks for gone/* gets nothing
at all. A line of log per request.

GET with Basic (alice:wonder) or without, POST with refresh_token=identity-alice (OAuth 2). Sources:
distribution's docs/spec/auth/token.md, jwt.md, oauth.md.
"""
import argparse
import base64
import http.server
import json
import ssl
import subprocess
import time
import urllib.parse

USERS = {"alice": "wonder"}


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, options):
        self.options = options
        pem = open(options.certificate).read()
        self.certificate = "".join(line for line in pem.splitlines() if "-----" not in line)
        super().__init__(("127.0.0.1", options.port), Handler)
        if options.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*options.tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def token(self, user, service, access):
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": [self.certificate]}
        claims = {"iss": "test-issuer", "sub": user, "aud": service, "nbf": now - 10, "iat": now,
                  "exp": now + self.options.expires, "jti": str(time.time_ns()), "access": access}
        text = url64(json.dumps(head).encode()) + "." + url64(json.dumps(claims).encode())
        made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.options.key], input=text.encode(),
                              stdout=subprocess.PIPE, check=True)
        return text + "." + url64(made.stdout)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def log(self, words):
        with open(self.server.options.log, "a") as file:
            file.write(words + "\n")

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def user_of(self):
        words = self.headers.get("Authorization", "").split()
        if not words:
            return ""
        name, _, password = base64.b64decode(words[1]).decode().partition(":")
        return name if USERS.get(name) == password else None

    def grant(self, user, how, query, key):
        self.log("%s user=%s account=%s service=%s scope=%s" % (
            how, user, "".join(query.get("account", [])), "".join(query.get("service", [])),
            " ".join(query.get("scope", []))))
        if user is None:
            self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong name or password"}]})
            return
        if any(":gone/" in scope for scope in query.get("scope", [])):
            self.answer(403, {"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]})
            return
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.split(":", 2)
            allowed = actions.split(",")
            if not user:
                allowed = ["pull"] if name.startswith("public/") and "pull" in allowed else []
            access.append({"type": kind, "name": name, "actions": allowed})
        token = self.server.token(user, query.get("service", [""])[0], access)
        self.answer(200, {key: token, "expires_in": self.server.options.says or self.server.options.expires})

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.grant(self.user_of(), "GET", query, "token")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        query = urllib.parse.parse_qs(self.rfile.read(length).decode())
        # OAuth 2 has no key twice.
        query["scope"] = query.get("scope", [""])[0].split()
        known = query.get("refresh_token") == ["identity-alice"] and query.get("grant_type") == ["refresh_token"]
        self.grant("alice" if known else None, "POST", query, "access_token")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--expires", type=int, default=300)
    parser.add_argument("--says", type=int, default=0, help="what is said of that, where it is something else")
    parser.add_argument("--log", required=True)
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    Server(parser.parse_args()).serve_forever()


main()
