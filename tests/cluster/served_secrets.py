#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: served_secrets.py ARTIFACTS ROOT [KEY-FILE…]
Looks for secrets in all that a taskbox serves to whoever asks: the files of the folder ARTIFACTS, an
initramfs (*.initrd) by the files that are in it, and instead of a compressed disk the files of ROOT, where it
is mounted. A secret is a private key, a one-time token, or a line of one of the key files. Says what was
searched and what was found; the status is 1 when there is something."""

import os
import re
import subprocess
import sys

# A header alone is in every program that reads keys.
KEY = re.compile(rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\r\n]{0,2}(?:[A-Za-z-]+: .*\n)*[A-Za-z0-9+/]{40}")
CLIENT_KEY = re.compile(rb"client-key-data\W{1,4}[A-Za-z0-9+/]{64}")
TOKEN = re.compile(rb"token\W{1,12}[0-9a-f]{48}", re.ASCII)
# The known answers by which GnuTLS tests itself, the same in everybody's copy of it.
PUBLIC = re.compile(r"usr/lib/[^/]*/libgnutls\.so\.30[0-9.]*$")
ZSTD = b"\x28\xb5\x2f\xfd"


def zstd_end(data, at):
    """Where the frame ends that begins there: RFC 8878, 3.1.1."""
    descriptor = data[at + 4]
    single = descriptor >> 5 & 1
    at += 6 - single + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
    last = False
    while not last:
        header = int.from_bytes(data[at:at + 3], "little")
        last = header & 1
        at += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
    return at + (4 if descriptor >> 2 & 1 else 0)


def members(data):
    """(name, bytes) of an initramfs: archives behind each other, some of them compressed, with zeros
    between (the kernel's driver-api/early-userspace/buffer-format)."""
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
        elif data[at:at + 4] == ZSTD:
            end = zstd_end(data, at)
            yield from members(subprocess.run(["zstd", "-dcq"], input=data[at:end], check=True,
                                              stdout=subprocess.PIPE).stdout)
            at = end
        elif data[at:at + 6] in (b"070701", b"070702"):
            fields = [int(data[at + i:at + i + 8], 16) for i in range(6, 110, 8)]
            name = data[at + 110:at + 110 + fields[11] - 1].decode(errors="replace")
            start = at + (110 + fields[11] + 3 & ~3)
            yield name, data[start:start + fields[6]]
            at = start + (fields[6] + 3 & ~3)
        else:
            raise ValueError(f"at byte {at}: neither an archive nor a compressed one: {data[at:at + 8]!r}")


def below(root):
    for place, _, names in os.walk(root):
        for name in names:
            path = os.path.join(place, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as f:
                    yield os.path.relpath(path, root), f.read()


def everything(artifacts, root):
    for name in sorted(os.listdir(artifacts)):
        path = os.path.join(artifacts, name)
        if name.endswith(".raw.zst"):
            yield from ((f"{name}: {inner}", data) for inner, data in below(root))
            continue
        with open(path, "rb") as f:
            data = f.read()
        if name.endswith(".initrd"):
            yield from ((f"{name}: {inner}", inside) for inner, inside in members(data))
        else:
            yield name, data


def found_in(data, lines):
    # Looked for by words that any of it has: the patterns are slow.
    if b"PRIVATE KEY-----" in data and KEY.search(data):
        yield "a private key"
    if b"client-key-data" in data and CLIENT_KEY.search(data):
        yield "a private key of a kubeconfig"
    if b"token" in data and TOKEN.search(data):
        yield "a token"
    if any(line in data for line in lines):
        yield "a key of this taskbox"


def key_lines(paths):
    for path in paths:
        with open(path, "rb") as f:
            yield f.read().split(b"PRIVATE KEY-----\n")[1].split(b"\n")[0]


def main():
    artifacts, root, *keys = sys.argv[1:]
    lines, count, size, bad, known = list(key_lines(keys)), {}, 0, 0, set()
    for name, data in everything(artifacts, root):
        kind = name.split(": ")[0] if ": " in name else "files"
        count[kind] = count.get(kind, 0) + 1
        size += len(data)
        for what in found_in(data, lines):
            if PUBLIC.search(name) and what == "a private key":
                known.add(name)
                continue
            print(f"{name} has {what}")
            bad += 1
    print(", ".join(f"{n} of {kind}" if kind != "files" else f"{n} files" for kind, n in count.items()),
          f"searched, {size >> 20} MiB; with public keys of self-tests: {', '.join(sorted(known)) or 'none'}")
    if len(count) != 3 or min(count.values()) < 5:
        print("that cannot be all")
        bad += 1
    sys.exit(bad != 0)


main()
