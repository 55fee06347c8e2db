import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, hex, MinorAmount, Moment, Page, TokenAmount, text, Uuid } from "../../core/http/schemas.ts";
import { DISPLAY_STATUSES } from "../../modules/orders/index.ts";
import { PAYMENT_METHODS } from "../../modules/payments/index.ts";
import { AuthorizationView, PositiveAmount, TokenView } from "../payments/schema.ts";

export const ById = z.strictObject({ id: Uuid });

export const PlaceOrder = z
  .strictObject({
    address_id: Uuid,
    express_type: z.string().min(1).max(50),
    payment_method: z.enum(PAYMENT_METHODS),
    channel: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .meta({ description: "A channel's code; the oldest open channel unless said" }),
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

const Item = z
  .strictObject({ good_id: Uuid, name: z.string(), count: z.int(), price: MinorAmount, total: MinorAmount })
  .meta({ id: "OrderItem" });

const order = {
  order_id: Uuid,
  order_sn: z.string(),
  payment_id: Uuid,
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
const agreed = { terms: TermsView, terms_hash: hex(32) };
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
  .strictObject({ ...order, ...agreed, history: z.array(History) })
  .meta({ id: "OrderDetails" });
export const OrderList = listOf(OrderView);

export const PlacedView = z
  .strictObject({
    payment_id: Uuid,
    currency: z.string(),
    total_price: MinorAmount,
    payable_amount: MinorAmount,
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
export const Ship = z
  .strictObject({ amount: PositiveAmount.optional().meta({ description: "To capture; all that is held unless said" }) })
  .prefault({})
  .meta({ id: "ShipOrder" });
export const Refund = z.strictObject({ amount: PositiveAmount }).meta({ id: "RefundOrder" });
export const Receipt = z
  .strictObject({
    captured: PositiveAmount,
    nonce: TokenAmount,
    deadline: z
      .int()
      .min(1)
      .max(2 ** 40 - 1)
      .meta({ description: "A chain second" }),
    signature: hex(65),
  })
  .meta({ id: "ConfirmReceipt" });

export const RequestView = z
  .strictObject({
    request_id: Uuid,
    kind: z.enum(["capture", "void", "refund", "release"]),
    amount: TokenAmount,
    created_at: Moment,
  })
  .meta({ id: "PaymentRequest" });

export const RefundView = z
  .strictObject({ order_id: Uuid, token: z.string(), amount: TokenAmount, requests: z.array(RequestView) })
  .meta({ id: "Refund" });
