import type { Hex } from "viem";
import type { Context } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";
import type { AgreementFold } from "../../protocol/agreementFold.ts";
import { AgreementVersion } from "./entities.ts";
import { type Confidence, stateOf } from "./rules.ts";
import { askOperator, byId, hold } from "./service.ts";

/** What the chain says of one agreement now. */
export interface FoldedAgreement {
  readonly chainId: number;
  /** The agreement's name on the chain. */
  readonly hash: Hex;
  /** Of all its logs; undefined when it has none, as after a reorg took them away. */
  readonly fold: AgreementFold | undefined;
  /** Of its newest log. */
  readonly confidence: Confidence;
}

/**
 * Writes what an agreement's logs say, in the listener's own transaction.
 * @returns its id; undefined when no agreement of ours has this hash
 */
export async function applyAgreement(ctx: Context, folded: FoldedAgreement): Promise<Id | undefined> {
  const { chainId, hash, fold, confidence } = folded;
  const known = await ctx.db.findOneBy(AgreementVersion, { chainId, hash });
  if (known === null) return undefined;
  await hold(ctx, known.id);
  const { agreement, signatories } = await byId(ctx, known.id);
  const state = stateOf(
    fold,
    signatories.some(({ signature }) => signature !== null),
  );
  const activated = state === "active" || (state === "revoked" && fold?.complete === true);
  await ctx.db.update(
    AgreementVersion,
    { id: agreement.id },
    {
      state,
      confidence: fold === undefined ? null : confidence,
      accepted: fold?.accepted ?? [],
      revokedBy: fold?.revokedBy ?? null,
      activatedAt: activated ? (agreement.activatedAt ?? ctx.clock.now()) : null,
    },
  );
  await askOperator(ctx, agreement.id);
  return agreement.id;
}
