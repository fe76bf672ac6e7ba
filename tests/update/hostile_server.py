#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# An HTTP server that does wrong on purpose, by the path it is asked for, on loopback: hostile_server.py [OPTION...]
"""
  --port-file FILE      where its ports are written once it listens (else standard output), a line each:
                        the first and another one that speak plain HTTP, and one for each --tls
  --tls CERT KEY        speak TLS at one more port; as often as it is wanted
  --proxy [USER:PASS]   be a proxy too, CONNECT included; wants that user and password

Paths (N: bytes of a body whose byte number I is (I * 7 + I // 256) % 256):
  /plain/N              as it should be; Range is honoured
  /chunks/N /rest/N     in chunks of all sizes; until the connection ends
  /ignores-range/N /lies-range/N        Range is ignored; the answer begins one byte later than asked
  /stall-head /stall-body/N             nothing comes; half of it comes
  /drip/N               a byte every 50 ms
  /reset-head /reset-body/N /short/N    reset before the head; in the middle; a length that lies
  /reset-once/KEY/N     reset in the middle of the first answer, then as it should be
  /chunks-garbage /chunks-huge /chunks-short    wrong sizes of chunks
  /huge-head /endless-head /fold /nul /no-http /two-lengths /bad-length /control    heads that are none
  /circle /hops/N       redirects: without end; N times
  /port/I/PATH /location/URL    redirects: to its port number I (from 0 on), by http or https; to URL, of which %3F may be a part
  /status/CODE/COUNT/KEY/N      that status COUNT times for this KEY, with "Retry-After: 1" for 429, then /plain/N
  /retry-after/SECONDS  429, again and again
  /retry-date/SECONDS/COUNT/KEY/N       the same COUNT times for this KEY, as a date by a clock of 1994, then /plain/N
  /close-kept/N         says keep-alive, and closes the connection after the answer
  /interim/N            100 and 103 before the answer
  /interims/COUNT/N     COUNT times 103 with 60 kB of a header before the answer
  /early                413 before the body is read
  /continue             100 before the body is read and 102 while it is, then /echo
  /echo                 length and SHA-256 of the body it was sent
  /log                  what was asked so far: a JSON list of method, path, port (from 0 on), connection (from 1 on),
                        authorization, proxy_authorization, range, user_agent, host
  /once                 how many requests came by this connection before, as "N requests"
  /seen/KEY             the authorization that the last request with KEY in its path had, or "none"
"""
import argparse
import base64
import email.utils
import hashlib
import json
import os
import socket
import ssl
import struct
import threading
import time
import urllib.parse

log, counts, ports, lock = [], {}, [], threading.Lock()
options = None


