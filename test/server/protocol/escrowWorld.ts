import assert from "node:assert/strict";
import hre from "hardhat";
import {
  type Address,
  createTestClient,
  custom,
  encodeFunctionData,
  getAddress,
  type Hex,
  isHex,
  maxUint256,
  publicActions,
  walletActions,
  zeroAddress,
} from "viem";
import { hardhat } from "viem/chains";
import { escrowAbi, testUsdAbi } from "../../../server/protocol/abi.ts";
import { approveCall, type Call } from "../../../server/protocol/calls.ts";
import { decodeLog, type EscrowEvent, type Undecodable } from "../../../server/protocol/decode.ts";
import { type EscrowDomain, packTerms, type Terms } from "../../../server/protocol/terms.ts";
import type { TokenDomain } from "../../../server/protocol/typedData.ts";
import { wallet } from "../../support/wallets.ts";

/** More than any order of these tests can cost. */
const FORTUNE = 1n << 120n;
/** Code that refuses whatever it is sent: PUSH0 PUSH0 REVERT. */
const REFUSES: Hex = "0x5f5ffd";

/** Everybody who may pay, operate, earn or relay. */
export const PARTIES = Array.from({ length: 8 }, (_, index) => wallet(index));

/** An escrow and a token on a Hardhat chain inside this process, which sends as any of PARTIES. */
export type EscrowWorld = Awaited<ReturnType<typeof openEscrowWorld>>;

/** Deploys both contracts on a chain of their own; every party has both moneys and lets the escrow take its tokens. */
export async function openEscrowWorld() {
  const connection = await hre.network.create();
  const chain = createTestClient({
    mode: "hardhat",
    chain: hardhat,
    transport: custom(connection.provider, { retryCount: 0 }),
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);
  const [deployer] = PARTIES;
  assert.ok(deployer);

  async function deploy(name: "SettlementEscrow" | "TestUSD"): Promise<Address> {
    const { bytecode } = await hre.artifacts.readArtifact(name);
    assert.ok(isHex(bytecode));
    const hash = await chain.sendTransaction({ account: deployer?.address ?? zeroAddress, data: bytecode });
    const { contractAddress } = await chain.getTransactionReceipt({ hash });
    assert.ok(contractAddress);
    return getAddress(contractAddress);
  }

  /** Sends a call in a block at second `atS`; throws when it reverts. */
  async function send(from: Address, call: Call, atS?: number): Promise<void> {
    if (atS !== undefined) await chain.setNextBlockTimestamp({ timestamp: BigInt(atS) });
    await chain.sendTransaction({ account: from, ...call });
  }

  /** The same while a push of `token` to `payer` fails: the payer refuses ETH, or the token has no code. */
  async function sendWhilePushesFail(from: Address, call: Call, atS: number, { token, payer }: Terms): Promise<void> {
    const address = token === zeroAddress ? payer : token;
    const bytecode = (await chain.getCode({ address })) ?? "0x";
    await chain.setCode({ address, bytecode: token === zeroAddress ? REFUSES : "0x" });
    await send(from, call, atS).finally(() => chain.setCode({ address, bytecode }));
  }

  const usd = await deploy("TestUSD");
  const escrow = await deploy("SettlementEscrow");
  const domain: EscrowDomain = { chainId: hardhat.id, escrow };
  const contract = { abi: escrowAbi, address: escrow } as const;
  for (const { address } of PARTIES) {
    await chain.setBalance({ address, value: FORTUNE });
    const mint = encodeFunctionData({ abi: testUsdAbi, functionName: "mint", args: [address, FORTUNE] });
    await send(address, { to: usd, data: mint, value: 0n });
    await send(address, approveCall(usd, escrow, maxUint256));
  }

  return {
    chain,
    domain,
    usd: { name: "Test USD", version: "1", chainId: hardhat.id, address: usd } satisfies TokenDomain,
    contract,
    send,
    sendWhilePushesFail,
    /** Time of the latest block, in seconds. */
    nowS: async (): Promise<number> => Number((await chain.getBlock()).timestamp),
    /** All logs of the escrow, decoded, in the order of block and index. */
    events: async (): Promise<(EscrowEvent | Undecodable)[]> =>
      (await chain.getLogs({ address: escrow, fromBlock: 0n })).map((log) => decodeLog(log, domain)),
    orderOf: (terms: Terms) => chain.readContract({ ...contract, functionName: "orderOf", args: [packTerms(terms)] }),
    creditOf: (account: Address, token: Address) =>
      chain.readContract({ ...contract, functionName: "creditOf", args: [account, token] }),
    usdBalance: (account: Address) =>
      chain.readContract({ abi: testUsdAbi, address: usd, functionName: "balanceOf", args: [account] }),
    close: () => connection.close(),
  };
}
