import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import {
  Address,
  ChainId,
  count,
  hex,
  MinorAmount,
  Moment,
  Page,
  TokenAmount,
  text,
  Uuid,
} from "../../core/http/schemas.ts";
import { DISPLAY_STATUSES } from "../../modules/orders/index.ts";
import { PAYMENT_METHODS, REQUEST_KINDS } from "../../modules/payments/index.ts";
import { AuthorizationView, PositiveAmount, TokenView } from "../payments/schema.ts";
import { BreakdownView } from "./breakdownSchema.ts";

export const ById = z.strictObject({ id: Uuid });

export const PlaceOrder = z
  .strictObject({
    address_id: Uuid,
    express_type: z.string().min(1).max(50),
    payment_method: z.enum(PAYMENT_METHODS),
    chain_id: ChainId.optional().meta({ description: "The chain you pay on; the usual one unless said" }),
    channel: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .meta({ description: "A channel's code; the oldest open channel unless said" }),
    agent: z.string().min(1).max(50).optional().meta({ description: "Code of the agent who referred you" }),
    payer: Address.optional().meta({ description: "One of your wallets; the primary one unless said" }),
  })
  .meta({ id: "PlaceOrder" });

/** Terms as the escrow hashes them; see docs/contracts/overview.md. */
export const TermsView = z
  .strictObject({
    payer: Address,
    operator: Address,
    token: z.string(),
    amount: TokenAmount,
    authorize_by: z.int(),
    capture_by: z.int(),
    release_delay: z.int(),
    arbiter: z.string(),
    ruling_time: z.int(),
    default_to_payer_ppm: z.int(),
    flags: z.int(),
    agreement: hex(32),
    legs: z.array(z.strictObject({ account: Address, share: TokenAmount, kind: z.int() })),
    salt: TokenAmount,
  })
  .meta({ id: "Terms" });

const item = {
  good_id: Uuid,
  name: z.string(),
  count: z.int(),
  price: MinorAmount,
  total: MinorAmount,
  freight: MinorAmount,
};
const Item = z.strictObject(item).meta({ id: "OrderItem" });
const ItemProgress = z
  .strictObject({ ...item, shipped: z.int(), refunded: z.int(), refunded_amount: TokenAmount })
  .meta({ id: "OrderItemProgress", description: "An item with how many of its pieces were sent and refunded" });
const ShipmentView = z
  .strictObject({
    shipment_id: Uuid,
    tracking_no: z.string().nullable(),
    amount: TokenAmount.meta({ description: "Whose capture was asked for with it" }),
    lines: z.array(z.strictObject({ good_id: Uuid, count: z.int() })),
    created_at: Moment,
  })
  .meta({ id: "Shipment", description: "A parcel; without lines, one whose content was not told" });

const order = {
  order_id: Uuid,
  order_sn: z.string(),
  payment_id: Uuid,
  chain_id: z.int(),
  merchant_id: Uuid,
  channel_id: Uuid,
  status: z.enum(DISPLAY_STATUSES),
  state: z.string(),
  fulfilment: z.string(),
  payment_state: z.string(),
  currency: z.string(),
  items: z.array(Item),
  goods_total: MinorAmount,
  freight: MinorAmount,
  total_price: MinorAmount,
  express_type: z.string(),
  agent_id: Uuid.nullable().meta({ description: "The partner who referred the shopper" }),
  address: z.strictObject({
    recipient: z.string(),
    phone: z.string(),
    country: z.string(),
    region: z.string(),
    city: z.string(),
    street: z.string(),
    postal_code: z.string(),
  }),
  cancel_asked_at: Moment.nullable(),
  created_at: Moment,
  updated_at: Moment,
};
const agreed = { terms: TermsView, terms_hash: hex(32), breakdown: BreakdownView.nullable() };
const History = z
  .strictObject({
    event: z.string(),
    state: z.string(),
    fulfilment: z.string(),
    actor: z.string(),
    note: z.string().nullable(),
    at: Moment,
  })
  .meta({ id: "OrderHistory" });

