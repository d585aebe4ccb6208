import assert from "node:assert/strict";
import { parseExactJson } from "../../cli/exact_json.ts";
import { runInProcess } from "./fake_context.ts";

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

Deno.test("absurd spawn refuses a number in its parameters that would lose digits", async () => {
  const { code, stderr } = await runInProcess(["spawn", "echo", "--params", '{"x":12345678901234567890}']);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: Cannot read the value of --params as JSON: the number 12345678901234567890 has more/,
  );
});
