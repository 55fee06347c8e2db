import { type Address, zeroAddress } from "viem";
import {
  authorizeBasketCall,
  authorizeBasketWithAuthorizationCall,
  authorizeCall,
  authorizeWithAllowanceCall,
  authorizeWithAuthorizationCall,
  authorizeWithCreditCall,
  authorizeWithPermitCall,
  cancelTermsCall,
  cancelTermsWithSignatureCall,
  chargeWithAllowanceCall,
  chargeWithAuthorizationCall,
  chargeWithCreditCall,
} from "../../../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../../../server/protocol/terms.ts";
import {
  authorizeWithCreditTypedData,
  cancelTermsTypedData,
  permitTypedData,
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  type TokenDomain,
  termsTypedData,
} from "../../../../server/protocol/typedData.ts";
import { type Draw, type Move, type Moves, type Scene, strangerOf, within } from "./draws.ts";
import { moneys, signedBy } from "./place.ts";

/** The ways to authorize, and to see to it that nobody ever does. */
export function payments(scene: Scene, draw: Draw): Moves {
  const { place, nowS } = scene;
  const token = place.tokens[draw.bits % place.tokens.length];
  if (!token) return [];
  const inEth = draw.terms(zeroAddress, nowS);
  return [
    () => ({ from: inEth.payer, call: authorizeCall(place.domain, inEth) }),
    () => ({ from: inEth.payer, call: authorizeBasketCall(place.domain, basketOf(inEth)) }),
    () => ({ from: inEth.payer, call: cancelTermsCall(place.domain, inEth), burns: inEth }),
    ...inToken(scene, draw, token),
    ...outOfCredit(scene, draw),
  ];
}

const basketOf = (terms: Terms): Terms[] => [terms, { ...terms, salt: terms.salt ^ 1n }];

function inToken({ place, nowS }: Scene, draw: Draw, token: TokenDomain): Moves {
  const { domain } = place;
  const terms = draw.terms(token.address, nowS);
  const { payer, operator } = terms;
  const stranger = strangerOf(draw);
  const authorization = () => signedBy(payer, receiveAuthorizationTypedData(token, domain, terms));
  const consent = () => signedBy(payer, termsTypedData(domain, terms));
  return [
    () => ({ from: payer, call: authorizeCall(domain, terms) }),
    () => ({ from: payer, call: authorizeBasketCall(domain, basketOf(terms)) }),
    async () => ({ from: stranger, call: authorizeWithAuthorizationCall(domain, terms, await authorization()) }),
    async () => ({ from: operator, call: chargeWithAuthorizationCall(domain, terms, await authorization()) }),
    async () => ({ from: stranger, call: authorizeWithAllowanceCall(domain, terms, await consent()) }),
    async () => ({ from: operator, call: chargeWithAllowanceCall(domain, terms, await consent()) }),
    async () => {
      const nonce = await place.permitNonce(token.address, payer);
      const allowance = { owner: payer, spender: domain.escrow, value: (1n << 256n) - 1n, nonce, deadline: nowS };
      const permit = { ...allowance, signature: await signedBy(payer, permitTypedData(token, allowance)) };
      const byPayer = draw.bits % 2 === 0;
      const signature = byPayer ? "0x" : await consent();
      const call = authorizeWithPermitCall(domain, terms, signature, permit);
      return { from: byPayer ? payer : stranger, call };
    },
    async () => {
      const basket = basketOf(terms);
      const signature = await signedBy(payer, receiveBasketTypedData(token, domain, basket));
      return { from: stranger, call: authorizeBasketWithAuthorizationCall(domain, basket, signature) };
    },
    async () => {
      const signature = await signedBy(
        payer,
        cancelTermsTypedData(domain, { id: termsHash(domain, terms), deadline: nowS }),
      );
      return { from: stranger, call: cancelTermsWithSignatureCall(domain, terms, nowS, signature), burns: terms };
    },
  ];
}

/** Orders of whoever has credit, in any money. */
function outOfCredit({ place, nowS, credits }: Scene, draw: Draw): Moves {
  const { domain } = place;
  const rich = [...credits.values()].filter(({ credit, token }) => credit > 0n && moneys(place).includes(token));
  const from = rich[draw.who % rich.length];
  if (!from) return [];
  const { account: payer, token, credit } = from;
  const terms = within({ ...draw.terms(token, nowS), payer }, credit);
  const signature = () => signedBy(payer, authorizeWithCreditTypedData(domain, termsHash(domain, terms)));
  const by = async (caller: Address, signs: boolean): Promise<Move> => ({
    from: caller,
    call: authorizeWithCreditCall(domain, terms, signs ? await signature() : "0x"),
  });
  return [
    () => by(payer, false),
    () => by(strangerOf(draw), true),
    async () => ({ from: terms.operator, call: chargeWithCreditCall(domain, terms, await signature()) }),
  ];
}
