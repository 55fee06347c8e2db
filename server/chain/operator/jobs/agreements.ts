import type { Address } from "viem";
import { z } from "zod";
import { acceptancesOf, byId, domainOf } from "../../../modules/agreements/index.ts";
import { acceptAgreementWithSignaturesCall, revokeAgreementWithSignatureCall } from "../../../protocol/calls.ts";
import type { EscrowDomain } from "../../../protocol/terms.ts";
import { agreementView } from "../../views.ts";
import { type ChainConfig, kindOf, readEach } from "./kind.ts";
import { amount, second, signature } from "./orders.ts";

/** `operator.accept_agreement`: the signatures of all who signed, and the operator's own acceptance by calling. */
export const acceptAgreement = kindOf(z.object({ agreement_id: z.string() }), async (ctx, payloads, chain) => {
  const found = await readEach(
    payloads.map(({ agreement_id }) => agreement_id),
    (id) => acceptancesOf(ctx, id),
  );
  return ({ agreement_id }) => {
    const { agreement, hash, acceptances, ...place } = found.get(agreement_id);
    assertHere(chain, agreement_id, place);
    if (agreement.operator !== chain.operator) throw new Error(`agreement ${agreement_id} names another operator`);
    const signed = acceptances.map(({ deadlineS, ...rest }) => ({ ...rest, deadline: deadlineS }));
    return {
      purposes: [{ name: `accept:${hash}`, orderId: null }],
      over: false,
      call: () => acceptAgreementWithSignaturesCall({ chainId: chain.id, escrow: chain.escrow }, agreement, signed),
      overOnChain: [agreementView(chain.escrow, hash, ({ active }) => active, "latest")],
    };
  };
});

/** The same escrow may have the same address on another chain. */
function assertHere(chain: ChainConfig, id: string, { chainId, escrow }: EscrowDomain): void {
  if (chainId !== chain.id || escrow !== chain.escrow) throw new Error(`agreement ${id} is of another escrow`);
}

const RevokeTask = z.object({
  ...{ agreement_id: z.string(), account: z.string().transform((text) => text as Address) },
  ...{ nonce: amount, deadline: second, signature },
});

/** `operator.revoke_agreement`: one of its signatories signed that it ends; whose signature ends it does not matter. */
export const revokeAgreement = kindOf(RevokeTask, async (ctx, payloads, chain) => {
  const found = await readEach(
    payloads.map(({ agreement_id }) => agreement_id),
    (id) => byId(ctx, id),
  );
  return ({ agreement_id, account, nonce, deadline, signature }) => {
    const { agreement } = found.get(agreement_id);
    assertHere(chain, agreement_id, agreement);
    const { hash } = agreement;
    const domain = domainOf(agreement);
    return {
      purposes: [{ name: `revoke:${hash}`, orderId: null }],
      over: false,
      call: () => revokeAgreementWithSignatureCall(domain, hash, { account, nonce, deadline, signature }),
      overOnChain: [agreementView(domain.escrow, hash, ({ revoked }) => revoked, "latest")],
    };
  };
});
