import { ChainBlock, ChainCursor, ChainLease, ChainLog, ChainTransaction } from "./entities.ts";

export {
  type CursorMove,
  CursorMoved,
  forgetBlocksAbove,
  forgetBlocksBelow,
  moveCursor,
  openCursor,
  recordBlocks,
  rememberedBlocks,
  stopChain,
} from "./cursor.ts";
export {
  ChainBlock,
  ChainCursor,
  ChainLog,
  ChainTransaction,
} from "./entities.ts";
export { chainTimeS, head, transactionsOf } from "./heads.ts";
export { holdLease, type Lease, LeaseLost, leaseOf, releaseLease, takeLease } from "./lease.ts";
export {
  agreementsBetween,
  logsAbove,
  logsBetween,
  logsOfAgreements,
  logsOfOrders,
  ordersBetween,
  recordLogs,
  revertLogsAbove,
} from "./logs.ts";
export { migrations } from "./migrations.ts";
export { moveTransaction, nextNonce, openTransactions, storeTransaction, transactionFor } from "./transactions.ts";

export const entities = [ChainCursor, ChainBlock, ChainLog, ChainLease, ChainTransaction];
