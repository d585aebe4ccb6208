/** What the page uses of other people's work; `deno task vendor` makes lib/serve/page/vendor/ of it. */
import { h } from "preact";
import htm from "htm";

export { render } from "preact";
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { default as uPlot } from "uplot";
export const html = htm.bind(h);
