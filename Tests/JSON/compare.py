#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rebuilds the bytes of every property from grove's JSON and compares them with the blob that the JSON was made from.

usage: compare.py BLOB JSON [BLOB JSON]...

The blob is read here with a reader of our own in Python, so that a mistake of Grove's reader shows as well.
"""
import json
import struct
import sys


def blob_lines(data):
    """What a version 16 or 17 blob says, one line for each thing, in order."""
    _, _, structure, strings, reservations, version, _, cpu = struct.unpack_from(">8I", data)
    yield ("header", version, cpu)
    while True:
        address, size = struct.unpack_from(">QQ", data, reservations)
        if size == 0:
            break
        yield ("reserve", address, size)
        reservations += 16
    at = structure
    while True:
        (token,) = struct.unpack_from(">I", data, at)
        at += 4
        if token == 1:
            end = data.index(0, at)
            yield ("node", data[at:end].decode())
            at = (end + 4) & ~3
        elif token == 2:
            yield ("end",)
        elif token == 3:
            length, name = struct.unpack_from(">II", data, at)
            start = strings + name
            value = data[at + 8 : at + 8 + length]
            yield ("property", data[start : data.index(0, start)].decode(), bytes(value))
            at = (at + 8 + length + 3) & ~3
        elif token == 9:
            return


def run_bytes(run):
    ((form, content),) = run.items()
    if form == "strings":
        return b"".join(text.encode() + b"\0" for text in content)
    if form == "bytes":
        return bytes.fromhex(content)
    width = int(form.removeprefix("cells") or 32) // 8
    return b"".join((int(cell, 16) if width == 8 else cell).to_bytes(width, "big") for cell in content)


def json_lines(document):
    yield ("header", document["version"], document["bootCPU"])
    for entry in document["reservations"]:
        yield ("reserve", int(entry["address"], 16), int(entry["size"], 16))
    pending = [document["root"]]
    while pending:
        node = pending.pop()
        if node is None:
            yield ("end",)
            continue
        yield ("node", node["name"])
        for entry in node["properties"]:
            yield ("property", entry["name"], b"".join(map(run_bytes, entry["value"])))
        pending.append(None)
        pending.extend(reversed(node["nodes"]))


def compare(blob, text):
    with open(blob, "rb") as file:
        expected = list(blob_lines(file.read()))
    with open(text, encoding="utf-8") as file:
        found = list(json_lines(json.load(file)))
    for at, (one, other) in enumerate(zip(expected, found)):
        if one != other:
            return f"{blob}: line {at} is {one} in the blob and {other} in the JSON"
    if len(expected) != len(found):
        return f"{blob}: {len(expected)} lines in the blob and {len(found)} in the JSON"
    return None


def main(files):
    if not files or len(files) % 2:
        sys.exit(__doc__)
    faults = [fault for pair in zip(files[::2], files[1::2]) if (fault := compare(*pair))]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main(sys.argv[1:])
