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

const LONG = [
  ["id", "task", "count", "note"],
  [
    "0199e4a2-7b1c-7000-8000-000000000001",
    "convert_uvh5_of_the_night",
    1234567,
    "No space left on device 画像",
  ],
] as const;

Deno.test("printTable() cuts long cells where the terminal is too narrow, but no ids and no numbers", async () => {
  const [head, row] = LONG.map((cells) => [...cells]);
  const { context, out } = fakeContext({ terminal: true, columns: 90, env: { NO_COLOR: "1" } });
  await printTable(context, head as string[], [row, ["a", "b", 1, null]]);
  assert.deepEqual(out.join("").trimEnd().split("\n").map((line) => line.split(/ {2,}/)), [
    ["id", "task", "count", "note"],
    ["0199e4a2-7b1c-7000-8000-000000000001", "convert_uvh5_of_the…", "1234567", "No space left on dev…"],
    ["a", "b", "1", "-"],
  ]);
  assert.ok(out.join("").split("\n").every((line) => line.length <= 90));
});

Deno.test("printTable() cuts nothing where there is no terminal", async () => {
  const [head, row] = LONG.map((cells) => [...cells]);
  const { context, out } = fakeContext({ columns: 40 });
  await printTable(context, head as string[], [row]);
  assert.ok(out.join("").includes("No space left on device 画像"));
  assert.ok(!out.join("").includes("…"));
});
