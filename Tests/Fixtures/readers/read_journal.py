"""Reads a journal by what Sources/Journal/FORMAT.md and Sources/Engagement/FORMAT.md say, and nothing else.

usage: read_journal.py JOURNAL_FOLDER

Prints each event as one JSON object a line, in the order of shards and sequences, and each damage as
{"damaged": count, "file": path, "offset": byte}. A test compares the events with what `tremolo events` prints.
"""

import datetime
import json
import os
import re
import sqlite3
import struct
import sys

CRC = []
for number in range(256):
    for _ in range(8):
        number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
    CRC.append(number)


def crc32c(data, seed=0):
    """CRC-32C of `data`, going on from the checksum of what stands before it."""
    crc = seed ^ 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Segment:
    """One file: its header's good copy and its records."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        self.header = self.read_header(0) or self.read_header(4096)

    def read_header(self, at):
        copy = self.data[at:at + 4096]
        if len(copy) < 64 or copy[:8] != b"TREMOLOJ":
            return None
        version, length, shard = struct.unpack_from("<HHH", copy, 8)
        if not 64 <= length <= 4096 or len(copy) < length:
            return None
        if struct.unpack_from("<I", copy, length - 4)[0] != crc32c(copy[:length - 4]):
            return None
        if version > 1:
            sys.exit(f"{self.path}: format version {version} is newer than this reader")
        node, epoch, first, _, marker, seed = struct.unpack_from("<QQQQII", copy, 16)
        return {"shard": shard, "node": node, "epoch": epoch, "first": first, "marker": marker, "seed": seed}

    def record(self, at):
        """The record that begins at `at` as (sequence, kind, version, payload, end), or None."""
        if at + 24 > len(self.data):
            return None
        marker, checksum, sequence, length, kind, version, zero = struct.unpack_from("<IIQIBBH", self.data, at)
        end = at + 24 + length
        if marker != self.header["marker"] or length > 65512 or zero != 0 or end > len(self.data):
            return None
        if checksum != crc32c(self.data[at + 8:end], self.header["seed"]):
            return None
        return sequence, kind, version, self.data[at + 24:end], end

    def records(self, limit):
        """Yields ("record", …) and ("damage", count, offset), below the next segment's first sequence."""
        at = 8192
        expected = self.header["first"]
        while limit is None or expected < limit:
            found = self.record(at)
            start = at
            if not found or found[0] != expected:
                found = None
                for place in range(at, len(self.data) - 23):
                    candidate = self.record(place)
                    if candidate and expected <= candidate[0] <= expected + (place - at) // 24:
                        found = candidate
                        break
            if not found or (limit is not None and found[0] >= limit):
                break
            if found[0] > expected:
                yield "damage", found[0] - expected, start
            sequence, kind, version, payload, at = found
            expected = sequence + 1
            yield "record", sequence, kind, version, payload
        if limit is not None and expected < limit:
            yield "damage", limit - expected, at


FIELDS = {
    1: "sec", 2: "expId", 3: "expVer", 4: "expVisitId", 5: "mech", 6: "smech", 7: "va", 14: "cuidType", 17: "target",
    18: "link", 19: "location", 32: "userAgent",
}
KINDS = {1: "click", 2: "open"}
OUTCOMES = {1: "redirected", 2: "asked", 3: "fallback", 4: "refused", 5: "pixel"}
METHODS = {1: "GET", 2: "HEAD"}


def event(identity, payload):
    """An event, version 1, as an object."""
    time, kind, outcome, _, method, _, _, flags = struct.unpack_from("<QBBBBBBH", payload, 0)
    at = 32
    subject = None
    if flags & 1:
        at += 8
    if flags & 2:
        subject = payload[at + 1:at + 17].hex()
        at += 17
    if flags & 4:
        at += 2 + (payload[at + 1] + 7) // 8
    if flags & 8:
        at += 10
    fields = {}
    while at < len(payload):
        tag = payload[at] & 0x7F
        at += 1
        length = shift = 0
        while True:
            byte = payload[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        fields[tag] = payload[at:at + length].decode("utf-8", "replace")
        at += length
    result = {name: fields.get(tag) for tag, name in FIELDS.items()}
    if result["link"] is None:
        result["link"] = result["target"]
    if result["location"] is None and OUTCOMES[outcome] == "redirected":
        result["location"] = result["link"]
    moment = datetime.datetime.fromtimestamp(time // 10**9, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    result.update(
        id=identity, time=f"{moment}.{time % 10**9 // 1000:06}Z", kind=KINDS[kind], outcome=OUTCOMES[outcome],
        method=METHODS.get(method), subject=subject)
    return result


def expiry(journal):
    """The first sequence of each shard that has not expired, by node, epoch and shard."""
    path = os.path.join(os.path.dirname(os.path.abspath(journal)), "sealed.sqlite")
    if not os.path.exists(path):
        return {}
    rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(
        "SELECT node, epoch, shard, next_sequence FROM expiry")
    return {(node % 2**64, epoch % 2**64, shard): next_sequence for node, epoch, shard, next_sequence in rows}


def main(journal):
    expired = expiry(journal)
    for epoch_name in sorted(os.listdir(journal)):
        if not re.fullmatch("[0-9a-f]{16}-[0-9a-f]{16}", epoch_name):
            continue
        for shard_name in sorted(os.listdir(f"{journal}/{epoch_name}")):
            folder = f"{journal}/{epoch_name}/{shard_name}"
            if not re.fullmatch("[0-9]{1,5}|admin", shard_name) or not os.path.isdir(folder):
                continue
            firsts = sorted(int(name) for name in os.listdir(folder) if re.fullmatch("[0-9]{20}", name))
            number = 65535 if shard_name == "admin" else int(shard_name)
            node, epoch = (int(part, 16) for part in epoch_name.split("-"))
            begin = expired.get((node, epoch, number), 0)
            if firsts and firsts[0] > begin:
                path = f"{folder}/{firsts[0]:020}"
                print(json.dumps({"damaged": firsts[0] - begin, "file": path, "offset": 0}))
            for first, limit in zip(firsts, firsts[1:] + [None]):
                segment = Segment(f"{folder}/{first:020}")
                if segment.header is None:
                    print(json.dumps({"damaged": None, "file": segment.path, "offset": 0}))
                    continue
                for step in segment.records(limit):
                    if step[0] == "record" and step[1] < begin:
                        continue
                    if step[0] == "damage":
                        print(json.dumps({"damaged": step[1], "file": segment.path, "offset": step[2]}))
                    elif step[2] == 1 and step[3] == 1:
                        name = epoch_name.replace("-", "/")
                        print(json.dumps(event(f"{name}/{shard_name}/{step[1]}", step[4])))


main(sys.argv[1])
