import { getAddress, isAddress, type Address as WalletAddress } from "viem";
import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, ChainId, hex, Moment, Page, TokenAmount, Uuid } from "../../core/http/schemas.ts";
import { CallView, PositiveAmount, TokenView, TypedDataView } from "../payments/schema.ts";

export const ById = z.strictObject({ id: Uuid });
export const ListWithdrawals = Page;

/** A token's address; the zero address is ETH. */
const TokenAddress = z
  .string()
  .refine((text) => isAddress(text), "must be an address with a right checksum")
  .transform((text): WalletAddress => getAddress(text))
  .meta({ id: "TokenAddress", override: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } });

export const RequestWithdrawal = z
  .strictObject({
    chain_id: ChainId.optional().meta({ description: "Where the credit is; the usual chain unless said" }),
    token: TokenAddress,
    amount: PositiveAmount,
    account: Address.optional().meta({ description: "A wallet of yours; the primary one unless said" }),
    to: Address.optional().meta({ description: "The account itself unless said" }),
  })
  .meta({ id: "RequestWithdrawal" });

export const SignWithdrawal = z.strictObject({ signature: hex(65) }).meta({ id: "SignWithdrawal" });

/**
 * open: not signed, and not known to be sent by the account. signed: the operator has it. sent, mined, final and
 * failed are its transaction's. expired: it was never sent in time.
 */
export const WITHDRAWAL_STATES = ["open", "signed", "sent", "mined", "final", "failed", "expired"] as const;

export const WithdrawalView = z
  .strictObject({
    withdrawal_id: Uuid,
    chain_id: z.int(),
    account: Address,
    to: Address,
    token: TokenView,
    amount: TokenAmount,
    state: z.enum(WITHDRAWAL_STATES),
    nonce: TokenAmount,
    deadline: z.int().meta({ description: "Last chain second of the signature" }),
    typed_data: TypedDataView,
    submit_to: z.string().meta({ description: "Where the signature of typed_data goes, as {signature}" }),
    call: CallView,
    transaction: z
      .strictObject({ hash: hex(32).nullable(), state: z.string(), error: z.string().nullable() })
      .nullable()
      .meta({ description: "The operator's" }),
    created_at: Moment,
  })
  .meta({ id: "Withdrawal" });
export const WithdrawalList = listOf(WithdrawalView);
