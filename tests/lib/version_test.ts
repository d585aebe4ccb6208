import assert from "node:assert/strict";
import { VERSION } from "../../lib/version.ts";
import settings from "../../deno.json" with { type: "json" };

Deno.test("VERSION is that of deno.json", () => {
  assert.equal(VERSION, settings.version);
});