export const OrderView = z.strictObject(order).meta({ id: "Order" });
export const OrderDetails = z
  .strictObject({
    ...order,
    ...agreed,
    items: z.array(ItemProgress),
    shipments: z.array(ShipmentView),
    history: z.array(History),
  })
  .meta({ id: "OrderDetails" });
export const OrderList = listOf(OrderView);

export const PlacedView = z
  .strictObject({
    payment_id: Uuid,
    currency: z.string(),
    total_price: MinorAmount,
    payable_amount: MinorAmount,
    chain_id: z.int(),
    token: TokenView,
    amount: TokenAmount,
    expires_at: Moment,
    orders: z.array(z.strictObject({ ...order, ...agreed }).meta({ id: "PlacedOrder" })),
    authorizations: z.array(AuthorizationView),
  })
  .meta({ id: "PlacedOrders" });

export const ListOrders = Page.extend({ merchant_id: Uuid.optional() });

export const Cancel = z
  .strictObject({ reason: text({ max: 500 }).optional() })
  .prefault({})
  .meta({ id: "CancelOrder" });
const pieces = { good_id: Uuid, count: count(1, 1_000_000) };

/** Pieces of goods, each good named once. */
const piecesOf = <Line extends z.ZodType<{ good_id: string }>>(line: Line) =>
  z
    .array(line)
    .min(1)
    .max(200)
    .refine((lines) => new Set(lines.map(({ good_id }) => good_id)).size === lines.length, "must name each good once");

export const Ship = z
  .strictObject({
    lines: piecesOf(z.strictObject(pieces)).optional().meta({ description: "What is in the parcel" }),
    amount: PositiveAmount.optional().meta({ description: "To capture for a parcel whose content is not told" }),
    tracking_no: text({ max: 100 }).optional(),
  })
  .refine(({ lines, amount }) => lines === undefined || amount === undefined, "takes lines or amount, not both")
  .prefault({})
  .meta({ id: "ShipOrder", description: "Without lines and amount, everything that was not sent yet" });
export const Refund = z
  .strictObject({
    lines: piecesOf(
      z.strictObject({
        ...pieces,
        shipped: z.boolean().optional().meta({
          description: "Only of pieces that were sent, or only of others; unless said, first of those not sent",
        }),
      }),
    ).optional(),
    amount: PositiveAmount.optional(),
    reason: text({ max: 500 }).optional(),
    restock: z.boolean().optional().meta({ description: "Refunded pieces that were sent came back to be sold again" }),
  })
  .refine(({ lines, amount }) => (lines === undefined) !== (amount === undefined), "needs either lines or amount")
  .meta({ id: "RefundOrder" });
const signedUntil = {
  deadline: z
    .int()
    .min(1)
    .max(2 ** 40 - 1)
    .meta({ description: "A chain second" }),
  signature: hex(65),
};
export const Receipt = z
  .strictObject({
    captured: PositiveAmount,
    nonce: TokenAmount,
    ...signedUntil,
  })
  .meta({ id: "ConfirmReceipt" });
export const Exit = z.strictObject(signedUntil).meta({ id: "SignedExit" });

export const RequestView = z
  .strictObject({
    request_id: Uuid,
    kind: z.enum(REQUEST_KINDS),
    amount: TokenAmount,
    created_at: Moment,
  })
  .meta({ id: "PaymentRequest" });

export const RefundView = z
  .strictObject({
    refund_id: Uuid,
    order_id: Uuid,
    token: z.string(),
    amount: TokenAmount,
    reason: z.string().nullable(),
    state: z.enum(["open", "done", "dropped", "done_in_part"]).meta({ description: "done: the chain gave it back" }),
    lines: z.array(
      z
        .strictObject({
          good_id: Uuid,
          count: z.int(),
          shipped: z.boolean(),
          amount: TokenAmount,
          state: z.enum(["open", "done", "dropped"]),
          restocked: z.boolean(),
        })
        .meta({ id: "RefundedPieces" }),
    ),
    requests: z.array(RequestView),
    created_at: Moment,
  })
  .meta({ id: "Refund" });
export const Refunds = z.strictObject({ data: z.array(RefundView) }).meta({ id: "Refunds" });
