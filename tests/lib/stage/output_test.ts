import assert from "node:assert/strict";
import { findFailureLine } from "../../../lib/stage/outcome.ts";
import { parseMessage } from "../../../lib/stage/message.ts";
import { LineSplitter, LogTail, type OutputLine } from "../../../lib/stage/output.ts";

function split(chunks: string[], limit = 100): OutputLine[] {
  const lines: OutputLine[] = [];
  const splitter = new LineSplitter(limit, (line) => lines.push(line));
  const buffer = new Uint8Array(1000);
  // One buffer for all chunks, as a reader may have it.
  for (const chunk of chunks) {
    splitter.write(buffer.subarray(0, new TextEncoder().encodeInto(chunk, buffer).written));
  }
  splitter.end();
  return lines;
}

Deno.test("LineSplitter joins lines that come in pieces", () => {
  const texts = split(["on", "e\ntw", "o\r\n\nthree"]).map(({ text }) => text);
  assert.deepEqual(texts, ["one", "two", "", "three"]);
});

Deno.test("LineSplitter keeps no more of a line than its limit, and tells the whole length", () => {
  const lines = split(["x".repeat(500), "y".repeat(500), "\nshort\n"], 10);
  assert.deepEqual(lines, [{ text: "x".repeat(10), bytes: 1000 }, { text: "short", bytes: 5 }]);
});

Deno.test("LogTail keeps whole lines where it can, and its limit where it cannot", () => {
  const tail = new LogTail(100);
  for (let line = 0; line < 1000; line++) tail.add(`line ${line}`);
  assert.match(tail.toString(), /^\[log cut here: \d+ characters\]\nline \d+\n/);
  assert(tail.toString().endsWith("line 999\n"));
  tail.add("\u{1f52d}".repeat(200));
  const text = tail.toString();
  assert(text.isWellFormed() && text.length < 160, text);
});

Deno.test("LogTail keeps the first lines too when it is told to", () => {
  const tail = new LogTail(100, 30);
  for (let line = 0; line < 1000; line++) tail.add(`line ${line}`);
  assert.match(
    tail.toString(),
    /^line 0\nline 1\nline 2\nline 3\n\[log cut here: \d+ characters\]\nline \d+\n/,
  );
  const short = new LogTail(100, 30);
  for (const line of ["a", "b".repeat(40), "c"]) short.add(line);
  assert.equal(short.toString(), `a\n${"b".repeat(40)}\nc\n`);
});

Deno.test("parseMessage() takes for log whatever it does not know", () => {
  const log = [
    "",
    "{",
    '{"a":1}',
    '{"absurd":"progress"}',
    '{"absurd":"dance"}',
    '[{"absurd":"result"}]',
    '{"absurd":',
  ];
  for (const line of log) assert.equal(parseMessage(line), null, line);
});

Deno.test("parseMessage() clamps a fraction", () => {
  assert.deepEqual(parseMessage('{"absurd":"progress","fraction":7}'), { kind: "progress", fraction: 1 });
});

const FAILURES: [string, string | null][] = [
  ["", null],
  ["\n\n", null],
  ["Traceback (most recent call last):\n  File x\nKeyError: 'a'\n", "KeyError: 'a'"],
  ["    at f (file:///a.ts:1:2)\nRangeError: too far\n", "RangeError: too far"],
  ["error: Uncaught (in promise) Error: boom\n  throw x\n  ^\n    at a.ts:1:1\n", "boom"],
  [
    'error: Module not found "file:///a.ts".\n\nStack backtrace:\n   0: <unknown>\n',
    'Module not found "file:///a.ts".',
  ],
  [
    "error: SyntaxError: Expression expected\n  |\n2 | let b = ;\n  |         ~\n    at file:///b.ts:2:9\n\n" +
    "Stack backtrace:\n   0: <unknown>\n",
    "SyntaxError: Expression expected",
  ],
  ["\x1b[31mred\x1b[0m\n", "red"],
];

for (const [stderr, line] of FAILURES) {
  Deno.test(`findFailureLine() finds ${JSON.stringify(line)} when stderr is ${JSON.stringify(stderr)}`, () => {
    assert.equal(findFailureLine(stderr), line);
  });
}
