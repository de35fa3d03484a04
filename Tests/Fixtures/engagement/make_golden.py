"""Makes the golden payloads beside this file, from what FORMAT.md says and nothing else.

The files stay as they are for ever: a reader of every later version must read them. This script is kept to show that
FORMAT.md is enough to write them, and to write those of a next version.
"""
import hashlib
import hmac
import pathlib
import struct

MASK = (1 << 64) - 1


def rotl(x, b):
    return ((x << b) | (x >> (64 - b))) & MASK


def siphash(key, data, wide):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    if wide:
        v[1] ^= 0xEE

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK; v[2] = (v[2] + v[3]) & MASK
            v[1] = rotl(v[1], 13) ^ v[0]; v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = rotl(v[0], 32)
            v[2] = (v[2] + v[1]) & MASK; v[0] = (v[0] + v[3]) & MASK
            v[1] = rotl(v[1], 17) ^ v[2]; v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = rotl(v[2], 32)

    whole = len(data) // 8 * 8
    for (word,) in struct.iter_unpack("<Q", data[:whole]):
        v[3] ^= word; rounds(2); v[0] ^= word
    last = int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56
    v[3] ^= last; rounds(2); v[0] ^= last
    v[2] ^= 0xEE if wide else 0xFF
    rounds(4)
    result = struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])
    if wide:
        v[1] ^= 0xDD
        rounds(4)
        result += struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])
    return result


def field(tag, value, cut=False):
    value = value if isinstance(value, bytes) else value.encode()
    length, count = b"", len(value)
    while True:
        length += bytes([count & 0x7F | (0x80 if count > 0x7F else 0)])
        count >>= 7
        if not count:
            return bytes([tag | (0x80 if cut else 0)]) + length + value


def fields(values):
    return b"".join(field(tag, values[tag]) for tag in sorted(values))


def head(time, kind, outcome, reason, method, version, frozen, flags, repairs, headers, order):
    return struct.pack("<Q6BHIHHQ", time, kind, outcome, reason, method, version, frozen, flags, repairs, headers, 0, order)


ROOT = bytes(range(32))
EVENT_KEY = bytes(range(100, 116))
DAY_KEY = bytes(range(200, 216))


def subject(section, identifier, key_id=7):
    section_key = hmac.digest(ROOT, b"tremolo/v1/person/" + section.encode(), "sha256")
    person = hmac.digest(section_key, identifier.encode(), "sha256")[:16]
    return bytes([key_id]) + siphash(EVENT_KEY, person, True)


def key_file(purpose, number, created, secret):
    check = hashlib.sha256(f"tremolo/v1/key-check/{purpose}/{number}/".encode() + secret).hexdigest()[:8]
    return (f"tremolo key 1\npurpose {purpose}\nid {number}\ncreated {created}\n"
            f"secret {secret.hex()}\ncheck {check}\n").encode()


TIME = 1754006400123456789
hashed = hashlib.sha256(b"john.doe@mail.com").hexdigest()
campaign = {1: "8781202", 2: "17", 3: "2", 4: "-3913585306572009774", 5: "1", 6: "null", 7: "[10596091]", 14: "ihe"}

golden = {
    "event-v1-click.bin":
        head(TIME, 1, 1, 2, 1, 11, 0, 0b1000_0000_1110, 1 << 5, 0x081F, 0x0123456789ABCDEF)
        + subject("8781202", hashed)
        + bytes([4, 24, 192, 0, 2])
        + struct.pack("<H", 20301) + siphash(DAY_KEY, bytes([192, 0, 2, 77]), False)
        + fields(campaign | {
            8: "0", 9: "0", 10: "", 11: "0", 12: "", 13: "", 16: "hero",
            17: "https://www.mywebsite.com/sale", 18: "https://www.mywebsite.com/new/sale",
            32: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            37: "1", 39: "cross-site", 40: "navigate", 41: "document", 42: "?1", 43: "mail.example", 44: "de-CH",
            45: "office"}),
    "event-v1-open-late.bin":
        head(TIME, 2, 5, 1, 2, 10, 0, 0b0111, 0, 0, 0) + struct.pack("<Q", TIME + 5_000_000_000)
        + subject("8781202", hashed)
        + bytes([6, 48]) + bytes.fromhex("20010db80001")
        + fields(campaign) + field(32, "a" * 511, cut=True),
    "event-v1-forgotten.bin":
        head(TIME, 1, 3, 6, 0, 0, 3, 1 << 10 | 1 << 1, 1 << 1, 0, 0) + bytes([0]) + bytes(range(16))
        + fields({1: "8781202", 19: "https://www.mywebsite.com/", 48: "apple-mpp", 49: "0123456789abcdef",
                  50: "Apple Mail", 51: "unknown", 52: "CH"}),
    "sends-v1.bin":
        struct.pack("<QQQQII", TIME, TIME - 1, 1000, 998, 12, 1) + fields({1: "8781202", 2: "17", 7: "[10596091]"}),
    "name-v1.bin":
        struct.pack("<QQ", TIME, 2) + fields({1: "8781202", 2: "17", 64: "Sömmer sale"}),
    "event-7.key": key_file("event", 7, TIME, EVENT_KEY),
    "root.key": key_file("root", 0, TIME, ROOT),
}

for name, content in golden.items():
    (pathlib.Path(__file__).parent / name).write_bytes(content)
