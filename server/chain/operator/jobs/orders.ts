import type { Hex } from "viem";
import { z } from "zod";
import type { ReadContext } from "../../../core/db/context.ts";
import type { Id } from "../../../core/ids.ts";
import { requestPurpose } from "../../../modules/chains/index.ts";
import { type EscrowOrder, escrowOrdersOf } from "../../../modules/payments/index.ts";
import {
  type Call,
  cancelTermsWithSignatureCall,
  captureCall,
  reclaimWithSignatureCall,
  refundCall,
  releaseCall,
  releaseWithSignatureCall,
  voidCall,
} from "../../../protocol/calls.ts";
import { type EscrowDomain, type Terms, termsFromJson } from "../../../protocol/terms.ts";
import { type OrderOnChain, orderView, type View } from "../../views.ts";
import { type ChainConfig, type Kind, kindOf, type Part, type Work } from "./kind.ts";

const digits = z.string().regex(/^\d+$/);
export const amount = digits.transform(BigInt);
export const second = digits.transform(Number);
export const signature = z
  .string()
  .regex(/^0x[0-9a-f]*$/i)
  .transform((text) => text as Hex);

const asked = { order_id: z.string(), request_id: z.string(), amount };
const held = { ...asked, held_before: amount };
const captured = { ...asked, captured_before: amount };

/** An order of ours, with its terms read. */
export interface OwnOrder {
  readonly row: EscrowOrder;
  readonly domain: EscrowDomain;
  readonly terms: Terms;
}

/**
 * Reads orders at once and gives each by its id.
 * @returns throws where it is asked for an order that this house did not issue for this escrow and this key
 */
export async function ownOrders(
  ctx: ReadContext,
  chain: ChainConfig,
  ids: readonly Id[],
): Promise<(id: Id) => OwnOrder> {
  const rows = new Map((await escrowOrdersOf(ctx, [...new Set(ids)])).map((row) => [row.orderId, row]));
  return (id) => {
    const row = rows.get(id);
    if (row === undefined) throw new Error(`there is no escrow order ${id}`);
    if (row.chainId !== chain.id || row.escrow !== chain.escrow) throw new Error(`order ${id} is of another escrow`);
    if (row.terms.operator !== chain.operator) throw new Error(`order ${id} names another operator`);
    return { row, domain: { chainId: row.chainId, escrow: row.escrow }, terms: termsFromJson(row.terms) };
  };
}

/** What the chain says of an order, as an answer to "is it over". */
export const orderSays = ({ domain, terms }: OwnOrder, over: (order: OrderOnChain) => boolean): View<boolean> => {
  const { call, read } = orderView(domain.escrow, terms, "latest");
  return { call, read: (answer) => over(read(answer)) };
};

/** A kind whose jobs are of one order each. */
const ofOneOrder = <Payload extends { order_id: string }>(
  schema: z.ZodType<Payload>,
  plan: (payload: Payload, order: OwnOrder) => Work,
): Kind =>
  kindOf(schema, async (ctx, payloads, chain) => {
    const order = await ownOrders(
      ctx,
      chain,
      payloads.map(({ order_id }) => order_id),
    );
    return (payload) => plan(payload, order(payload.order_id));
  });

/** What takes from `held` or from `captured`, and only from the quantity it was asked for. */
function taking(
  name: string,
  order: OwnOrder,
  asked: { readonly request_id: string; readonly side: "held" | "captured"; readonly before: bigint },
  call: () => Call,
  part?: Part,
): Work {
  const { side, before, request_id } = asked;
  const isOver = (quantities: Pick<OrderOnChain, "held" | "captured">) => quantities[side] !== before;
  return {
    purposes: [{ name: requestPurpose(name, order.row.termsHash, request_id), orderId: order.row.orderId }],
    over: isOver(order.row),
    call,
    overOnChain: [orderSays(order, isOver)],
    ...(part ? { part } : {}),
  };
}

const fromHeld = ({ request_id, held_before }: { request_id: string; held_before: bigint }) =>
  ({ request_id, side: "held", before: held_before }) as const;
const fromCaptured = ({ request_id, captured_before }: { request_id: string; captured_before: bigint }) =>
  ({ request_id, side: "captured", before: captured_before }) as const;

/** `operator.capture`: several share a transaction. */
export const capture = ofOneOrder(z.object(held), (task, order) => {
  const { domain, terms } = order;
  const request = { terms, amount: task.amount, heldBefore: task.held_before };
  const call = () => captureCall(domain, terms, task.amount, task.held_before);
  return taking("capture", order, fromHeld(task), call, { many: "capture", request });
});

/** `operator.void` */
export const voiding = ofOneOrder(z.object(held), (task, order) =>
  taking("void", order, fromHeld(task), () => voidCall(order.domain, order.terms, task.amount, task.held_before)),
);

/** `operator.reclaim`: the payer signed that what is held goes back, after the time to capture. */
export const reclaim = ofOneOrder(z.object({ ...held, deadline: second, signature }), (task, order) =>
  taking("reclaim", order, fromHeld(task), () =>
    reclaimWithSignatureCall(order.domain, order.terms, task.deadline, task.signature),
  ),
);

/** `operator.refund` */
export const refund = ofOneOrder(z.object(captured), (task, order) =>
  taking("refund", order, fromCaptured(task), () =>
    refundCall(order.domain, order.terms, task.amount, task.captured_before),
  ),
);

const consent = { nonce: amount, deadline: second, signature };
const ReleaseTask = z.union([
  z.object({ ...captured, ...consent }),
  z.object({ ...captured, signature: z.undefined().optional() }),
]);

/**
 * `operator.release`: with the payer's signature at any time; without one, money whose delay is over, of which several
 * share a transaction.
 */
export const release = ofOneOrder(ReleaseTask, (task, order) => {
  const { domain, terms } = order;
  const asked = fromCaptured(task);
  if (task.signature === undefined)
    return taking("release", order, asked, () => releaseCall(domain, terms), { many: "release", terms });
  const { nonce, deadline, captured_before } = task;
  return taking("release", order, asked, () =>
    releaseWithSignatureCall(domain, terms, { captured: captured_before, nonce, deadline }, task.signature),
  );
});

/** `operator.cancel_terms`: the payer signed that the order shall never be paid. */
export const cancelTerms = ofOneOrder(
  z.object({ order_id: z.string(), deadline: second, signature }),
  (task, order) => ({
    purposes: [{ name: `cancel:${order.row.termsHash}`, orderId: order.row.orderId }],
    over: order.row.state !== "pending",
    call: () => cancelTermsWithSignatureCall(order.domain, order.terms, task.deadline, task.signature),
    overOnChain: [orderSays(order, ({ used }) => used)],
  }),
);
