/** Gives an element the focus where it stands, without scrolling the page under the reader's eyes. */
export function focus(element: Element): void {
  if (element instanceof HTMLElement || element instanceof SVGElement) element.focus({ preventScroll: true });
}

/** Gives the focus back to what had it before, unless something else has taken it: a click elsewhere has already. */
export function giveBack(before: Element | null): void {
  if (document.activeElement === document.body && before?.isConnected && before !== document.body) focus(before);
}
