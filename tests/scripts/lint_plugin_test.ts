import assert from "node:assert/strict";
import plugin, { checkImport } from "../../scripts/lint_plugin.ts";

Deno.test("checkImport() allows the direction cli, entries, lib, sql", () => {
  const allowed: [file: string, specifier: string][] = [
    ["cli/spawn.ts", "./output.ts"],
    ["cli/spawn.ts", "@dsa110/absurd/worker"],
    ["cli/main.ts", "commander"],
    ["mod.ts", "./lib/client.ts"],
    ["lib/worker/mod.ts", "../task.ts"],
    ["lib/database_driver.ts", "pg"],
    ["lib/schema_script.ts", "../sql/mod.ts"],
    ["sql/mod.ts", "./functions/claim.sql"],
    ["tests/lib/x_test.ts", "../../lib/schema.ts"],
    ["scripts/demo.ts", "../lib/client.ts"],
  ];
  for (const [file, specifier] of allowed) {
    assert.equal(checkImport(file, specifier), null, `${file} ${specifier}`);
  }
});

Deno.test("checkImport() refuses an import against the direction and says why", () => {
  const refused: [file: string, specifier: string, reason: RegExp][] = [
    ["cli/spawn.ts", "../lib/client.ts", /cli imports the package's entries/],
    ["cli/spawn.ts", "pg", /only lib\/database_driver.ts imports the driver/],
    ["lib/client.ts", "pg", /only lib\/database_driver.ts/],
    ["lib/client.ts", "../sql/mod.ts", /only lib\/schema_script.ts imports sql/],
    ["lib/client.ts", "../cli/output.ts", /lib may not import cli/],
    ["lib/client.ts", "../mod.ts", /lib may not import mod.ts/],
    ["lib/client.ts", "commander", /only cli/],
    ["lib/client.ts", "@dsa110/absurd", /not its entries/],
    ["lib/client.ts", "../tests/support/clock.ts", /nothing imports tests/],
    ["lib/stage/program.ts", "../task.ts", /imports nothing else/],
    ["sql/mod.ts", "../lib/errors.ts", /sql may not import lib/],
    ["sql/mod.ts", "node:fs", /sql imports nothing/],
    ["mod.ts", "./cli/main.ts", /root may not import cli/],
  ];
  for (const [file, specifier, reason] of refused) {
    assert.match(checkImport(file, specifier) ?? "allowed", reason, `${file} ${specifier}`);
  }
});

Deno.test("the lint plugin reports imports of every form, and Deno.exit outside the entry", () => {
  const source = `
    import a from "pg";
    export * from "../sql/mod.ts";
    export { b } from "../cli/x.ts";
    await import("../mod.ts");
    Deno.exit(1);
  `;
  const file = new URL("../../lib/example.ts", import.meta.url).pathname;
  const found = Deno.lint.runPlugin(plugin, file, source).map((each) => each.id);
  assert.deepEqual(found.sort(), [...Array(4).fill("absurd/layers"), "absurd/process"].sort());
});
