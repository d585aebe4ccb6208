import assert from "node:assert/strict";
import { manifestJsonSchema } from "../../../lib/stage/manifest_schema.ts";

const FILE = new URL("../../../lib/stage/absurd.schema.json", import.meta.url);

// `deno test -A tests/lib/stage/manifest_schema_test.ts -- --update` writes the file anew.
Deno.test("manifestJsonSchema() is what the schema file for editors holds", async () => {
  const text = `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
  if (Deno.args.includes("--update")) await Deno.writeTextFile(FILE, text);
  assert.equal(await Deno.readTextFile(FILE), text);
});
