import assert from "node:assert/strict";
import { join } from "node:path";
import { bundle, compile } from "../../scripts/build.ts";
import { emptyDatabase } from "../support/database.ts";
import { tryShipped } from "./shipped.ts";
import { withFolder } from "./support.ts";

const LINUX = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

Deno.test("the bundle does everything from an empty folder, with nothing to download", async () => {
  await withFolder(async (folder) => {
    await using own = await emptyDatabase();
    await bundle(join(folder, "dist"));
    await tryShipped({ program: [join(folder, "dist/absurd.js")], folder, databaseUrl: own.url });
  });
});

Deno.test("compile() puts the bundle into a program for each target, with the stages beside it", async () => {
  await withFolder(async (folder) => {
    await bundle(folder);
    // The real base is a download: any program of Linux will do to look at what is put into it.
    const base = join(folder, "base");
    await Deno.copyFile("/bin/true", base);
    Deno.env.set("DENORT_BIN", base);
    try {
      await compile(LINUX, folder);
    } finally {
      Deno.env.delete("DENORT_BIN");
    }
    for (const target of LINUX) {
      const program = await Deno.readTextFile(join(folder, target, "absurd"));
      assert.match(program, /create table absurd\.tasks/);
      for (const file of ["convert_uvh5.js", "external.json", "external/image.py"]) {
        assert.ok((await Deno.stat(join(folder, target, "stages", file))).isFile, file);
      }
    }
  });
});
