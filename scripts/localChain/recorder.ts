import { formatTransaction, type Hex, keccak256, pad, type RpcTransaction, serializeTransaction } from "viem";
import type { Ask, Guard } from "./node.ts";
import { append, lineOf } from "./record.ts";

type FullBlock = { number: Hex; hash: Hex; timestamp: Hex; transactions: RpcTransaction[] };

/**
 * Methods that change the chain by other means than blocks of signed transactions, which are all a record holds (many
 * blocks of one `hardhat_mine` have no hash). */
const UNRECORDABLE = /^(hardhat_(?!metadata)|evm_revert$|evm_setBlockGasLimit$)/;

/**
 * Writes every block to `file` before any client hears of it: each answer waits until the record has reached the tip.
 * A chain that is recorded cannot be reorganised (`evm_revert`) nor altered (`hardhat_set…`); such calls are refused.
 * @param recorded number of the last block that is in the file already
 */
export function recorder(ask: Ask, file: string, recorded: number): Guard {
  let last = recorded;
  let writing = Promise.resolve();
  const reachTip = async () => {
    const tip = Number(await ask<Hex>("eth_blockNumber"));
    for (let number = last + 1; number <= tip; number++) {
      const block = await ask<FullBlock>("eth_getBlockByNumber", [`0x${number.toString(16)}`, true]);
      const raw = block.transactions.map(signedTransaction);
      append(file, lineOf({ number, timeS: Number(block.timestamp), hash: block.hash, raw }));
      last = number;
    }
  };
  return {
    refusal: ({ method, params }) => {
      const single = method === "hardhat_mine" && Array.isArray(params) && Number(params[0] ?? 1) === 1;
      if (single || !UNRECORDABLE.test(method)) return undefined;
      return `${method} is refused: this chain is recorded, and could not be restored`;
    },
    beforeAnswer: () => {
      writing = writing.then(reachTip);
      return writing;
    },
  };
}

/**
 * The raw transaction as its sender signed it, put together from the node's JSON.
 * @throws when it does not hash to the transaction's hash (an impersonated sender, an unknown type)
 */
function signedTransaction(transaction: RpcTransaction): Hex {
  const { r, s, v, hash, input, accessList, ...rest } = formatTransaction(transaction);
  const yParity = rest.type === "legacy" ? undefined : Number(v);
  const signature = { r: pad(r), s: pad(s), ...(yParity === undefined ? { v } : { yParity }) };
  const raw = serializeTransaction(
    { ...rest, data: input, ...(accessList ? { accessList } : {}) } as Parameters<typeof serializeTransaction>[0],
    signature as Parameters<typeof serializeTransaction>[1],
  );
  if (keccak256(raw) !== hash)
    throw new Error(`transaction ${hash} cannot be recorded: its signature is not its sender's`);
  return raw;
}
