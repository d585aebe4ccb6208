import assert from "node:assert/strict";
import { packageFile } from "../../lib/package_files.ts";

Deno.test.each([
  ["the checkout", false, "file:///src/lib/package_files.ts", "/src/scripts/stages/absurd.json"],
  ["a bundle", false, "file:///opt/absurd/absurd.js", "/opt/absurd/stages/absurd.json"],
  ["a binary", true, "file:///tmp/deno-compile-absurd/absurd.js", "/usr/local/bin/stages/absurd.json"],
  ["the web", false, "https://example.org/lib/package_files.ts", null],
])("packageFile() in %s", (_form, standalone, url, expected) => {
  assert.equal(packageFile("manifest", { standalone, url, executable: "/usr/local/bin/absurd" }), expected);
});
