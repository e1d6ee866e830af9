// Holds answers of a node against an OpenAPI document.
import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

/// The document as an object, its references resolved; throws where it is none of OpenAPI.
export async function readOpenapi(text) {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(text);
  assert.ok(valid, JSON.stringify(errors, null, 2));
  return validator.resolveRefs();
}

/// check(method, path, answer): the document knows the route, this status of it, and the form of the answer.
export function answerChecker(document) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const paths = Object.entries(document.paths).map(([pattern, item]) => ({ pattern, item, matches: new RegExp(`^${pattern.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`) }));
  return function check(method, target, { status, headers, body }) {
    const path = target.split("?")[0];
    const found = paths.find(({ matches }) => matches.test(path));
    const route = found?.item[(method === "HEAD" ? "GET" : method).toLowerCase()];
    assert.ok(route, `${method} ${path} is not in the document`);
    const told = route.responses[status];
    assert.ok(told, `${method} ${found.pattern}: the document has no answer ${status}`);
    for (const [name, { required, schema }] of Object.entries(told.headers ?? {})) {
      const value = headers[name.toLowerCase()];
      if (value === undefined) assert.ok(!required, `${method} ${path} ${status}: no header ${name}`);
      else if (schema.type === "integer") assert.match(value, /^\d+$/, name);
    }
    const type = headers["content-type"];
    const content = told.content?.[type];
    assert.ok(content, `${method} ${path} ${status}: the document does not know ${type}`);
    if (method === "HEAD") return;
    const value = type === "application/json" ? JSON.parse(body) : body;
    const fits = ajv.compile(content.schema);
    assert.ok(fits(value), `${method} ${path} ${status}: ${body}: ${ajv.errorsText(fits.errors)}`);
  };
}
