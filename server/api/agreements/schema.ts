import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, ChainId, hex, Moment, Page, TokenAmount, text, Uuid } from "../../core/http/schemas.ts";
import { PARTY_KINDS, type PartyKind, SHOWN_STATES } from "../../modules/agreements/index.ts";
import { ChannelCode } from "../channels/schema.ts";
import { TypedDataView } from "../payments/schema.ts";

export const ById = z.strictObject({ id: Uuid });

const KINDS = Object.keys(PARTY_KINDS) as [PartyKind, ...PartyKind[]];
const ROLES = ["operator", "merchant", ...KINDS] as const;
const MOST_FIXED = 2n ** 88n;

const Ppm = z.int().min(0).max(1_000_000).meta({ description: "Parts per million of what fixed amounts leave" });
const AnyAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .meta({ description: "An address; all zeros for ETH, or for nobody" });

const NewParty = z
  .strictObject({
    kind: z.enum(KINDS),
    account: Address,
    least_ppm: Ppm.default(0),
    most_ppm: Ppm,
    most_fixed: TokenAmount.refine((amount) => amount < MOST_FIXED, "does not fit into 88 bits")
      .prefault("0")
      .meta({ description: "Most base units of a fixed amount, such as a carrier's freight" }),
  })
  .meta({ id: "NewAgreementParty" });

export const ProposeAgreement = z
  .strictObject({
    merchant_id: Uuid,
    channel: ChannelCode,
    chain_id: ChainId.optional().meta({ description: "The chain whose orders may name it; the usual one unless said" }),
    token: z
      .union([Address, z.literal("0x0000000000000000000000000000000000000000")])
      .optional()
      .meta({
        description: "The first that takes signed payments in the channel's currency unless said; zeros are ETH",
      }),
    valid_from: Moment.optional().meta({ description: "From now on, unless said" }),
    valid_until: Moment.optional().meta({ description: "For a year, unless said" }),
    text: text({ min: 0, max: 8_192, lines: true }).prefault(""),
    parties: z.array(NewParty).min(1).max(9),
  })
  .meta({ id: "ProposeAgreement" });

export const ListAgreements = Page.extend({
  merchant_id: Uuid.optional(),
  channel: ChannelCode.optional(),
  state: z.enum(SHOWN_STATES).optional(),
});

const Signature = hex(65);

export const HandInSignatures = z
  .strictObject({
    signatures: z
      .array(z.strictObject({ account: Address, signature: Signature }))
      .min(1)
      .max(11),
  })
  .meta({ id: "AgreementSignatures" });

export const RevokeAgreement = z
  .strictObject({
    account: Address,
    nonce: TokenAmount,
    deadline: z
      .int()
      .min(1)
      .max(2 ** 40 - 1)
      .meta({ description: "A chain second" }),
    signature: Signature,
  })
  .meta({ id: "RevokeAgreement" });

/** An agreement as the escrow hashes it; see docs/agreements.md. */
const Content = z
  .strictObject({
    channel: hex(32),
    version: z.int(),
    token: AnyAddress,
    operator: Address,
    arbiter: AnyAddress,
    valid_from: z.int(),
    valid_until: z.int(),
    merchant: Address,
    parties: z.array(
      z.strictObject({
        account: Address,
        kind: z.int(),
        least_ppm: z.int(),
        most_ppm: z.int(),
        most_fixed: TokenAmount,
      }),
    ),
    text: z.string(),
  })
  .meta({ id: "AgreementContent" });

const Signatory = z
  .strictObject({
    account: Address,
    roles: z.array(z.enum(ROLES)),
    signed_at: Moment.nullable().meta({ description: "When its signature was handed in" }),
    on_chain: z.boolean().meta({ description: "Whether the chain has its acceptance" }),
  })
  .meta({ id: "AgreementSignatory" });

const agreement = {
  id: Uuid,
  merchant_id: Uuid,
  channel_id: Uuid,
  chain_id: z.int(),
  escrow: Address,
  version: z.int(),
  hash: hex(32).meta({ description: "Its id on the chain, which terms name" }),
  state: z.enum(SHOWN_STATES),
  confidence: z.enum(["seen", "confirmed", "final"]).nullable(),
  valid_from: Moment,
  valid_until: Moment,
  content: Content,
  signatories: z.array(Signatory),
  missing: z.array(Address).meta({ description: "Who has neither signed nor accepted on the chain" }),
  revoked_by: Address.nullable(),
  created_at: Moment,
  activated_at: Moment.nullable(),
};

const ToSign = z
  .strictObject({ nonce: TokenAmount, deadline: z.int(), typed_data: TypedDataView, submit_to: z.string() })
  .meta({ id: "AgreementToSign", description: "Every signatory signs the same typed_data" });

const ChainEvent = z
  .strictObject({ event: z.string(), height: z.int(), tx_hash: hex(32) })
  .meta({ id: "AgreementEvent" });

const AgreementView = z.strictObject(agreement).meta({ id: "Agreement" });
export const AgreementList = listOf(AgreementView);
export const ProposedView = z
  .strictObject({ ...agreement, to_sign: ToSign.nullable() })
  .meta({ id: "ProposedAgreement" });
export const DetailsView = z
  .strictObject({ ...agreement, to_sign: ToSign.nullable(), events: z.array(ChainEvent) })
  .meta({ id: "AgreementDetails" });
export const RevocationView = z
  .strictObject({
    hash: hex(32),
    nonce: TokenAmount,
    deadline: z.int(),
    typed_data: TypedDataView,
    submit_to: z.string(),
  })
  .meta({ id: "AgreementRevocation", description: "Sign typed_data and send {account, nonce, deadline, signature}" });
