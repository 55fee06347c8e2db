import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { type Checkout, checkout } from "../../flows/checkout.ts";
import { listOrders, orderDetails, orderPayment, refundsOf } from "../../flows/orderOverview.ts";
import { tokenOf } from "../../flows/submitAuthorization.ts";
import { accountProblems } from "../../modules/accounts/index.ts";
import { agreementProblems } from "../../modules/agreements/index.ts";
import { cartProblems } from "../../modules/carts/index.ts";
import { chainProblems } from "../../modules/chains/index.ts";
import { channelProblems } from "../../modules/channels/index.ts";
import { inventoryProblems } from "../../modules/inventory/index.ts";
import { merchantProblems } from "../../modules/merchants/index.ts";
import { orderProblems } from "../../modules/orders/index.ts";
import { partnerProblems } from "../../modules/partners/index.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { addOrderExits } from "./exitRoutes.ts";
import { OrderPaymentView } from "./paymentSchema.ts";
import { presentDetails, presentOrder, presentPlaced, presentRefund } from "./present.ts";
import { presentOrderPayment } from "./presentPayment.ts";
import { ById, ListOrders, OrderDetails, OrderList, PlacedView, PlaceOrder, Refunds } from "./schema.ts";
import { addOrderVerbs } from "./verbRoutes.ts";

export const orderRoutes = (house: House): Door =>
  addOrderExits(house, addOrderVerbs(house, addOrderReads(house, placing(house))));

const placing = (house: House): Door =>
  door(house, "orders").postOnce(
    "/orders",
    {
      summary: "Order what your cart has of a channel: an order per merchant, one payment for all",
      auth: "user",
      limit: "writes",
      idempotent: "required",
      body: PlaceOrder,
      answers: [201, PlacedView],
      problems: [
        problems.not_found,
        channelProblems.channel_not_found,
        channelProblems.channel_closed,
        chainProblems.chain_unknown,
        orderProblems.cart_empty,
        cartProblems.good_not_listed,
        inventoryProblems.out_of_stock,
        paymentProblems.payment_method_unavailable,
        paymentProblems.terms_refused,
        accountProblems.wallet_missing,
        accountProblems.wallet_not_linked,
        partnerProblems.partner_not_found,
        agreementProblems.agreement_missing,
        agreementProblems.agreement_excludes_freight,
      ],
      present: (placed: Checkout) => presentPlaced(placed, tokenOf(house, placed.payment)),
    },
    (c) => {
      const { address_id, express_type, payment_method, chain_id, ...rest } = c.input.body;
      return checkout(house, c.actor, {
        addressId: address_id,
        expressType: express_type,
        method: payment_method,
        chainId: chain_id,
        ...rest,
      });
    },
  );

const addOrderReads = (house: House, orders: Door): Door =>
  orders
    .get(
      "/orders",
      {
        summary: "Your orders, newest first; with merchant_id those of a merchant of yours",
        auth: "user",
        limit: "reads",
        query: ListOrders,
        answers: [200, OrderList],
        problems: [problems.cursor_invalid, merchantProblems.merchant_not_found],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => listOrders(ctx, c.actor.id, c.input.query));
        return presentList(slice, c.input.query, presentOrder);
      },
    )
    .get(
      "/orders/:id",
      {
        summary: "An order you bought or sold, with its history",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, OrderDetails],
        problems: [orderProblems.order_not_found],
      },
      async (c) =>
        presentDetails(await house.db.read(c.actor, (ctx) => orderDetails(ctx, c.input.params.id)), c.actor.id),
    )
    .get(
      "/orders/:id/refunds",
      {
        summary: "What was given back of an order you bought or sold, and for which pieces",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, Refunds],
        problems: [orderProblems.order_not_found],
      },
      async (c) => {
        const refunds = await house.db.read(c.actor, (ctx) => refundsOf(ctx, c.input.params.id));
        return { data: refunds.map(presentRefund) };
      },
    )
    .get(
      "/orders/:id/payment",
      {
        summary: "What the chain says of an order's payment, and what its payer may sign next",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, OrderPaymentView],
        problems: [orderProblems.order_not_found],
      },
      async (c) => {
        const found = await house.db.read(c.actor, (ctx) => orderPayment(ctx, c.input.params.id));
        return presentOrderPayment(found, house.config, tokenOf(house, found.payment), c.actor.id);
      },
    );
