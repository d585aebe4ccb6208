/**
 * What the page uses of the bundle vendor/libraries.js, as far as type checking needs to know it.
 *
 * @module
 */

/** What begins as nothing may become anything. */
// deno-lint-ignore no-explicit-any
type Anything = any;

/** What a component gives. */
export type Node = unknown;

/** What is kept between two drawings. */
export interface Ref<T> {
  current: T;
}

/** Sets a state, from what it was if need be. */
export type SetState<T> = (next: T | ((before: T) => T)) => void;

export function html(parts: TemplateStringsArray, ...values: unknown[]): Node;
export function render(node: Node, into: object): void;
export function useState(first: null): [Anything, SetState<Anything>];
export function useState<T>(first: T | (() => T)): [T, SetState<T>];
export function useRef(first?: null): Ref<Anything>;
export function useRef<T>(first: T): Ref<T>;
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends (...args: Anything[]) => unknown>(
  act: T,
  inputs: readonly unknown[],
): T;
export function useEffect(act: () => void | (() => void), inputs?: readonly unknown[]): void;
export function useLayoutEffect(act: () => void | (() => void), inputs?: readonly unknown[]): void;

/** A chart. */
export class uPlot {
  constructor(options: object, data: readonly unknown[], into: object);
  setData(data: readonly unknown[]): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
}
