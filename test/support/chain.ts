import { randomBytes } from "node:crypto";
import { type Address, createTestClient, type Hash, type Hex, http, publicActions, toHex, walletActions } from "viem";
import type { LocalAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { type AddressBook, deployContracts } from "../../scripts/deploy/index.ts";
import { LOCAL_ETH } from "../../scripts/deploy/tokens.ts";
import { LOCAL_CHAIN_ID } from "../../scripts/localChain/chainId.ts";
import { startLocalChain } from "../../scripts/localChain/index.ts";
import { testUsdAbi } from "../../server/protocol/abi.ts";
import { wallet } from "./wallets.ts";

/** A moment of the chain to come back to. */
export type Mark = { readonly number: bigint };

type TestChainOptions = {
  initialDate?: Date;
  chainId?: number;
  node?: { readonly url: string; stop(): Promise<void> };
};

export type TestChain = Awaited<ReturnType<typeof startTestChain>>;

/**
 * Starts a chain of one's own in this process, on a free port, with the escrow and TestUSD on it. Stop it in `after`.
 * Every transaction makes a block, unless `automine(false)` was said.
 * @param initialDate time of block 0; now unless said
 * @param chainId     31337 unless said; the contracts have the same addresses on every chain
 * @param node        another node than one of this process, such as an anvil; it is stopped with the chain
 * @example
 * const chain = await startTestChain();
 * await chain.mint(shopper.address, 25_000_000n);
 * const receipt = await chain.send(shopper, { to: chain.escrow, data });
 */
export async function startTestChain({ initialDate, chainId = LOCAL_CHAIN_ID, ...given }: TestChainOptions = {}) {
  const node = given.node ?? (await startLocalChain({ chainId, ...(initialDate ? { initialDate } : {}) }));
  const deployer = wallet(19);
  const wanted = { testUsd: true, tokens: [LOCAL_ETH] };
  const book = await deployContracts({ rpcUrl: node.url, privateKey: privateKeyOf(deployer), ...wanted });
  const client = createTestClient({
    mode: "hardhat",
    chain: { ...hardhat, id: chainId },
    transport: http(node.url, { retryCount: 0 }),
    cacheTime: 0,
    pollingInterval: 20,
  })
    .extend(publicActions)
    .extend(walletActions);
  const marks = new WeakMap<Mark, Hex>();
  const tools = {
    url: node.url,
    client,
    book,
    chainId: book.chainId,
    escrow: book.escrow as Address,
    token: tokenOf(book),

    /** Sends from any account the test holds and waits for the block. */
    send: async (from: LocalAccount, call: { to: Address; data?: Hex; value?: bigint; gas?: bigint }) =>
      client.waitForTransactionReceipt({ hash: await tools.submit(from, call) }),

    /** Sends without waiting, for blocks of several transactions. */
    submit: (from: LocalAccount, call: { to: Address; data?: Hex; value?: bigint; gas?: bigint }): Promise<Hash> =>
      client.sendTransaction({ account: from, ...call }),

    /** Gives `to` fresh TestUSD, in base units (six decimals), and ETH for gas. */
    mint: async (to: Address, amount: bigint) => {
      await client.setBalance({ address: to, value: 10n ** 22n });
      const hash = await client.writeContract({
        account: deployer,
        address: tools.token,
        abi: testUsdAbi,
        functionName: "mint",
        args: [to, amount],
      });
      await client.waitForTransactionReceipt({ hash });
    },

    /** Mines blocks one by one: many of one `hardhat_mine` would have no hash. */
    mine: async (blocks = 1) => {
      for (let i = 0; i < blocks; i++) await client.mine({ blocks: 1 });
    },

    /** Moves block time forward and mines a block there. */
    increaseTime: async (seconds: number) => {
      await client.increaseTime({ seconds });
      await tools.mine();
    },

    /** Whether each transaction makes a block at once; otherwise they wait for `mine()`. */
    automine: (on: boolean) => client.setAutomine(on),

    /** Time of the newest block, in seconds. */
    nowS: async () => Number((await client.getBlock()).timestamp),

    /**
     * Remembers this moment, for a reorganisation.
     * @example
     * const fork = await chain.mark();
     * await chain.send(…); await chain.mine(2);   // the branch that will be orphaned
     * await chain.revertTo(fork);
     * await chain.mine(4);                        // the branch that wins
     */
    mark: async (): Promise<Mark> => {
      const mark = { number: await client.getBlockNumber() };
      marks.set(mark, await client.snapshot());
      return mark;
    },

    /**
     * Drops every block since `mark` (waiting transactions, too). What is mined next differs from what was dropped,
     * even where its transactions are the same. A mark may be used again; those made after it are gone.
     */
    revertTo: async (mark: Mark) => {
      const id = marks.get(mark);
      if (!id) throw new Error("this mark is of another chain");
      await client.revert({ id });
      marks.set(mark, await client.snapshot());
      await client.request<{ Method: "hardhat_setPrevRandao"; Parameters: [Hex]; ReturnType: boolean }>({
        method: "hardhat_setPrevRandao",
        params: [toHex(randomBytes(32))],
      });
    },

    stop: () => node.stop(),
  };
  return tools;
}

function privateKeyOf(account: ReturnType<typeof wallet>): Hex {
  const { privateKey } = account.getHdKey();
  if (!privateKey) throw new Error("a development account without a key");
  return toHex(privateKey);
}

function tokenOf(book: AddressBook): Address {
  const token = book.tokens.find(({ symbol }) => symbol === "TUSD");
  if (!token) throw new Error("TestUSD was not deployed");
  return token.address as Address;
}
