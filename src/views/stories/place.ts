/** Which move of a story a position belongs to: the last one that has ended by then, -1 before the first. */
export function moveAt(positions: readonly number[], position: number): { move: number; exact: boolean } {
  const move = positions.findLastIndex((end) => end <= position);
  return { move, exact: positions[move] === position };
}
