# SPDX-License-Identifier: MIT
# Tars of layers, image layouts of them, and what is in them or in a directory, for convert.sh.
import gzip
import hashlib
import io
import json
import lzma
import os
import stat
import subprocess
import sys
import tarfile


def member(tar, name, data=b"", kind=tarfile.REGTYPE, mode=0o644, uid=0, gid=0, mtime=1700000000, link="", pax=None):
    item = tarfile.TarInfo(name)
    item.type, item.mode, item.uid, item.gid, item.mtime, item.linkname = kind, mode, uid, gid, mtime, link
    item.pax_headers = pax or {}
    if kind == tarfile.REGTYPE:
        item.size = len(data)
    tar.addfile(item, io.BytesIO(data))


def make(path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        member(tar, "./", kind=tarfile.DIRTYPE, mode=0o711, uid=7, gid=8, mtime=5)
        member(tar, "etc/", kind=tarfile.DIRTYPE, mode=0o1750, uid=5, gid=6)
        member(tar, "etc/passwd", b"root:x:0:0\n" * 100, mode=0o4755, uid=1000, gid=4000000000)
        member(tar, "etc/link", kind=tarfile.SYMTYPE, link="passwd", mode=0o777)
        member(tar, "etc/hard", kind=tarfile.LNKTYPE, link="etc/passwd")
        member(tar, "pipe", kind=tarfile.FIFOTYPE, mode=0o600)
        member(tar, "big", os.urandom(300000) + bytes(400000) + b"y" * 1234567)
        member(tar, "zeroes", bytes(131072 * 3 + 17))
        member(tar, "block", b"q" * 131072)
        member(tar, "empty")
        member(tar, "n" * 120 + "/" + "m" * 255, b"long")
        member(tar, "longlink", kind=tarfile.SYMTYPE, link="x/" * 2000 + "z", mode=0o777)
        member(tar, "caps", b"c", pax={"SCHILY.xattr.user.a": "hello", "SCHILY.xattr.user.b": ""})
        member(tar, "umlaut-\u00e4", b"u", mtime=1700000000.5)
        for number in range(3000):
            member(tar, "etc/many-%05d" % (number * 7919 % 3000), b"%d\n" % number, mtime=number)


def small(path, count):
    with tarfile.open(path, "w") as tar:
        member(tar, "dir", kind=tarfile.DIRTYPE, mode=0o755)
        for number in range(int(count)):
            member(tar, "dir/a-file-number-%08d" % (number * 7919 % 50000 if int(count) > 1 else 0),
                   b"%d" % (number * 7919 % 50000))


def large(path, mebibytes, what="text"):
    """One file: text, which can be packed, or zeroes."""
    item = tarfile.TarInfo("large")
    item.size = int(mebibytes) << 20
    with open(path, "wb") as file:
        file.write(item.tobuf())
        for number in range(int(mebibytes)):
            file.write(bytes(1 << 20) if what == "zero" else (b"line %010d\n" % number) * 65536)
        file.write(bytes(1024))


def random(path, mebibytes):
    with tarfile.open(path, "w") as tar:
        member(tar, "random", os.urandom(int(mebibytes) << 20))


def outside(path):
    with tarfile.open(path, "w") as tar:
        member(tar, "a", kind=tarfile.SYMTYPE, link="/etc")
        member(tar, "a/passwd", b"x")


def line(name, mode, uid, gid, mtime, size, links, attributes, data):
    print("%s %o %d:%d %d %d %d %s %s" % (name or "/", mode, uid, gid, mtime, size, links, attributes, data))


def expected(path):
    """What Python's own reader finds, which knows nothing of whiteouts: there are none in it."""
    entries, links, sub = {}, {}, {}
    with tarfile.open(path) as tar:
        for item in tar:
            name = item.name.strip("./")
            entries[name] = (item, tar.extractfile(item).read() if item.isreg() else None)
            if item.islnk():
                links[item.linkname] = links.get(item.linkname, 1) + 1
    for name in list(entries):
        while "/" in name:
            name = name.rpartition("/")[0]
            entries.setdefault(name, (None, None))
    for name in entries:
        if name and (entries[name][0] is None or entries[name][0].isdir()):
            sub[name.rpartition("/")[0]] = sub.get(name.rpartition("/")[0], 0) + 1
    for name in sorted(entries):
        item, data = entries[name]
        first = name
        if item is not None and item.islnk():
            first = item.linkname
            item, data = entries[first]
        if item is None or item.isdir():
            mode, uid, gid, mtime = (item.mode, item.uid, item.gid, item.mtime) if item else (0o755, 0, 0, 0)
            line(name, stat.S_IFDIR | mode, uid, gid, mtime, 0, 2 + sub.get(name, 0), [], "")
            continue
        attributes = sorted((key[13:], value.encode()) for key, value in item.pax_headers.items()
                            if key.startswith("SCHILY.xattr."))
        kind = stat.S_IFREG if item.isreg() else stat.S_IFLNK if item.issym() else stat.S_IFIFO
        text = hashlib.sha256(data).hexdigest() if item.isreg() else item.linkname
        size = len(data) if item.isreg() else len(item.linkname)
        line(name, kind | item.mode, item.uid, item.gid, item.mtime, size, links.get(first, 1), attributes, text)


def mounted(root):
    found = [""]
    for folder, folders, files in os.walk(root):
        below = os.path.relpath(folder, root)
        found += [os.path.normpath(os.path.join(below, name)) for name in folders + files]
    for name in sorted(found):
        path = os.path.join(root, name)
        about = os.lstat(path)
        attributes = sorted((key, os.getxattr(path, key, follow_symlinks=False))
                            for key in os.listxattr(path, follow_symlinks=False))
        text = ""
        if stat.S_ISREG(about.st_mode):
            with open(path, "rb") as file:
                text = hashlib.sha256(file.read()).hexdigest()
        elif stat.S_ISLNK(about.st_mode):
            text = os.readlink(path)
        size = 0 if stat.S_ISDIR(about.st_mode) else about.st_size
        line(name, about.st_mode, about.st_uid, about.st_gid, about.st_mtime, size, about.st_nlink, attributes, text)


def pack(data, kind):
    if kind == "tar+gzip":
        return gzip.compress(data, 6)
    if kind == "tar+zstd":
        return subprocess.run(["zstd", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return lzma.compress(data) if kind == "tar+xz" else data


def layout(folder, layer, kind):
    """An image with one layer, which is called a tar+gzip where it is packed in a way that has no name."""
    with open(layer, "rb") as file:
        plain = file.read()
    os.makedirs(folder + "/blobs/sha256")

    def put(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(folder + "/blobs/sha256/" + digest, "wb") as file:
            file.write(data)
        return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}

    blob = put(pack(plain, kind), "layer.v1." + kind.replace("xz", "gzip"))
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/a"]}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain).hexdigest()]}}).encode(), "config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": config, "layers": [blob]}).encode(), "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "t:1"}
    with open(folder + "/index.json", "w", encoding="ascii") as file:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
    with open(folder + "/oci-layout", "w", encoding="ascii") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
