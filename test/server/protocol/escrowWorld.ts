import { type Address, type Hex, maxUint256, zeroAddress } from "viem";
import { escrowAbi, testUsdAbi } from "../../../server/protocol/abi.ts";
import { approveCall, type Call } from "../../../server/protocol/calls.ts";
import { decodeLog, type EscrowEvent, type Undecodable } from "../../../server/protocol/decode.ts";
import { type EscrowDomain, packTerms, type Terms } from "../../../server/protocol/terms.ts";
import type { TokenDomain } from "../../../server/protocol/typedData.ts";
import { startTestChain } from "../../support/chain.ts";
import { wallet } from "../../support/wallets.ts";

/** More than any order of these tests can cost. */
const FORTUNE = 1n << 120n;
/** Code that refuses whatever it is sent: PUSH0 PUSH0 REVERT. */
const REFUSES: Hex = "0x5f5ffd";

/** Everybody who may pay, operate, earn or relay. The node signs for them. */
export const PARTIES = Array.from({ length: 8 }, (_, index) => wallet(index));

/** A chain with an escrow and a token, and the steps and views that compare it with our rules. */
export type EscrowWorld = Awaited<ReturnType<typeof openEscrowWorld>>;

/** Starts the chain; every party has both moneys and lets the escrow take its tokens. Close it in `after`. */
export async function openEscrowWorld() {
  const { client: chain, chainId, escrow, token: usd, mint, nowS, stop } = await startTestChain();
  const domain: EscrowDomain = { chainId, escrow };
  const contract = { abi: escrowAbi, address: escrow } as const;

  /** Sends a call in a block at second `atS`; throws when it reverts. */
  async function send(from: Address, call: Call, atS?: number): Promise<void> {
    if (atS !== undefined) await chain.setNextBlockTimestamp({ timestamp: BigInt(atS) });
    const hash = await chain.sendTransaction({ account: from, ...call });
    const { status } = await chain.getTransactionReceipt({ hash });
    if (status === "reverted") throw new Error(`${from} sent ${call.data.slice(0, 10)} and it reverted`);
  }

  /** The same while a push of `token` to `payer` fails: the payer refuses ETH, or the token has no code. */
  async function sendWhilePushesFail(from: Address, call: Call, atS: number, { token, payer }: Terms): Promise<void> {
    const address = token === zeroAddress ? payer : token;
    const bytecode = (await chain.getCode({ address })) ?? "0x";
    await chain.setCode({ address, bytecode: token === zeroAddress ? REFUSES : "0x" });
    await send(from, call, atS).finally(() => chain.setCode({ address, bytecode }));
  }

  for (const { address } of PARTIES) {
    await mint(address, FORTUNE);
    await chain.setBalance({ address, value: FORTUNE });
    await send(address, approveCall(usd, escrow, maxUint256));
  }

  return {
    chain,
    domain,
    usd: { name: "Test USD", version: "1", chainId, address: usd } satisfies TokenDomain,
    contract,
    send,
    sendWhilePushesFail,
    nowS,
    /** All logs of the escrow, decoded, in the order of block and index. */
    events: async (): Promise<(EscrowEvent | Undecodable)[]> =>
      (await chain.getLogs({ address: escrow, fromBlock: 0n })).map((log) => decodeLog(log, domain)),
    orderOf: (terms: Terms) => chain.readContract({ ...contract, functionName: "orderOf", args: [packTerms(terms)] }),
    creditOf: (account: Address, token: Address) =>
      chain.readContract({ ...contract, functionName: "creditOf", args: [account, token] }),
    usdBalance: (account: Address) =>
      chain.readContract({ abi: testUsdAbi, address: usd, functionName: "balanceOf", args: [account] }),
    close: stop,
  };
}