def body_of(size):
    block = bytes((i * 7 + i // 256) % 256 for i in range(65536))
    return (block * (size // 65536 + 1))[:size]


class Gone(Exception):
    """The connection is over."""


class Connection:
    number = 0

    def __init__(self, sock, port):
        with lock:
            Connection.number += 1
            self.number = Connection.number
        self.port = port
        self.sock, self.file = sock, sock.makefile("rb")

    def send(self, data):
        try:
            self.sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        except OSError as error:
            raise Gone from error

    def reset(self):
        """End with RST, not FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def answer(self, body, status="200 OK", headers=(), length=None):
        length = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", *headers, "", ""]
        self.send("\r\n".join(lines))
        if self.method != "HEAD":
            self.send(body)

    def read_request(self):
        line = self.file.readline(65537).decode("latin-1").split()
        if len(line) != 3 or not line[2].startswith("HTTP/1."):
            if line:
                self.method = "GET"
                self.answer(b"", "400 Bad Request")
            raise Gone
        self.method, self.path = line[0], line[1]
        self.headers = {}
        while True:
            line = self.file.readline(65537).decode("latin-1")
            if line in ("\r\n", ""):
                break
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def note(self):
        keys = ("authorization", "proxy-authorization", "range", "user-agent", "host")
        entry = {key.replace("-", "_"): self.headers.get(key) for key in keys}
        entry.update(method=self.method, path=self.path, connection=self.number, port=self.port)
        with lock:
            log.append(entry)

    def count(self, key):
        with lock:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

    # --- being a proxy ---

    def tunnel(self):
        host, _, port = self.path.rpartition(":")
        try:
            there = socket.create_connection((host.strip("[]"), int(port)), 10)
        except OSError:
            return self.answer(b"", "502 Bad Gateway")
        self.send("HTTP/1.1 200 Connected\r\n\r\n")

        def pump(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        back = threading.Thread(target=pump, args=(there, self.sock), daemon=True)
        back.start()
        pump(self.sock, there)
        back.join()
        raise Gone

    def proxied(self):
        """True when the request was for the proxy, and is done with."""
        absolute = self.path.startswith("http://")
        if self.method != "CONNECT" and not absolute:
            return False
        wanted = "Basic " + base64.b64encode(options.proxy.encode()).decode()
        if options.proxy and self.headers.get("proxy-authorization") != wanted:
            self.answer(b"", "407 Proxy Authentication Required")
            return True
        if self.method == "CONNECT":
            self.tunnel()
        self.path = "/" + self.path.split("/", 3)[3]
        return False

    # --- the paths ---

    def plain(self, size, shift=0, honours=True):
        body, wanted = body_of(int(size)), self.headers.get("range", "")
        if not honours or not wanted.startswith("bytes="):
            return self.answer(body)
        start = int(wanted[6:].rstrip("-"))
        if start >= len(body):
            return self.answer(b"", "416 Range Not Satisfiable", [f"Content-Range: bytes */{len(body)}"])
        start += shift
        where = f"Content-Range: bytes {start}-{len(body) - 1}/{len(body)}"
        return self.answer(body[start:], "206 Partial Content", [where])

    def do_plain(self, size):
        self.plain(size)

    def do_ignores_range(self, size):
        self.plain(size, honours=False)

    def do_lies_range(self, size):
        self.plain(size, shift=1)

    def do_chunks(self, size):
        body, at, step = body_of(int(size)), 0, 1
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while at < len(body):
            part = body[at:at + step]
            self.send(b"%x;a=b\r\n" % len(part) + part + b"\r\n")
            at, step = at + len(part), step * 3 % 70001
        self.send("0\r\nTrailer: x\r\n\r\n")

    def do_rest(self, size):
        self.send("HTTP/1.0 200 OK\r\n\r\n")
        self.send(body_of(int(size)))
        raise Gone

    def do_stall_head(self):
        time.sleep(3600)

    def do_stall_body(self, size):
        self.answer(body_of(int(size) // 2), length=int(size))
        time.sleep(3600)

    def do_drip(self, size):
        self.answer(b"", length=int(size))
        for byte in body_of(int(size)):
            self.send(bytes([byte]))
            time.sleep(0.05)

    def do_reset_head(self):
        self.reset()

    def do_reset_body(self, size):
        self.answer(body_of(int(size) // 2), length=int(size))
        time.sleep(0.1)
        self.reset()

    def do_reset_once(self, key, size):
        if self.count(("reset", key)) == 1:
            self.do_reset_body(size)
        self.plain(size)

    def do_short(self, size):
        self.answer(body_of(int(size) - 1), length=int(size))
        raise Gone

    def do_chunks_garbage(self):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
        raise Gone

    def do_chunks_huge(self):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc")
        raise Gone

    def do_chunks_short(self):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n")
        raise Gone

    def do_huge_head(self):
        self.answer(b"", headers=[f"X-{i}: {'x' * 1000}" for i in range(100)])

    def do_endless_head(self):
        self.send("HTTP/1.1 200 OK\r\n")
        while True:
            self.send("X: " + "x" * 1000 + "\r\n")

    def do_fold(self):
        self.answer(b"", headers=["X: a", " b"])

    def do_nul(self):
        self.answer(b"", headers=["X: a\0b"])

    def do_control(self):
        self.answer(b"", headers=["Location: /a\x1b[2Jb"])

    def do_no_http(self):
        self.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
        raise Gone

    def do_two_lengths(self):
        self.answer(b"abc", headers=["Content-Length: 4"])

    def do_bad_length(self):
        self.answer(b"abc", length="-3")

    def redirect(self, where, status="307 Temporary Redirect"):
        self.answer(b"elsewhere", status, [f"Location: {where}"])

    def do_circle(self):
        self.redirect("/circle")

    def do_hops(self, left):
        self.redirect(f"/hops/{int(left) - 1}" if int(left) > 1 else "../plain/10")

    def do_port(self, index, *path):
        scheme = "http" if int(index) < 2 else "https"
        self.redirect(f"{scheme}://127.0.0.1:{ports[int(index)]}/" + "/".join(path))

    def do_location(self, *where):
        self.redirect(urllib.parse.unquote("/".join(where)))

    def do_status(self, code, times, key, size):
        if self.count((code, key)) > int(times):
            return self.plain(size)
        extra = ["Retry-After: 1"] if code == "429" else []
        return self.answer(b"not now", f"{code} Not now", extra)

    def do_retry_after(self, seconds):
        self.answer(b"not now", "429 Too Many Requests", [f"Retry-After: {seconds}"])

    def do_retry_date(self, seconds, times, key, size):
        if self.count(("date", key)) > int(times):
            return self.plain(size)
        dates = [email.utils.formatdate(784111777 + wait, usegmt=True) for wait in (0, int(seconds))]
        self.answer(b"not now", "429 Too Many Requests", [f"Retry-After: {dates[1]}", f"Date: {dates[0]}"])

    def do_close_kept(self, size):
        self.answer(body_of(int(size)), headers=["Connection: keep-alive"])
        raise Gone

    def do_interim(self, size):
        self.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        self.plain(size)

    def do_interims(self, times, size):
        for _ in range(int(times)):
            self.send("HTTP/1.1 103 Early Hints\r\nLink: " + "x" * 60000 + "\r\n\r\n")
        self.plain(size)

    def do_early(self):
        self.answer(b"too large", "413 Content Too Large", ["Connection: close"])
        self.sock.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        self.reset()

    def do_continue(self):
        self.send("HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.2)
        self.send("HTTP/1.1 102 Processing\r\nX: a\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
        self.do_echo()

    def do_echo(self):
        left, digest, size = int(self.headers.get("content-length", 0)), hashlib.sha256(), 0
        while left > 0:
            data = self.file.read(min(left, 65536))
            if not data:
                raise Gone
            digest.update(data)
            left, size = left - len(data), size + len(data)
        self.answer(f"{size} {digest.hexdigest()}".encode())

    def do_log(self):
        with lock:
            text = json.dumps(log)
        self.answer(text.encode(), headers=["Content-Type: application/json"])

    def do_once(self):
        with lock:
            before = sum(entry["connection"] == self.number for entry in log) - 1
        self.answer(f"{before} requests".encode())

    def do_seen(self, key):
        with lock:
            seen = [entry["authorization"] for entry in log[:-1] if key in entry["path"]]
        self.answer((seen[-1] if seen and seen[-1] else "none").encode())

    def serve(self):
        while True:
            self.read_request()
            self.note()
            if options.proxy is not None and self.proxied():
                continue
            name, *rest = self.path.split("?")[0].strip("/").split("/")
            method = getattr(self, "do_" + name.replace("-", "_"), None)
            if method:
                method(*rest)
            else:
                self.answer(b"no such path", "404 Not Found")


def talk(sock, context, port):
    connection = None
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        connection = Connection(sock, port)
        connection.serve()
    except (Gone, OSError, ValueError, TypeError, IndexError):
        pass
    finally:
        if connection:
            connection.file.close()
        sock.close()


def listen(server, context, port):
    while True:
        sock, _ = server.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=talk, args=(sock, context, port), daemon=True).start()


def main():
    global options
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port-file")
    parser.add_argument("--tls", nargs=2, action="append", default=[], metavar=("CERT", "KEY"))
    parser.add_argument("--proxy", nargs="?", const="", metavar="USER:PASS")
    options = parser.parse_args()
    servers = []
    for pair in [None, None, *options.tls]:
        context = None
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
        server = socket.create_server(("127.0.0.1", 0), backlog=64)
        servers.append((server, context))
        ports.append(server.getsockname()[1])
    text = "".join(f"{port}\n" for port in ports)
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="ascii") as out:
            out.write(text)
        os.rename(options.port_file + ".new", options.port_file)
    else:
        print(text, end="", flush=True)
    threads = [threading.Thread(target=listen, args=(*servers[i], i)) for i in range(len(servers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
