import { type Address, type Hex, zeroAddress } from "viem";
import { escrowAbi, testUsdAbi } from "../../../server/protocol/abi.ts";
import type { Call } from "../../../server/protocol/calls.ts";
import { decodeLog } from "../../../server/protocol/decode.ts";
import { type EscrowDomain, packTerms, type Terms } from "../../../server/protocol/terms.ts";
import type { TokenDomain } from "../../../server/protocol/typedData.ts";
import { startTestChain } from "../../support/chain.ts";
import { FORTUNE, JUDGE, PARTIES, type Place, prepare } from "./play/place.ts";

export { PARTIES };

/** A chain with an escrow and a token, and the steps and views that compare it with our rules. */
export type EscrowWorld = Awaited<ReturnType<typeof openEscrowWorld>>;

/** Starts the chain; every party has both moneys and lets the escrow take its tokens. Close it in `after`. */
export async function openEscrowWorld() {
  const { client: chain, chainId, escrow, token: usd, mint, nowS, stop } = await startTestChain();
  const domain: EscrowDomain = { chainId, escrow };
  const contract = { abi: escrowAbi, address: escrow } as const;
  const ofUsd = { abi: testUsdAbi, address: usd } as const;
  const place: Place = {
    domain,
    tokens: [{ name: "Test USD", version: "1", chainId, address: usd }],
    nowS,
    send: async (from: Address, call: Call, atS?: number) => {
      if (atS !== undefined) await chain.setNextBlockTimestamp({ timestamp: BigInt(atS) });
      const hash = await chain.sendTransaction({ account: from, ...call });
      const { status } = await chain.getTransactionReceipt({ hash });
      if (status === "reverted") throw new Error(`${from} sent ${call.data.slice(0, 10)} and it reverted`);
    },
    codeOf: async (address) => (await chain.getCode({ address })) ?? "0x",
    setCode: (address, bytecode) => chain.setCode({ address, bytecode }),
    height: async () => Number(await chain.getBlockNumber()),
    eventsAbove: async (height) => {
      const logs = await chain.getLogs({ address: escrow, fromBlock: BigInt(height + 1) });
      return logs.map((log) => decodeLog(log, domain));
    },
    orderOf: (terms: Terms) => chain.readContract({ ...contract, functionName: "orderOf", args: [packTerms(terms)] }),
    creditOf: (account: Address, token: Address) =>
      chain.readContract({ ...contract, functionName: "creditOf", args: [account, token] }),
    balanceOf: (token, account) =>
      token === zeroAddress
        ? chain.getBalance({ address: account })
        : chain.readContract({ ...ofUsd, functionName: "balanceOf", args: [account] }),
    mandateOf: async (account, spender, token) => {
      const args = [account, spender, token] as const;
      const [mandate, left] = await chain.readContract({ ...contract, functionName: "mandateOf", args });
      return { mandate, left };
    },
    isDistributed: (account, ref) =>
      chain.readContract({ ...contract, functionName: "isDistributed", args: [account, ref] }),
    isNonceUsed: (account, nonce) =>
      chain.readContract({ ...contract, functionName: "isNonceUsed", args: [account, nonce] }),
    permitNonce: (_, owner) => chain.readContract({ ...ofUsd, functionName: "nonces", args: [owner] }),
  };
  for (const { address } of [...PARTIES, JUDGE]) {
    await mint(address, FORTUNE);
    await chain.setBalance({ address, value: FORTUNE });
  }
  await prepare(place);
  let fresh: Hex = await chain.snapshot();
  const [token] = place.tokens;
  if (!token) throw new Error("the world has no token");

  return {
    ...place,
    chain,
    contract,
    usd: token satisfies TokenDomain,
    /** Undoes everything since the world was opened. */
    fresh: async () => {
      await chain.revert({ id: fresh });
      fresh = await chain.snapshot();
    },
    close: stop,
  };
}
