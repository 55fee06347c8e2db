import type { ReadContext } from "../../core/db/context.ts";
import { ChainCursor } from "./entities.ts";

/**
 * Names the rules by which orders, ledger and tasks are derived from the logs. Raised by whoever changes them so that an
 * older program would go on wrongly from a newer one's rows; it is written with every move of the cursor.
 */
export const FORMAT = 1;

/** Rows that this program is older than: it must not go on from them. */
export class RowsTooNew extends Error {
  constructor(chainId: number, format: number) {
    super(
      `The rows of chain ${chainId} were written by a later version (format ${format}, this one knows ${FORMAT}). ` +
        "Start that version.",
    );
    this.name = "RowsTooNew";
  }
}

/** @throws RowsTooNew when a later version has written what a chain says */
export async function refuseNewerRows(ctx: ReadContext): Promise<void> {
  for (const { chainId, format } of await ctx.db.find(ChainCursor, { select: { chainId: true, format: true } }))
    if (format > FORMAT) throw new RowsTooNew(chainId, format);
}
