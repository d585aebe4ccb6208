/**
 * What a browser sees of a chain that another program moves: `page.ts URL TOKEN WORKFLOW_ID STEP_ID PICTURES`.
 *
 * Prints a line for each thing that it has seen, which the other program waits for before it goes on. STEP_ID is the
 * task of step b.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openBrowser } from "./browser.ts";

const [url, token, workflowId, stepId, pictures] = Deno.args;

// deno-lint-ignore no-console
const seen = (what: string) => console.log(`seen ${what}`);

await using browser = await openBrowser(url);
const { page, problems } = browser;

/** Goes to a view without loading the page again. */
async function goTo(hash: string): Promise<void> {
  await page.evaluate((next) => location.hash = next, hash);
}

async function step(name: string, state: string): Promise<void> {
  await page.waitForSelector(`[data-step=${name}][data-state=${state}]`);
  seen(`${name} ${state}`);
}

async function picture(name: string): Promise<void> {
  await page.screenshot({ path: `${pictures}/${name}.png` });
}

/** Waits for the view with a heading: the view that is left has rows too, and takes a key that comes too soon with it. */
async function view(heading: string): Promise<void> {
  await page.waitForSelector(`h1:text-is("${heading}")`);
  await page.waitForSelector("tr[data-row]");
}

/** A chain runs, and the page follows. */
async function follow(): Promise<void> {
  await page.goto(`${url}#/workflows/${workflowId}`);
  await page.waitForSelector(".connection.live");
  await step("a", "ready");
  await step("a", "claimed");
  await page.waitForSelector("[data-step=a] .done");
  seen("progress");
  await step("a", "completed");
  await step("b", "claimed");
  await goTo(`/tasks/${stepId}`);
  await page.waitForSelector(".log");
  seen("log");
  await page.waitForFunction(() => document.querySelector(".log")?.textContent?.includes("second line"));
  seen("log growing");
  await goTo(`/workflows/${workflowId}`);
  await step("b", "failed");
  await step("c", "cancelled");
  await page.waitForSelector("h1 .state.failed");
  await picture("workflow-light");
}

/** A dead letter is replayed by click, once there is a token. */
async function replay(): Promise<void> {
  await goTo("/dead-letters");
  await view("Dead letters");
  assert.equal(await page.getByRole("button", { name: "Replay" }).count(), 0);
  await page.getByRole("button", { name: "Enter a token" }).click();
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByRole("button", { name: "Replay" }).click();
  await page.waitForSelector("text=No dead letter waits");
  await goTo(`/workflows/${workflowId}`);
  await step("b", "ready");
  await step("c", "completed");
  await page.waitForSelector("h1 .state.completed");
  seen("workflow completed");
}

/** The keyboard goes everywhere. */
async function keys(): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await view("Tasks");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^#\/tasks\/[0-9a-f-]{36}$/.test(location.hash));
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open] kbd");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  seen("keys");
}

/** Light, dark, and on a phone, where nothing sticks out. */
async function appearances(): Promise<void> {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await goTo("/");
  await page.waitForSelector(".uplot");
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  await picture("overview-light");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await background(), light);
  await picture("overview-dark");
  await page.setViewportSize({ width: 390, height: 844 });
  for (
    const [name, hash, part] of [
      ["overview", "/", ".tiles"],
      ["workflow", `/workflows/${workflowId}`, ".graph"],
      ["task", `/tasks/${stepId}`, ".log"],
    ]
  ) {
    await goTo(hash);
    await page.waitForSelector(part);
    await picture(`${name}-phone`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${name} is ${width} pixels wide`);
  }
  seen("appearances");
}

await follow();
await replay();
await keys();
await appearances();
assert.deepEqual(problems, []);
seen("no problems");
