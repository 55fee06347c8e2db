import { type Address, zeroAddress } from "viem";
import {
  depositCall,
  depositWithAuthorizationCall,
  useNonceCall,
  withdrawCall,
  withdrawManyCall,
  withdrawManyWithSignatureCall,
  withdrawToCall,
  withdrawWithSignatureCall,
} from "../../../../server/protocol/calls.ts";
import {
  receiveDepositTypedData,
  withdrawManyTypedData,
  withdrawTypedData,
} from "../../../../server/protocol/typedData.ts";
import { type Draw, type Moves, numberOf, part, type Scene, strangerOf } from "./draws.ts";
import { moneys, partyAt, signedBy } from "./place.ts";

/** Deposits of money, and nonces that are burnt. */
export function deposits({ place, nowS }: Scene, draw: Draw): Moves {
  const { domain } = place;
  const from = strangerOf(draw);
  const account = partyAt(draw.bits);
  const { amount } = draw.terms(zeroAddress, nowS);
  const token = place.tokens[draw.bits % place.tokens.length];
  if (!token) return [];
  return [
    () => ({ from, call: depositCall(domain, account, zeroAddress, amount) }),
    () => ({ from, call: depositCall(domain, account, token.address, amount) }),
    async () => {
      const salt = numberOf(draw, nowS);
      const deposit = { from, account, token: token.address, amount, validBefore: nowS + 1, salt };
      const signature = await signedBy(from, receiveDepositTypedData(token, domain, deposit));
      return { from: partyAt(draw.pick), call: depositWithAuthorizationCall(domain, deposit, signature) };
    },
    () => ({ from, call: useNonceCall(domain, numberOf(draw, nowS)) }),
  ];
}

/** Withdrawals of a part of a credit: to its owner, to somebody else, of several tokens, and on a signature. */
export function withdrawals(scene: Scene, draw: Draw): Moves {
  const { place, nowS } = scene;
  const rich = [...scene.credits.values()].filter(({ credit }) => credit > 0n);
  const chosen = rich[draw.who % rich.length];
  if (!chosen) return [];
  const { domain } = place;
  const { account, token } = chosen;
  const amount = part(chosen.credit, draw);
  const to = partyAt(draw.bits);
  const until = { nonce: numberOf(draw, nowS), deadline: nowS };
  const several = severalOf(scene, account, draw);
  return [
    () => ({ from: account, call: withdrawCall(domain, token, amount) }),
    () => ({ from: account, call: withdrawToCall(domain, token, to, amount) }),
    async () => {
      const consent = { account, token, amount, to, ...until };
      const signature = await signedBy(account, withdrawTypedData(domain, consent));
      return { from: to, call: withdrawWithSignatureCall(domain, consent, signature) };
    },
    () => ({ from: account, call: withdrawManyCall(domain, several) }),
    async () => {
      const consent = { account, withdrawals: several, ...until };
      const signature = await signedBy(account, withdrawManyTypedData(domain, consent));
      return { from: to, call: withdrawManyWithSignatureCall(domain, consent, signature) };
    },
  ];
}

/** A part of each credit of an account, to one after the other. */
const severalOf = ({ place, credit }: Scene, account: Address, draw: Draw) =>
  moneys(place)
    .map((token) => ({ token, credit: credit(account, token) }))
    .filter((one) => one.credit > 0n)
    .map((one, at) => ({ token: one.token, amount: part(one.credit, draw), to: partyAt(draw.bits + at) }));
