import type { z } from "zod";
import type { Config } from "../../../config.ts";
import type { ReadContext } from "../../../core/db/context.ts";
import type { Id } from "../../../core/ids.ts";
import type { Call, CaptureRequest } from "../../../protocol/calls.ts";
import type { Terms } from "../../../protocol/terms.ts";
import type { View } from "../../views.ts";

/** What a job comes to once its rows are read: what to send, and when there is nothing to send. */
export interface Work {
  /**
   * What it is for, by names that are the same however often it is asked for; of each only one transaction is alive.
   * A job of several is done by one transaction for all of them.
   */
  readonly purposes: readonly Purpose[];
  /** Whether by the house's own rows nothing has to be sent (any more). */
  readonly over: boolean;
  /** Why the house does not want it any more, for a person. */
  readonly unwanted?: string | undefined;
  call(): Call;
  /** Whether the chain says that it is over, by every one of these: asked where the call would be reverted. */
  readonly overOnChain: readonly View<boolean>[];
  /** Set where it may share a transaction with others of its sort. */
  readonly part?: Part;
}

export interface Purpose {
  readonly name: string;
  /** null where it is of no order. */
  readonly orderId: Id | null;
}

/** One of many in a transaction. */
export type Part =
  | { readonly many: "capture"; readonly request: CaptureRequest }
  | { readonly many: "release"; readonly terms: Terms };

export type ChainConfig = Config["chain"];

/** Understands payloads of one kind of task and reads what they need, all at once; an `Error` for one that cannot be. */
export type Kind = (ctx: ReadContext, chain: ChainConfig, payloads: readonly unknown[]) => Promise<(Work | Error)[]>;

/**
 * Makes a kind.
 * @param prepare reads for all payloads, in as few statements as possible, and tells what one of them comes to; what
 *                that throws fails this one alone
 */
export const kindOf =
  <Payload>(
    schema: z.ZodType<Payload>,
    prepare: (
      ctx: ReadContext,
      payloads: readonly Payload[],
      chain: ChainConfig,
    ) => Promise<(payload: Payload) => Work>,
  ): Kind =>
  async (ctx, chain, payloads) => {
    const parsed = payloads.map((payload) => attempt(() => ({ payload: schema.parse(payload) })));
    const plan = await prepare(
      ctx,
      parsed.flatMap((each) => (each instanceof Error ? [] : [each.payload])),
      chain,
    );
    return parsed.map((each) => (each instanceof Error ? each : attempt(() => plan(each.payload))));
  };

/** Rows that are read one by one, by their ids. */
export interface ReadEach<Row> {
  readonly found: ReadonlyMap<string, Row>;
  /** The row; throws what its reading threw. */
  get(id: string): Row;
}

/** Reads rows of a kind that has no reader for several; what one throws is thrown only where it is asked for. */
export async function readEach<Row>(
  ids: readonly string[],
  read: (id: string) => Promise<Row>,
): Promise<ReadEach<Row>> {
  const found = new Map<string, Row>();
  const failed = new Map<string, unknown>();
  for (const id of new Set(ids))
    await read(id).then(
      (row) => found.set(id, row),
      (error: unknown) => failed.set(id, error),
    );
  return {
    found,
    get: (id) => {
      const row = found.get(id);
      if (row === undefined) throw failed.get(id) ?? new Error(`there is no ${id}`);
      return row;
    },
  };
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
