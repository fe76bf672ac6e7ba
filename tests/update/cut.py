#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Between a client and a server: cut.py PORT SERVER-PORT AFTER TIMES cuts a connection after AFTER bytes of the client,
that often; then all passes. It says on standard output which connections it cut."""
import socket
import sys
import threading

port, server, after, times = (int(word) for word in sys.argv[1:5])
lock = threading.Lock()


def pump(source, target, count):
    global times
    seen = 0
    try:
        while data := source.recv(65536):
            if count:
                with lock:
                    cut = times > 0 and seen + len(data) > after
                    times -= cut
                if cut:
                    target.sendall(data[: after - seen])
                    print("cut after", after, flush=True)
                    break
            seen += len(data)
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        each.close()


def main():
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = listener.accept()
        to = socket.create_connection(("127.0.0.1", server))
        threading.Thread(target=pump, args=(client, to, True), daemon=True).start()
        threading.Thread(target=pump, args=(to, client, False), daemon=True).start()


main()
