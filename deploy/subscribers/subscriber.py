#!/usr/bin/python3
"""Prints what a partner is told, a line for each value; README.md says how it is started."""

import base64
import collections
import json
import os
import sys
from datetime import datetime, timezone

import paho.mqtt.client as mqtt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WEEK = 7 * 86_400
SEEN_MAX = 10_000


class Refused(Exception):
    """Why a message is not to be believed."""


def decoded(text):
    """Base 64 of URLs, without padding, to bytes."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def is_valid(key):
    now = datetime.now(timezone.utc)
    begin, end = (key.get(name) and datetime.fromisoformat(key[name]) for name in ("nbf", "exp"))
    return (begin is None or begin <= now) and (end is None or now < end)


def verify(jws, payload, keys):
    """Returns when one of the keys signed exactly these bytes: RFC 7515, appendix F, with EdDSA."""
    head, middle, signature = jws.split(".")
    header = json.loads(decoded(head))
    if middle or header["alg"] != "EdDSA" or "crit" in header or "b64" in header:
        raise Refused("malformed")
    key = keys.get(header["kid"])
    if key is None or not is_valid(key):
        raise Refused("signed with a key that is not known, or not valid now")
    try:
        public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
        public.verify(decoded(signature), f"{head}.{encoded(payload)}".encode())
    except InvalidSignature:
        raise Refused("these bytes were not signed") from None


def shown(value):
    """A number or a text as it is; of a band its edges."""
    if not isinstance(value, dict):
        return str(value)
    return "..".join("" if edge is None else str(edge) for edge in (value["from"], value["below"]))


def lines(topic, release):
    """END  AGREEMENT/GRANT  PRODUCT  SITE  VALUE  UNIT  QUALITY"""
    if release.get("type") != "tsunagi.release/1":
        return [(release.get("type", "another form"), topic)]
    feed = f"{release['agreement']}/{release['grant']}"
    if topic != f"tsunagi/v1/p/{release['recipient']}/{feed}":
        raise Refused("not of this topic")
    bucket = (release["bucket"]["end"], feed)
    if release["status"] != "released":
        return [(*bucket, release["status"])]
    return [
        (*bucket, each["product"], each["site"], shown(each["value"]), each.get("unit", ""), each["quality"])
        for each in release["values"]
    ]


class Subscriber:
    def __init__(self, user, keys):
        self.user = user
        self.keys = keys
        self.seen = collections.OrderedDict()

    def subscribe(self, client, _, flags, reason, properties=None):
        if reason.value >= 0x80:
            sys.exit(f"error: the broker refuses the connection: {reason}")
        client.subscribe(f"tsunagi/v1/p/{self.user}/#", qos=1)

    def take(self, client, _, message):
        try:
            properties = dict(getattr(message.properties, "UserProperty", []))
            if "jws" not in properties:
                raise Refused("not signed")
            verify(properties["jws"], message.payload, self.keys)
            release = json.loads(message.payload)
            rows = lines(message.topic, release)
        except Exception as trouble:  # Whatever goes wrong, the message is refused and the feed goes on.
            why = trouble if isinstance(trouble, Refused) else "malformed"
            print("refused", message.topic, why, sep="\t", file=sys.stderr, flush=True)
            return
        if "id" in release:
            if release["id"] in self.seen:
                return
            self.seen[release["id"]] = True
            if len(self.seen) > SEEN_MAX:
                self.seen.popitem(last=False)
        for row in rows:
            print(*row, sep="\t", flush=True)


def main():
    user, ca = os.environ["TSUNAGI_USER"], os.environ.get("TSUNAGI_CA")
    with open(os.environ["TSUNAGI_KEYS"], encoding="utf-8") as file:
        keys = {key["kid"]: key for key in json.load(file)["keys"]}
    with open(os.environ["TSUNAGI_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.readline().rstrip("\n")
    subscriber = Subscriber(user, keys)
    client = mqtt.Client(f"{user}-python", protocol=mqtt.MQTTv5)
    client.username_pw_set(user, password)
    if ca:
        client.tls_set(ca)
    client.on_connect = subscriber.subscribe
    client.on_message = subscriber.take
    session = Properties(PacketTypes.CONNECT)
    session.SessionExpiryInterval = WEEK
    port = int(os.environ.get("TSUNAGI_PORT", 8883 if ca else 1883))
    client.connect(os.environ.get("TSUNAGI_HOST", "localhost"), port, clean_start=False, properties=session)
    client.loop_forever()


main()
