"""Signs and verifies links by what Documentation/signatures.md says, and nothing else.

    link_signatures.py make              writes vectors.json, unsubscribe-vectors.json and the keys beside this file
    link_signatures.py verify FOLDER     reads links, one a line, and prints what the keys in the folder say of each

The vectors stay as they are for ever: links that were signed once are in mail. Targets are taken as they stand when
they are decoded, so verify is for targets that are in their normal form already.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys
import urllib.parse

FIELDS = {name: number for number, name in enumerate(
    "cuid cuidType sec expId expVer expVisitId mech smech va pExpId pExpVer pExpVisitId pMech pSmech pVa targetUrl "
    "tlink tsig".split())}
SIGNED = range(2, 15)
HERE = pathlib.Path(__file__).parent


def decode(text):
    return urllib.parse.unquote_to_bytes(text.encode("latin-1"))


def fields_of(query):
    """The fields by name, decoded, and the names that occur more than once."""
    values, repeated = {}, set()
    while query:
        name, _, rest = query.partition("=")
        if "&" in name:
            name, _, rest = query.partition("&")
            value = b""
        elif name == "targetUrl" and rest.lower().startswith(("http://", "https://")):
            value, rest = rest.encode("latin-1"), ""
        else:
            value, _, rest = rest.partition("&")
            value = decode(value)
        if name in values:
            repeated.add(name)
        values.setdefault(name, value)
        query = rest
    return values, repeated


def code(secret, head, values, target):
    message = b"tremolo/v1/link\0" + head
    items = [(FIELDS[name], value) for name, value in values.items() if FIELDS.get(name) in SIGNED]
    if target is not None:
        items.append((FIELDS["targetUrl"], target))
    for number, value in sorted(items):
        message += bytes([number]) + struct.pack("<I", len(value)) + value
    return hmac.new(secret, message, hashlib.sha256).digest()


def person_code(secret, head, values):
    message = b"tremolo/v1/person\0" + head
    for name in ("cuid", "sec"):
        if name in values:
            message += bytes([FIELDS[name]]) + struct.pack("<I", len(values[name])) + values[name]
    return hmac.new(secret, message, hashlib.sha256).digest()


def person_token(secret, key_id, values, expiry=None, code_bytes=16):
    head = bytes([1 << 4 | 4 | (expiry is not None) << 1]) + struct.pack("<I", key_id)
    if expiry is not None:
        head += struct.pack("<Q", expiry)[:5]
    both = head + person_code(secret, head, values)[:code_bytes]
    return base64.urlsafe_b64encode(both).rstrip(b"=").decode()


def token(secret, key_id, values, target=None, expiry=None, code_bytes=16):
    head = bytes([1 << 4 | (target is not None) | (expiry is not None) << 1]) + struct.pack("<I", key_id)
    if expiry is not None:
        head += struct.pack("<Q", expiry)[:5]
    both = head + code(secret, head, values, target)[:code_bytes]
    return base64.urlsafe_b64encode(both).rstrip(b"=").decode()


def verify(query, keys, now, unsubscribes):
    values, repeated = fields_of(query)
    if "tsig" not in values:
        return "missing"
    if repeated & {"sec", "cuid" if unsubscribes else "targetUrl", "tsig"}:
        return "bad"
    text = values["tsig"].rstrip(b"=\"'`<>()[]{},.;:!?*| \t\r\n")
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return "bad"
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text or not raw or raw[0] >> 4 != 1 or raw[0] & 8:
        return "bad"
    if bool(raw[0] & 4) != unsubscribes or raw[0] & 5 == 5:
        return "bad"
    head = raw[:10 if raw[0] & 2 else 5]
    claimed = raw[len(head):]
    if not 16 <= len(claimed) <= 32:
        return "bad"
    key = keys.get(struct.unpack_from("<I", head, 1)[0])
    if key is None or key["section"] not in (None, values.get("sec", b"").decode("latin-1")):
        return "bad"
    target = values.get("targetUrl") if raw[0] & 1 else None
    if raw[0] & 1 and target is None:
        return "bad"
    made = person_code(key["secret"], head, values) if unsubscribes else code(key["secret"], head, values, target)
    if not hmac.compare_digest(made[:len(claimed)], claimed):
        return "bad"
    if raw[0] & 2 and int.from_bytes(head[5:10], "little") <= now:
        return "expired"
    return "good " + ("person" if unsubscribes else "target" if raw[0] & 1 else "link")


def read_keys(folder):
    keys = {}
    for path in pathlib.Path(folder).glob("signing-*.key"):
        lines = dict(line.split(" ", 1) for line in path.read_text().splitlines())
        keys[int(lines["id"])] = {"secret": bytes.fromhex(lines["secret"]), "section": lines.get("section")}
    return keys


def write_key(key_id, secret, section=None):
    named = f"tremolo/v1/key-check/signing/{key_id}/" + (f"{section}/" if section else "")
    check = hashlib.sha256(named.encode() + secret).hexdigest()[:8]
    lines = [f"tremolo key {2 if section else 1}", "purpose signing", f"id {key_id}", "created 1754006400000000000"]
    lines += [f"section {section}"] if section else []
    lines += [f"secret {secret.hex()}", f"check {check}"]
    (HERE / "keys" / f"signing-{key_id}.key").write_text("\n".join(lines) + "\n")


def make():
    first, second = bytes(range(32)), bytes(range(100, 132))
    write_key(1, first)
    write_key(2, second, "8772046")
    campaign = "sec=8781202&expId=17&expVer=2&expVisitId=-3913585306572009774&mech=1&smech=0&va=%5B10596091%5D"
    parent = "sec=8772046&expId=0&expVer=&pExpId=4&pExpVer=1&pExpVisitId=&pMech=0&pSmech=null&pVa=%5B%5D"
    cart = "https://www.mywebsite.com/cart?a=1&b=2#top"
    cases = [
        ("one field", 1, "sec=8781202", None, None, 16),
        ("a campaign, its link", 1, campaign, None, None, 16),
        ("a campaign and its target", 1, campaign, cart, None, 16),
        ("an expiry", 1, campaign, None, 1893456000, 16),
        ("an expiry past 32 bits, and the whole code", 1, campaign, cart, 1 << 39, 32),
        ("a parent and empty fields, a key of the section", 2, parent, None, None, 20),
        ("a field of bytes, and a plus", 1, "sec=8781202&va=%FF%00a+b&expId=%25zz", None, None, 16),
        ("a field of 300 bytes", 1, "sec=8781202&va=" + "x" * 300, "https://www.mywebsite.com/", None, 16),
    ]
    vectors = []
    for name, key_id, query, target, expiry, code_bytes in cases:
        values, _ = fields_of(query)
        encoded = target.encode() if target else None
        text = token((first, second)[key_id - 1], key_id, values, encoded, expiry, code_bytes)
        signed = f"{query}&tsig={text}"
        if target:
            signed += "&targetUrl=" + urllib.parse.quote(target, safe="")
        vectors.append({"name": name, "key": key_id, "query": query, "target": target, "expiry": expiry,
                        "codeBytes": code_bytes, "token": text, "signed": signed})
    (HERE / "vectors.json").write_text(json.dumps(vectors, indent=1) + "\n")
    people = [
        ("an address", 1, "cuid=ann%40mail.example&sec=8781202", None, 16),
        ("an expiry", 1, "sec=8781202&cuid=ann%40mail.example", 1893456000, 16),
        ("a key of the section, the whole code, fields that are not covered", 2,
         "cuidType=ihe&cuid=%2B4915112345678&sec=8772046&expId=3", None, 32),
        ("a plus, bytes and 600 characters", 1, "sec=8781202&cuid=a+b%FF%00" + "x" * 600, None, 16),
    ]
    vectors = []
    for name, key_id, query, expiry, code_bytes in people:
        values, _ = fields_of(query)
        text = person_token((first, second)[key_id - 1], key_id, values, expiry, code_bytes)
        vectors.append({"name": name, "key": key_id, "query": query, "target": None, "expiry": expiry,
                        "codeBytes": code_bytes, "token": text, "signed": f"{query}&tsig={text}"})
    (HERE / "unsubscribe-vectors.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    else:
        keys = read_keys(sys.argv[2])
        for line in sys.stdin.buffer:
            url = line.rstrip(b"\n").decode("latin-1").partition("#")[0]
            path, _, query = url.partition("?")
            print(verify(query, keys, 1_900_000_000, path.rstrip("/").endswith("/tremunsub")))
