import assert from "node:assert/strict";
import { storableJson } from "../../lib/json.ts";

Deno.test("storableJson() gives the text of what can be stored", () => {
  const shared = { twice: true };
  const value = { a: [1, "ä", null, shared, shared], at: new Date(0), left: undefined };
  assert.equal(storableJson(value, "params"), JSON.stringify(value));
});

Deno.test("storableJson() names the place of what cannot be stored", () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  const cases: [value: unknown, message: string][] = [
    [{ a: [{ b: NaN }] }, "params.a[0].b is NaN, which JSON cannot hold"],
    [{ a: 1n }, "params.a is a bigint, which JSON cannot hold"],
    [{ a: () => 1 }, "params.a is a function, which JSON cannot hold"],
    [[undefined], "params[0] is undefined, which JSON cannot hold"],
    [undefined, "params is undefined, which JSON cannot hold"],
    [{ "a\0": 1 }, "a key of params holds \\u0000, which the database cannot store"],
    [{ a: "\udc00" }, "params.a holds half of a surrogate pair, which the database cannot store"],
    [cycle, "params[0].cycle contains itself"],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => storableJson(value, "params"), { name: "UnstorableValueError", message });
  }
});

Deno.test("storableJson() refuses nesting that would overflow a stack", () => {
  let deep: unknown = 0;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  assert.throws(() => storableJson(deep, "params"), /is nested more than 500 deep/);
});
