#!/usr/bin/env node
// Prints what a partner is told, a line for each value; README.md says how it is started.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const mqtt = require("mqtt");

const week = 7 * 86_400;
const seenMax = 10_000;

const setting = (name, usual) => {
  const value = process.env[name] ?? usual;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

/** Why a message is not to be believed. */
class Refused extends Error {}

const user = setting("TSUNAGI_USER");
const keys = new Map(JSON.parse(fs.readFileSync(setting("TSUNAGI_KEYS"))).keys.map((key) => [key.kid, key]));

const isValid = (key) =>
  !(Date.now() < Date.parse(key.nbf ?? "1970-01-01") || Date.now() >= Date.parse(key.exp ?? "9999-01-01"));

/** Returns when one of the keys signed exactly these bytes: RFC 7515, appendix F, with EdDSA. */
function verify(jws, payload) {
  if (typeof jws !== "string") throw new Refused("not signed");
  const [head, middle, signature, ...rest] = jws.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url"));
  if (middle !== "" || rest.length || header.alg !== "EdDSA" || "crit" in header || "b64" in header) {
    throw new Refused("malformed");
  }
  const key = keys.get(header.kid);
  if (!key || !isValid(key)) throw new Refused("signed with a key that is not known, or not valid now");
  const { kty, crv, x } = key;
  const signed = crypto.verify(
    null,
    Buffer.from(`${head}.${payload.toString("base64url")}`),
    crypto.createPublicKey({ key: { kty, crv, x }, format: "jwk" }),
    Buffer.from(signature, "base64url"),
  );
  if (!signed) throw new Refused("these bytes were not signed");
}

/** A number or a text as it is; of a band its edges. */
const shown = (value) => (typeof value === "object" ? `${value.from ?? ""}..${value.below ?? ""}` : value);

/** END  AGREEMENT/GRANT  PRODUCT  SITE  VALUE  UNIT  QUALITY */
function lines(topic, release) {
  if (release.type !== "tsunagi.release/1") return [[release.type ?? "another form", topic]];
  const feed = `${release.agreement}/${release.grant}`;
  if (topic !== `tsunagi/v1/p/${release.recipient}/${feed}`) throw new Refused("not of this topic");
  const bucket = [release.bucket.end, feed];
  if (release.status !== "released") return [[...bucket, release.status]];
  return release.values.map((each) => [
    ...bucket, each.product, each.site, shown(each.value), each.unit ?? "", each.quality,
  ]);
}

const seen = new Set();

function take(topic, payload, packet) {
  try {
    verify(packet.properties?.userProperties?.jws, payload);
    const release = JSON.parse(payload);
    const rows = lines(topic, release);
    if (seen.has(release.id)) return;
    if (release.id !== undefined) seen.add(release.id);
    if (seen.size > seenMax) seen.delete(seen.values().next().value);
    for (const row of rows) console.log(row.join("\t"));
  } catch (trouble) {
    // Whatever goes wrong, the message is refused and the feed goes on.
    const why = trouble instanceof Refused ? trouble.message : "malformed";
    console.error(["refused", topic, why].join("\t"));
  }
}

const ca = process.env.TSUNAGI_CA;
const client = mqtt.connect({
  protocol: ca ? "mqtts" : "mqtt",
  protocolVersion: 5,
  host: setting("TSUNAGI_HOST", "localhost"),
  port: Number(setting("TSUNAGI_PORT", ca ? 8883 : 1883)),
  ca: ca && fs.readFileSync(ca),
  username: user,
  password: fs.readFileSync(setting("TSUNAGI_PASSWORD_FILE"), "utf8").split("\n")[0],
  clientId: `${user}-node`,
  clean: false,
  properties: { sessionExpiryInterval: week },
  resubscribe: false,
});
client.on("connect", () => client.subscribe(`tsunagi/v1/p/${user}/#`, { qos: 1 }));
client.on("message", take);
client.on("error", (error) => {
  console.error(`error: ${error.message}`);
  // The broker's own no is final; what else goes wrong with the connection is tried again.
  if (typeof error.code === "number") process.exit(1);
});
