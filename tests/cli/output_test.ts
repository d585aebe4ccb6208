import assert from "node:assert/strict";
import { printable, printFields, printTable } from "../../cli/output.ts";
import { fakeContext } from "./fake_context.ts";

Deno.test("printable() takes out what a terminal must not get", () => {
  assert.equal(printable("a\u001b[31mred\u001b[0m\tb\r\nc\u0007\u009b2Jd"), "ared b c d");
  assert.equal(printable("µJy °C ▶"), "µJy °C ▶");
});

Deno.test("printTable() aligns columns, numbers to the right, and shows nothing as a dash", async () => {
  const { context, out } = fakeContext();
  await printTable(context, ["name", "count", "note"], [["image", 7, null], ["convert_uvh5", 1234, "x"]]);
  assert.equal(
    out.join(""),
    [
      "name          count  note",
      "image             7  -",
      "convert_uvh5   1234  x",
      "",
    ].join("\n"),
  );
});

Deno.test("printFields() leaves out what is not there", () => {
  const { context, out } = fakeContext();
  printFields(context, [["name", "image"], ["error", null], ["attempts", 0]]);
  assert.equal(out.join(""), "name      image\nattempts  0\n");
});

Deno.test("printTable() aligns wide characters by the columns that they take on a terminal", async () => {
  const { context, out } = fakeContext();
  await printTable(context, ["name", "state"], [["画像", "ready"], ["🔭", "ready"], ["émoji", "ready"]]);
  assert.equal(out.join(""), ["name   state", "画像   ready", "🔭     ready", "émoji  ready", ""].join("\n"));
});
