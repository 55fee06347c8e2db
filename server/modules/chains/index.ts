import {
  ChainAttempt,
  ChainBlock,
  ChainCursor,
  ChainDifference,
  ChainErrand,
  ChainLease,
  ChainLog,
  ChainTransaction,
} from "./entities.ts";

export {
  type Attempt,
  addAttempts,
  noncesBetween,
  rawOf,
  type Waiting,
  waitingTransactions,
} from "./attempts.ts";
export {
  everyLogBetween,
  type LogPlace,
  newestLogUpTo,
  quarantine,
  quarantinedLogs,
} from "./audit.ts";
export {
  type CursorMove,
  CursorMoved,
  forgetBlocksAbove,
  forgetBlocksBelow,
  moveCursor,
  openCursor,
  recordBlocks,
  rememberedBlock,
  rememberedBlocks,
  resumeChain,
  stopChain,
} from "./cursor.ts";
export {
  blocksReadAgain,
  countDifferences,
  type NewDifference,
  nextRescan,
  noteDifferences,
  openDifferences,
  resolveDifferences,
} from "./differences.ts";
export {
  ChainAttempt,
  ChainBlock,
  ChainCursor,
  type ChainDifference,
  ChainErrand,
  ChainLog,
  ChainTransaction,
} from "./entities.ts";
export {
  type Errand,
  errandsOf,
  liveErrands,
  newestFor,
  type OwnTransaction,
  requestPurpose,
  transactionsOf,
  withdrawalPurpose,
} from "./errands.ts";
export { FORMAT, RowsTooNew, refuseNewerRows } from "./format.ts";
export { chainTimeS, chainTimes, head, heads } from "./heads.ts";
export { heightOfLog, highestBlock } from "./held.ts";
export { operatorLane } from "./lanes.ts";
export { endSilentSessions, holdLease, type Lease, LeaseLost, leaseOf, releaseLease, takeLease } from "./lease.ts";
export {
  agreementsBetween,
  countQuarantined,
  logsAbove,
  logsBetween,
  logsOfAccounts,
  logsOfAgreements,
  logsOfOrders,
  ordersBetween,
  recordLogs,
} from "./logs.ts";
export { migrations } from "./migrations.ts";
export { type ChainKey, type EndedTransaction, endedSince, newestGasLimits, newestSender } from "./operatorRows.ts";
export { type Progress, progressOf, recordSeen, type Seen } from "./seen.ts";
export { allChains, chainAsked, chainOf, chainProblems } from "./served.ts";
export {
  callsOf,
  doubtFinal,
  type Move,
  moveTransactions,
  nextNonce,
  type OpenTransaction,
  openTransactions,
  storeTransactions,
} from "./transactions.ts";

export const entities = [
  ChainCursor,
  ChainBlock,
  ChainLog,
  ChainLease,
  ChainDifference,
  ChainTransaction,
  ChainAttempt,
  ChainErrand,
];
