import {
  type Abi,
  type Account,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** A chain to read from and to send to. */
export type OnChain = Awaited<ReturnType<typeof openChain>>;

/** What became of a call: what it would cost, or where it was mined. */
export type Sent = { readonly dry_run: true; readonly gas: string } | { readonly hash: Hex; readonly block: string };

/** A call of a contract's function, to be sent by `account`. */
export type Sending = {
  readonly account: Account;
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
  /** Only try it out: what would be refused is refused, and nothing is sent. */
  readonly dryRun: boolean;
};

/** Opens the chain behind a JSON-RPC URL, whichever it is. */
export async function openChain(url: string) {
  const client = createPublicClient({ transport: http(url), cacheTime: 0 });
  const chainId = await client.getChainId();
  return {
    client,
    chainId,
    /** Seconds of the newest block. */
    now: async () => Number((await client.getBlock()).timestamp),
    /** Tries a call, sends it unless told not to, and waits until it is mined. Throws with the contract's reason. */
    async send({ dryRun, ...call }: Sending): Promise<Sent> {
      const gas = await client.estimateContractGas(call).catch(async (error: unknown) => {
        await client.simulateContract(call); // says why, where an estimate does not
        throw error;
      });
      if (dryRun) return { dry_run: true, gas: `${gas}` };
      const wallet = createWalletClient({ account: call.account, transport: http(url) });
      const hash = await wallet.writeContract({ ...call, chain: null });
      const { status, blockNumber } = await client.waitForTransactionReceipt({ hash });
      if (status !== "success") throw new Error(`transaction ${hash} reverted`);
      return { hash, block: `${blockNumber}` };
    },
  };
}

/** The account whose private key the environment variable `name` holds. */
export function accountFrom(name: string) {
  const key = process.env[name];
  if (!key) throw new Error(`${name} is not set: it holds the private key that signs`);
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new Error(`${name} is no private key: 0x and 64 hex digits`);
  return privateKeyToAccount(key as Hex);
}

/** What to tell somebody about an error: a contract's as `Name(arguments)`, any other in its own short words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error);
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError)) return error.shortMessage;
  const { data, reason, signature } = reverted;
  if (data) return `the contract refuses: ${data.errorName}(${(data.args ?? []).join(", ")})`;
  return `the contract refuses${reason || signature ? `: ${reason ?? signature}` : ""}`;
}
