import { type Address, type Hex, numberToHex } from "viem";
import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { NotYet, type RunningTask, type TaskHandler } from "../../core/tasks.ts";
import { transactionFor } from "../../modules/chains/index.ts";
import { authorizationsOf, dropRequest, type EscrowOrder, escrowOrderOf } from "../../modules/payments/index.ts";
import type { Call } from "../../protocol/calls.ts";
import { termsFromJson } from "../../protocol/terms.ts";
import { RpcError } from "../rpc/errors.ts";
import { hex } from "../rpc/read.ts";
import { orderView } from "../views.ts";
import { JOBS, type Job, type JobKind } from "./jobs.ts";
import { revertReason } from "./revertReason.ts";
import { broadcast, type Errand, type Fees, type Sender, signAndStore, storeRefusal } from "./send.ts";

const ACTOR = system("operator");
/** How long to wait for the house and the chain to agree, and for gas to become cheaper, in milliseconds. */
const SOON_MS = 500;
const CHEAPER_MS = 10_000;
/** A tenth more gas than a simulation used, for state may have grown a little meanwhile. */
const GAS_MARGIN = 11n;
const TIP_WEI = 1_000_000_000n;

export interface HandlerOptions extends Sender {
  /** Told when a transaction went out. */
  readonly onSent: () => void;
}

/** The handlers of the operator's tasks; each is harmless when it runs twice. */
export function operatorHandlers(house: House, options: HandlerOptions): Record<JobKind, TaskHandler> {
  const handle =
    (kind: JobKind): TaskHandler =>
    (task) =>
      run(house, options, kind, JOBS[kind](task.payload), task);
  return {
    "operator.relay_authorization": handle("operator.relay_authorization"),
    "operator.capture": handle("operator.capture"),
    "operator.void": handle("operator.void"),
    "operator.refund": handle("operator.refund"),
    "operator.release": handle("operator.release"),
  };
}

/**
 * Does one job: looks whether it is over or on its way, asks the chain whether it would go through, stores it signed,
 * sends it. What comes of it is the tracker's to see.
 * @throws NotYet while the chain and the house do not agree on the order, or gas is above the cap
 */
async function run(house: House, options: HandlerOptions, kind: JobKind, job: Job, task: RunningTask): Promise<void> {
  const { db, config } = house;
  const { order, given } = await db.read(ACTOR, async (ctx) => ({
    order: await escrowOrderOf(ctx, job.orderId),
    given: (await authorizationsOf(ctx, [job.orderId]))[0]?.signature,
  }));
  assertOurs(house, order);
  const errand: Errand = {
    ...{ chainId: config.chain.id, purpose: job.purpose(order), kind, orderId: job.orderId },
    request: task.payload as Record<string, string>,
  };
  if (await db.read(ACTOR, (ctx) => transactionFor(ctx, errand.chainId, errand.purpose))) return;
  if (job.isOver({ ...order, used: order.state !== "pending" })) return drop(house, job);
  if (job.isOver(await onChain(options, order))) {
    throw new NotYet(SOON_MS, "the chain is ahead of the house, or this node behind it");
  }

  const call = job.call(order, given);
  const fees = await simulate(house, options, call);
  if (typeof fees === "string") return refuse(house, options, job, order, errand, call, fees);
  const row = await signAndStore(options, errand, call, fees);
  await broadcast(options, row);
  options.onSent();
}

/** Only orders that this house issued for this escrow and this key. */
function assertOurs({ config }: House, order: EscrowOrder): void {
  const { chain } = config;
  if (order.chainId !== chain.id || order.escrow !== chain.escrow)
    throw new Error(`order ${order.orderId} is of another escrow`);
  if (order.terms.operator !== chain.operator) throw new Error(`order ${order.orderId} names another operator`);
}

async function onChain({ rpc }: Sender, order: EscrowOrder) {
  const view = orderView(order.escrow, termsFromJson(order.terms), "latest");
  return rpc.onOne(async (ask) => view.read((await ask([view.call]))[0]));
}

/** Gas and price, or why the chain would revert it. */
async function simulate({ config }: House, { rpc, account }: Sender, call: Call): Promise<Fees | string> {
  const cap = config.chain.maxFeePerGas;
  try {
    return await rpc.onOne(async (ask) => {
      const [gas, block] = await ask([
        { method: "eth_estimateGas", params: [transaction(account.address, call)] },
        { method: "eth_getBlockByNumber", params: ["latest", false] },
      ]);
      const baseFee = BigInt(hex((block as { baseFeePerGas?: unknown } | null)?.baseFeePerGas ?? "0x0"));
      if (baseFee + TIP_WEI > cap) throw new NotYet(CHEAPER_MS, `gas costs ${baseFee} wei, above the cap of ${cap}`);
      return { gasLimit: (BigInt(hex(gas)) * GAS_MARGIN) / 10n, maxFeePerGas: cap, maxPriorityFeePerGas: TIP_WEI };
    });
  } catch (error) {
    if (error instanceof RpcError && error.fault === "reverted") return revertReason(error.data);
    throw error;
  }
}

const transaction = (from: Address, { to, data, value }: Call): Record<string, Hex> => ({
  ...{ from, to, data },
  ...(value > 0n ? { value: numberToHex(value) } : {}),
});

/** The chain would revert it. Where that is because it happened meanwhile, that is no failure. */
async function refuse(
  house: House,
  options: HandlerOptions,
  job: Job,
  order: EscrowOrder,
  errand: Errand,
  call: Call,
  reason: string,
): Promise<void> {
  if (job.isOver(await onChain(options, order))) throw new NotYet(SOON_MS, "it happened meanwhile");
  house.log.warn({ order: job.orderId, purpose: errand.purpose, reason }, "the chain refuses a transaction of ours");
  await storeRefusal(options, errand, call, reason);
  await drop(house, job);
}

/** Gives up the request, where there is one, so that another may be made. */
async function drop({ db }: House, { requestId }: Job): Promise<void> {
  if (requestId !== undefined) await db.write(ACTOR, (ctx) => dropRequest(ctx, requestId));
}
