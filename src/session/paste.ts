/**
 * Whether a pasted text may hold a link to a run. Only a guess, so that ordinary pastes stay quiet: the worker takes the
 * text apart, wrapped and quoted as it came from a mailer. The address of this page, or a fragment on its own, is enough.
 */
export function mayHoldLink(text: string): boolean {
  return /#\s*(?:>\s*)*[A-Za-z0-9_-]+\s*(?:>\s*)*\/\s*(?:>\s*)*[A-Za-z0-9_-]/.test(text);
}
