/**
 * When the page of a server is first painted, in milliseconds: `first_paint.ts URL`, the median of five cold loads.
 *
 * @module
 */

import { openBrowser } from "./browser.ts";

const [url] = Deno.args;
const times: number[] = [];
for (let load = 0; load < 5; load++) {
  await using browser = await openBrowser(url);
  await browser.page.goto(url);
  await browser.page.waitForSelector(".tiles");
  times.push(
    await browser.page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime),
  );
}
// deno-lint-ignore no-console
console.log(Math.round(times.toSorted((a, b) => a - b)[2]));
