import assert from "node:assert/strict";
import { SCHEMA_VERSION, VERSION } from "../../lib/version.ts";
import { MIGRATIONS } from "../../sql/mod.ts";
import settings from "../../deno.json" with { type: "json" };

Deno.test("VERSION is that of deno.json", () => {
  assert.equal(VERSION, settings.version);
});

Deno.test("SCHEMA_VERSION is the number of the newest migration", () => {
  assert.equal(SCHEMA_VERSION, MIGRATIONS.length);
  assert.deepEqual(
    MIGRATIONS.map(({ name }) => Number(name.slice(0, 4))),
    MIGRATIONS.map((_, index) => index + 1),
  );
});
