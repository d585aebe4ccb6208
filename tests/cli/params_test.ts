import assert from "node:assert/strict";
import { readParams } from "../../cli/params.ts";
import { fakeContext, type FakeWorld } from "./fake_context.ts";

function read(sources: { params?: string; param?: string[] }, world: FakeWorld = {}) {
  return readParams(fakeContext(world).context, sources);
}

Deno.test("readParams() gives an empty object when there are no sources", async () => {
  assert.deepEqual(await read({}), {});
});

Deno.test("readParams() reads JSON text, standard input and files", async () => {
  const baseDir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${baseDir}/params.json`, '{"size": 512}');
    assert.deepEqual(await read({ params: '{"size": 256}' }), { size: 256 });
    assert.deepEqual(await read({ params: "-" }, { input: '{"size": 128}\n' }), { size: 128 });
    assert.deepEqual(await read({ params: "@params.json" }, { baseDir }), { size: 512 });
    await Deno.writeTextFile(`${baseDir}/marked.json`, '\ufeff{"size": 64}');
    assert.deepEqual(await read({ params: "@marked.json" }, { baseDir }), { size: 64 });
    const latin1 = new TextEncoder().encode('{\n"name": "é"}').with(11, 0xff);
    await Deno.writeFile(`${baseDir}/latin1.json`, latin1);
    await assert.rejects(read({ params: "@latin1.json" }, { baseDir }), {
      name: "UsageError",
      message: `Cannot read ${baseDir}/latin1.json: line 2 is no UTF-8, at byte 12 of the file`,
    });
    await assert.rejects(read({ params: "-" }, { input: latin1 }), {
      name: "UsageError",
      exitCode: 2,
      message: "Cannot read standard input: line 2 is no UTF-8, at byte 12 of it",
    });
  } finally {
    await Deno.remove(baseDir, { recursive: true });
  }
});

Deno.test("readParams() takes text after = and JSON after :=", async () => {
  const param = [
    "input=/data/a=b.uvh5",
    "size:=512",
    "flag:=true",
    "list:=[1, 2]",
    "empty=",
    "url=http://host:80/",
  ];
  assert.deepEqual(await read({ param }), {
    input: "/data/a=b.uvh5",
    size: 512,
    flag: true,
    list: [1, 2],
    empty: "",
    url: "http://host:80/",
  });
});

Deno.test("readParams() lets -P win over --params", async () => {
  assert.deepEqual(await read({ params: '{"size": 256, "cell": 1}', param: ["size:=512"] }), {
    size: 512,
    cell: 1,
  });
});

Deno.test("readParams() stores a parameter that is called __proto__", async () => {
  const params = await read({ param: ["__proto__=x"] });
  assert.deepEqual(Object.entries(params), [["__proto__", "x"]]);
});

Deno.test("readParams() refuses in one sentence what it cannot read", async (t) => {
  const cases: [name: string, sources: { params?: string; param?: string[] }, message: RegExp][] = [
    ["text", { params: "{size: 1}" }, /^Cannot read the value of --params as JSON: /],
    ["a list", { params: "[1]" }, /^Params must be a JSON object, but the value of --params is an array$/],
    ["null", { params: "null" }, /^Params must be a JSON object, but the value of --params is null$/],
    ["a missing file", { params: "@none.json" }, /^There is no file \/nowhere\/none\.json$/],
    [
      "an assignment without =",
      { param: ["size"] },
      /^Cannot read -P size: it is not key=text or key:=json$/,
    ],
    ["an assignment without a key", { param: ["=1"] }, /^Cannot read -P =1: it is not/],
    [
      "a number that would lose digits",
      { params: '{"x":12345678901234567890}' },
      /^Cannot read the value of --params as JSON: the number 12345678901234567890 has more/,
    ],
    ["JSON of an assignment", { param: ["size:=big"] }, /^Cannot read -P size:=big as JSON: /],
    ["a key given twice", { param: ["size=1", "size=2"] }, /^Parameter size is given twice with -P$/],
  ];
  for (const [name, sources, message] of cases) {
    await t.step(name, () => assert.rejects(read(sources), { name: "UsageError", exitCode: 2, message }));
  }
});
