/** Gives an element the focus where it stands, without scrolling the page under the reader's eyes. */
export function focus(element: Element): void {
  if (element instanceof HTMLElement || element instanceof SVGElement) element.focus({ preventScroll: true });
}
