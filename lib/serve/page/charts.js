/** Charts over time, drawn by uPlot in the page's own colours. */

import { html, uPlot, useEffect, useLayoutEffect, useRef, useState } from "./vendor/libraries.js";
import { call, useLive } from "./connection.js";
import { clockTime } from "./format.js";

const HEIGHT = 150;

/** The last hour of all queues, kept up to date. */
export function useHistory() {
  const [history, setHistory] = useState(null);
  const live = useLive(({ type }) => type === "state", 0);
  useEffect(() => {
    let stopped = false;
    const read = () => call("api/history").then((data) => !stopped && setHistory(data), () => {});
    read();
    const timer = setInterval(read, 5000);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [live.state]);
  return history;
}

/** The sum of a series over queues (or one of them). */
export function series(history, queue, key) {
  const chosen = Object.entries(history.queues).filter(([name]) => !queue || name === queue);
  return history.times.map((_, index) =>
    chosen.reduce((sum, [, all]) => all[key][index] === null ? sum : (sum ?? 0) + all[key][index], null)
  );
}

/** A counter's rise per minute, over the last minute or less. */
export function perMinute(times, counter) {
  let from = 0;
  return counter.map((value, index) => {
    while (times[index] - times[from] > 60) from++;
    const elapsed = times[index] - times[from];
    if (value === null || counter[from] === null || elapsed <= 0) return null;
    return Math.max(0, (value - counter[from]) / elapsed * 60);
  });
}

/** The colour of a custom property as a canvas takes it, whatever the theme. */
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** `14:05`, with seconds where the marks are closer than a minute. */
function clockMarks(_, times) {
  const length = times[1] - times[0] < 60 ? 8 : 5;
  return times.map((time) => clockTime(time * 1000).slice(0, length));
}

function options(width, lines, stacked) {
  const axis = {
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 5 } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [{ ...axis, space: 70, size: 24, values: clockMarks }, { ...axis, size: 42, space: 30 }],
    series: [
      {},
      ...lines.map(({ name, state }) => ({
        label: name,
        stroke: colour(state),
        width: 1.75,
        fill: stacked ? undefined : `color-mix(in srgb, ${colour(state)} 12%, transparent)`,
        points: { show: false },
      })),
    ],
  };
}

/** A chart of lines `{name, state, values}`. */
export function Chart({ title, times, lines, theme }) {
  const box = useRef(null);
  const plot = useRef(null);
  const shape = lines.map(({ name }) => name).join();
  const data = [times, ...lines.map(({ values }) => values)];
  useLayoutEffect(() => {
    const element = box.current;
    plot.current = new uPlot(options(element.clientWidth || 300, lines, lines.length > 2), data, element);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT })
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, theme]);
  useEffect(() => plot.current?.setData(data), [times]);
  const last = (values) => values.findLast((value) => value !== null);
  return html`
    <figure class="chart" role="img" aria-label=${title}>
      <figcaption><span>${title}</span>${lines.map(({ name, state, values }) =>
        html`<span class="legend ${state}">${name} <b>${Math.round(last(values) ?? 0)}</b></span>`
      )}</figcaption>
      <div ref=${box}></div>
    </figure>
  `;
}
