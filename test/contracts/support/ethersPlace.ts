import { type BaseContract, type Contract, ZeroAddress } from "ethers";
import hre from "hardhat";
import type { Address, Hex } from "viem";
import { deployEscrow } from "../../../scripts/support/deployEscrow.ts";
import { decodeLog } from "../../../server/protocol/decode.ts";
import { packTerms } from "../../../server/protocol/terms.ts";
import { FORTUNE, JUDGE, PARTIES, type Place, prepare } from "../../server/protocol/play/place.ts";

/** More than any call of a game takes, so that no push is refused for want of gas. */
const GAS = 8_000_000n;

/**
 * An escrow with its desks and two tokens on a chain inside of this process, driven and read by ethers, which shares no
 * code with what decodes and folds.
 * @returns the place, and what undoes everything since
 */
export async function openPlace(): Promise<{ place: Place; fresh: () => Promise<void> }> {
  const { ethers, provider } = await hre.network.create();
  const addressOf = async (contract: BaseContract) => (await contract.getAddress()) as Address;
  const escrow = await deployEscrow(ethers);
  const usds = [await ethers.deployContract("TestUSD"), await ethers.deployContract("TestUSD")];
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const domain = { chainId, escrow: await addressOf(escrow) };
  const tokens = await Promise.all(
    usds.map(async (usd) => ({ name: "Test USD", version: "1", chainId, address: await addressOf(usd) })),
  );
  const view = (name: string, ...args: unknown[]) => escrow.getFunction(name).staticCall(...args);
  const usdAt = (address: Address): Contract => {
    const usd = usds[tokens.findIndex((token) => token.address === address)];
    if (!usd) throw new RangeError(`no token ${address}`);
    return usd as unknown as Contract;
  };

  const place: Place = {
    domain,
    tokens,
    nowS: async () => (await ethers.provider.getBlock("latest"))?.timestamp ?? 0,
    send: async (from, call, atS) => {
      if (atS !== undefined) await provider.request({ method: "evm_setNextBlockTimestamp", params: [atS] });
      const signer = await ethers.getSigner(from);
      const sent = await signer.sendTransaction({ ...call, gasLimit: GAS });
      await sent.wait();
    },
    codeOf: async (address) => (await ethers.provider.getCode(address)) as Hex,
    setCode: async (address, code) => {
      await provider.request({ method: "hardhat_setCode", params: [address, code] });
    },
    height: () => ethers.provider.getBlockNumber(),
    eventsAbove: async (height) => {
      const logs = await ethers.provider.getLogs({ address: domain.escrow, fromBlock: height + 1 });
      return logs.map(({ topics, data }) => decodeLog({ topics: topics as Hex[], data: data as Hex }, domain));
    },
    orderOf: async (terms) => {
      const seen = await view("orderOf", packTerms(terms));
      return {
        ...{ held: seen.held, captured: seen.captured, releaseAt: Number(seen.releaseAt) },
        ...{ used: seen.used, cancelled: seen.cancelled, returned: seen.returned, refunded: seen.refunded },
        ...{ disputed: seen.disputed, rulingBy: Number(seen.rulingBy), round: Number(seen.round) },
      };
    },
    creditOf: (account, token) => view("creditOf", account, token),
    balanceOf: (token, account) =>
      token === ZeroAddress
        ? ethers.provider.getBalance(account)
        : usdAt(token).getFunction("balanceOf").staticCall(account),
    mandateOf: async (account, spender, token) => {
      const [{ perCall, perPeriod, period, until }, left] = await view("mandateOf", account, spender, token);
      return { mandate: { perCall, perPeriod, period: Number(period), until: Number(until) }, left };
    },
    isDistributed: (account, ref) => view("isDistributed", account, ref),
    isNonceUsed: (account, nonce) => view("isNonceUsed", account, nonce),
    permitNonce: (token, owner) => usdAt(token).getFunction("nonces").staticCall(owner),
  };

  for (const { address } of [...PARTIES, JUDGE]) {
    await provider.request({ method: "hardhat_setBalance", params: [address, `0x${FORTUNE.toString(16)}`] });
    for (const usd of usds) await usd.getFunction("mint")(address, FORTUNE);
  }
  await prepare(place);
  const snapshot = async () => (await provider.request({ method: "evm_snapshot", params: [] })) as string;
  let id = await snapshot();
  const fresh = async () => {
    await provider.request({ method: "evm_revert", params: [id] });
    id = await snapshot();
  };
  return { place, fresh };
}
