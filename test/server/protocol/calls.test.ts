import assert from "node:assert/strict";
import { Interface } from "ethers";
import fc from "fast-check";
import { erc20Abi, zeroAddress } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import {
  approveCall,
  authorizeCall,
  authorizeWithAuthorizationCall,
  type Call,
  captureCall,
  reclaimCall,
  refundCall,
  releaseCall,
  releaseWithSignatureCall,
  voidCall,
  withdrawCall,
  withdrawToCall,
} from "../../../server/protocol/calls.ts";
import { packTerms } from "../../../server/protocol/terms.ts";
import { account, amount, bytes, domain, NOW_S, terms } from "./arbitraries.ts";

const escrow = new Interface(escrowAbi);
const token = new Interface(erc20Abi);

describe("calls", () => {
  it("are encoded as ethers encodes them, and carry ETH only to authorize", () =>
    fc.assert(
      fc.property(domain(), terms(), amount(), account(), bytes(65), (domain, terms, amount, to, signature) => {
        const wire = packTerms(terms);
        const same = (call: Call, name: string, args: unknown[], value = 0n) =>
          assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value });
        const consent = { captured: amount, nonce: 7n, deadline: NOW_S };

        same(authorizeCall(domain, terms), "authorize", [wire], terms.token === zeroAddress ? terms.amount : 0n);
        same(authorizeWithAuthorizationCall(domain, terms, signature), "authorizeWithAuthorization", [wire, signature]);
        same(captureCall(domain, terms, amount, terms.amount), "capture", [wire, amount, terms.amount]);
        same(releaseCall(domain, terms), "release", [wire]);
        const relayed = [wire, amount, 7n, NOW_S, signature];
        same(releaseWithSignatureCall(domain, terms, consent, signature), "releaseWithSignature", relayed);
        same(voidCall(domain, terms, amount, terms.amount), "void", [wire, amount, terms.amount]);
        same(reclaimCall(domain, terms), "reclaim", [wire]);
        same(refundCall(domain, terms, amount, terms.amount), "refund", [wire, amount, terms.amount]);
        same(withdrawCall(domain, terms.token, amount), "withdraw", [terms.token, amount]);
        same(withdrawToCall(domain, terms.token, to, amount), "withdrawTo", [terms.token, to, amount]);
      }),
    ));

  it("approve exactly what is asked", () => {
    const [owner, spender] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`] as const;
    const data = token.encodeFunctionData("approve", [spender, 5n]);
    assert.deepEqual(approveCall(owner, spender, 5n), { to: owner, data, value: 0n });
  });
});
