import { keccak256, toHex, zeroAddress } from "viem";
import {
  concedeCall,
  concedeWithSignatureCall,
  disputeCall,
  disputeWithSignatureCall,
  endDisputeCall,
  ruleCall,
} from "../../../../server/protocol/calls.ts";
import { concedeTypedData, disputeTypedData } from "../../../../server/protocol/typedData.ts";
import { type Draw, type Moves, part, type Scene, strangerOf } from "./draws.ts";
import type { Paid } from "./orders.ts";
import { signedBy } from "./place.ts";

/** What the rules allow with a dispute, or with what can come under one. */
export function disputeMoves(scene: Scene, paid: Paid, draw: Draw): Moves {
  return paid.order.disputed > 0n ? ends(scene, paid, draw) : disputes(scene, paid, draw);
}

function disputes({ place: { domain }, nowS }: Scene, { order, terms }: Paid, draw: Draw): Moves {
  const { captured, releaseAt, id, round } = order;
  if (terms.arbiter === zeroAddress || captured === 0n || nowS >= releaseAt) return [];
  // Now and then more than there is, which disputes all of it.
  const amount = draw.bits % 4 === 0 ? captured + 1n : part(captured, draw);
  const evidence = keccak256(toHex(draw.bits));
  return [
    () => ({ from: terms.payer, call: disputeCall(domain, terms, amount, evidence) }),
    async () => {
      const consent = { amount, round: round + 1, evidence, deadline: nowS };
      const signature = await signedBy(terms.payer, disputeTypedData(domain, { id, ...consent }));
      return { from: strangerOf(draw), call: disputeWithSignatureCall(domain, terms, consent, signature) };
    },
  ];
}

function ends({ place: { domain }, nowS }: Scene, { order, terms, merchant }: Paid, draw: Draw): Moves {
  const { id, round, disputed, rulingBy } = order;
  const { payer, arbiter } = terms;
  const sides = [payer, merchant];
  const concedes: Moves = sides.flatMap((account): Moves => {
    // What the legs have is never pushed.
    const push = account === payer ? {} : { push: terms };
    return [
      () => ({ from: account, call: concedeCall(domain, terms, round), ...push }),
      async () => {
        const signature = await signedBy(account, concedeTypedData(domain, { id, round, deadline: nowS }));
        const consent = { account, round, deadline: nowS };
        return { from: strangerOf(draw), call: concedeWithSignatureCall(domain, terms, consent, signature), ...push };
      },
    ];
  });
  if (nowS < rulingBy) {
    const ruling = { round, amount: disputed, toPayerPpm: Number(draw.ppm) };
    const rule = () => ({ from: arbiter, call: ruleCall(domain, terms, ruling), push: terms });
    return [...concedes, rule, rule];
  }
  const stranger = strangerOf(draw);
  const end = endDisputeCall(domain, terms);
  return [
    ...concedes,
    () => ({ from: payer, call: end, push: terms }),
    ...(stranger === payer ? [] : [() => ({ from: stranger, call: end })]),
    ...(merchant === payer ? [] : [() => ({ from: merchant, call: end })]),
  ];
}
