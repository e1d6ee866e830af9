#!/usr/bin/env node
// Prints golden_tokens.hpp: keys, and tokens that the npm package `jose` signed with them.
//
//   (cd tests/e2e && npm ci) && node tests/unit/auth/make_tokens.mjs > tests/unit/auth/golden_tokens.hpp
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const e2e = createRequire(fileURLToPath(new URL("../../e2e/package.json", import.meta.url)));
const { SignJWT, exportSPKI, generateKeyPair } = e2e("jose");

const secret = "a secret of the tests, long enough for HS256";
const claims = { tags: ["vip", "de"], custom: { deep: [1, 2] } };
const sign = (alg, key, more = {}) =>
  new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg, typ: "JWT", kid: "k1" })
    .setSubject("u1").setIssuer("shop").setAudience(["push", "mail"]).setNotBefore(1000).setExpirationTime(2000).sign(key);

const lines = ["// Written by make_tokens.mjs.", "#pragma once", "", "#include <string>", "", "namespace golden {", ""];
const constant = (name, text) => {
  const pieces = JSON.stringify(text).slice(1, -1).match(/(?:\\.|[^\\]){1,84}/g);
  lines.push(`inline const std::string ${name} =`, `${pieces.map((p) => `    "${p}"`).join("\n")};`, "");
};

constant("secret", secret);
constant("hs256", await sign("HS256", new TextEncoder().encode(secret)));
for (const alg of ["RS256", "ES256"]) {
  for (const number of [1, 2]) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const name = `${alg.toLowerCase()}_key${number}`;
    const pem = await exportSPKI(publicKey);
    constant(name, pem);
    constant(`${alg.toLowerCase()}_token${number}`, await sign(alg, privateKey));
    // The attack: whoever knows the public key signs by HS256, with that key's text as the secret.
    if (number === 1) constant(`${name}_swapped`, await sign("HS256", new TextEncoder().encode(`${pem}\n`)));
  }
}
constant("es384_key", await exportSPKI((await generateKeyPair("ES384")).publicKey));
constant("ed25519_key", await exportSPKI((await generateKeyPair("EdDSA")).publicKey));
constant("hs512", await sign("HS512", new TextEncoder().encode(secret.repeat(2))));
lines.push("}  // namespace golden");
console.log(lines.join("\n"));
