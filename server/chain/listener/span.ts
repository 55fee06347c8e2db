/** How many blocks a node is asked for at once. */
export interface Span {
  /** Whole blocks of it are asked for; the rest lets it grow slowly where it is small. */
  readonly size: number;
  /** As many were too much for it; undefined while none were. */
  readonly refused: number | undefined;
}

/** A range that failed for another reason than its size is still made smaller, down to this many blocks. */
const SMALL = 32;
/** Growth towards, and past, what was refused before. */
const CAREFUL = 1.125;

export const widest = (most: number): Span => ({ size: most, refused: undefined });

export const blocksOf = ({ size }: Span): number => Math.floor(size);

/** After the node said that `blocks` are too many. */
export const afterRefusal = (blocks: number): Span => ({ size: Math.max(1, Math.floor(blocks / 2)), refused: blocks });

/** After one transaction took only `blocks` of what was given: the rest was fetched for nothing. */
export const afterCut = (blocks: number): Span => ({ size: blocks, refused: blocks + 1 });

/** After a failure that may have come of the size. */
export const afterTrouble = (span: Span): Span => ({
  ...span,
  size: Math.min(span.size, Math.max(SMALL, Math.floor(span.size / 2))),
});

/** After a range of the full size: twice as many, but near to what was refused before an eighth more at a time. */
export function afterFull({ size, refused }: Span, most: number): Span {
  if (refused !== undefined && size >= refused) return { size: Math.min(size * 2, most), refused: undefined };
  const careful = refused !== undefined && (size + 1) * 2 > refused;
  return { size: Math.min(size * (careful ? CAREFUL : 2), most), refused };
}
