import assert from "node:assert/strict";
import { parseExactJson } from "../../lib/exact_json.ts";

Deno.test("parseExactJson() reads what can be kept, and refuses whole numbers whose last digits would change", () => {
  const text = '{"a":[9007199254740991,-9007199254740992,0.1,1e300,1.0],"b":"12345678901234567890","c":null}';
  assert.deepEqual(parseExactJson(text), JSON.parse(text));
  for (const number of ["12345678901234567890", "-9007199254740993", `1${"0".repeat(400)}`]) {
    assert.throws(
      () => parseExactJson(`{"a":[${number}]}`),
      new RegExp(`RangeError: the number ${number} has more`),
    );
  }
});

Deno.test("parseExactJson() leaves out the mark of an encoding before the text", () => {
  assert.deepEqual(parseExactJson('\ufeff{"a":1}'), { a: 1 });
});

Deno.test("parseExactJson() says what is nested too deep, whatever brackets stand in texts", () => {
  const text = String.raw`["[[[[\"[["]`;
  assert.deepEqual(
    (parseExactJson(`${"[".repeat(499)}${text}${"]".repeat(499)}`) as unknown[]).flat(Infinity),
    ['[[[["[['],
  );
  for (const depth of [501, 100_000]) {
    assert.throws(() => parseExactJson("[".repeat(depth) + "]".repeat(depth)), /nested more than 500 deep/);
  }
});
