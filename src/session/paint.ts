/**
 * Calls back when what is on its way to the screen has been painted: for work that nobody looks at, such as the address
 * and the title. A page in the background paints nothing, and does not wait.
 */
export function afterPaint(run: () => void): void {
  // A task that a frame posts runs after that frame was painted.
  if (document.hidden) setTimeout(run, 0);
  else requestAnimationFrame(() => setTimeout(run, 0));
}

/** Calls back when the page has been at rest for a moment: for work that nobody waits for. */
export function atRest(run: () => void): void {
  setTimeout(() => {
    if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 5000 });
    else run();
  }, 1000);
}
