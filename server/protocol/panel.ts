import type { Address, Hex } from "viem";
import type { Field } from "./eip712.ts";
import { DOMAIN_FIELDS } from "./terms.ts";
import type { TypedDataJson } from "./typedData.ts";

/** The EIP-712 domain's name and version, as in ArbiterPanel.sol. */
const PANEL_NAME = "Tributary Arbiter Panel";
const PANEL_VERSION = "1";

/** What a member of an arbiter panel signs: what the payer should get of a dispute. */
export type PanelVote = {
  readonly escrow: Address;
  /** The order's. */
  readonly id: Hex;
  readonly round: number;
  /** What is disputed, in base units. */
  readonly amount: bigint;
  readonly toPayerPpm: number;
  /** Hash of what the member has to say about it, or any other 32 bytes. */
  readonly reason: Hex;
  /** Last chain second at which the signature is taken. */
  readonly deadline: number;
};

const VOTE_FIELDS: readonly Field[] = [
  { name: "escrow", type: "address" },
  { name: "id", type: "bytes32" },
  { name: "round", type: "uint256" },
  { name: "amount", type: "uint256" },
  { name: "toPayerPpm", type: "uint256" },
  { name: "reason", type: "bytes32" },
  { name: "deadline", type: "uint256" },
];

/** A member's signed vote, for `voteWithSignature`. */
export const voteTypedData = (
  { chainId, panel }: { readonly chainId: number; readonly panel: Address },
  { escrow, id, round, amount, toPayerPpm, reason, deadline }: PanelVote,
): TypedDataJson => ({
  domain: { name: PANEL_NAME, version: PANEL_VERSION, chainId, verifyingContract: panel },
  types: { EIP712Domain: [...DOMAIN_FIELDS], Vote: [...VOTE_FIELDS] },
  primaryType: "Vote",
  message: {
    ...{ escrow, id, round: round.toString(), amount: amount.toString(), toPayerPpm: toPayerPpm.toString() },
    ...{ reason, deadline: deadline.toString() },
  },
});
