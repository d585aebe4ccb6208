/**
 * Debian's Chromium, driven by playwright-core.
 *
 * @module
 */

import { type BrowserContext, chromium, type Page } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with one page, and what went wrong in it. */
export interface Browser extends AsyncDisposable {
  /** The page. */
  readonly page: Page;
  /** Errors of scripts, refusals by the content security policy, and requests that left `origin`. */
  readonly problems: readonly string[];
}

/** Starts a browser that must stay with one server. */
export async function openBrowser(origin: string): Promise<Browser> {
  const folder = await Deno.makeTempDir({ prefix: "absurd-browser-" });
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    viewport: { width: 1280, height: 860 },
  });
  context.setDefaultTimeout(60_000);
  const page = context.pages()[0];
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) problems.push(`request to ${request.url()}`);
  });
  return {
    page,
    problems,
    async [Symbol.asyncDispose]() {
      await context.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
