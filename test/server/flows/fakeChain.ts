import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import type { House } from "../../../server/core/house.ts";
import { recordPayments } from "../../../server/flows/recordPayment.ts";
import { openCursor } from "../../../server/modules/chains/index.ts";
import * as ledger from "../../../server/modules/ledger/index.ts";
import { applyFolds, type Confidence, escrowOrderOf, termsOf } from "../../../server/modules/payments/index.ts";
import type { OrderEvent } from "../../../server/protocol/decode.ts";
import { foldOrder } from "../../../server/protocol/fold.ts";
import { orderPositions, positionChanges } from "../../../server/protocol/positions.ts";

const LISTENER = system("listener");
const HASH = `0x${"22".repeat(32)}` as const;

/** What happens to an order on the chain, in base units. */
export type Deed =
  | "authorized"
  | "cancelled"
  | { captured: bigint }
  | { released: bigint }
  | { voided: bigint }
  | { reclaimed: bigint }
  | { refunded: bigint };

/** Tells a house what a chain would, through the same faces as the listener. */
export class FakeChain {
  readonly #house: House;
  readonly #events = new Map<string, OrderEvent[]>();
  #height = 1;

  private constructor(house: House) {
    this.#house = house;
  }

  /** Starts the chain's clock at the server's. */
  static async start(house: House): Promise<FakeChain> {
    const chain = new FakeChain(house);
    await house.db.write(LISTENER, (ctx) =>
      openCursor(ctx, {
        ...{ chainId: house.config.chain.id, height: 1, hash: HASH, epoch: 0 },
        ...{ timestampS: chain.nowS, confirmedHeight: 1, finalizedHeight: 1 },
      }),
    );
    return chain;
  }

  get #id(): number {
    return this.#house.config.chain.id;
  }

  get nowS(): number {
    return Math.floor(this.#house.clock.now() / 1_000);
  }

  /** Moves the chain's clock, in chain seconds. */
  async reach(timestampS: number): Promise<void> {
    await this.#house.db.write(LISTENER, (ctx) =>
      sql(ctx.db, "UPDATE chain_cursor SET timestamp_s = :timestampS WHERE chain_id = :id", {
        timestampS,
        id: this.#id,
      }),
    );
  }

  /** Makes everything so far final. */
  async finalize(): Promise<void> {
    await this.#house.db.write(LISTENER, (ctx) =>
      sql(ctx.db, "UPDATE chain_cursor SET finalized_height = :height WHERE chain_id = :id", {
        height: this.#height,
        id: this.#id,
      }),
    );
  }

  /** Something happens to an order. */
  tell(orderId: string, deed: Deed, confidence: Confidence = "confirmed"): Promise<void> {
    return this.tellTogether([[orderId, [deed]]], confidence);
  }

  /** Something happens to several orders in one range of blocks. */
  async tellTogether(
    told: readonly (readonly [orderId: string, deeds: readonly Deed[]])[],
    confidence: Confidence = "confirmed",
  ): Promise<void> {
    const become = new Map<string, OrderEvent[]>();
    for (const [orderId, deeds] of told) {
      const { terms, id } = await this.#order(orderId);
      const events = deeds.map((deed) => eventOf(id, terms, deed, this.nowS + terms.releaseDelay));
      become.set(orderId, [...(this.#events.get(orderId) ?? []), ...events]);
    }
    await this.#fold(become, confidence);
  }

  /** A reorg takes the newest `count` logs of an order away. @returns them, for `bringBack` */
  async takeBack(orderId: string, count: number): Promise<OrderEvent[]> {
    const events = this.#events.get(orderId) ?? [];
    await this.#fold(new Map([[orderId, events.slice(0, events.length - count)]]), "confirmed");
    return events.slice(events.length - count);
  }

  /** Another reorg brings logs back as they were. */
  async bringBack(orderId: string, events: readonly OrderEvent[]): Promise<void> {
    await this.#fold(new Map([[orderId, [...(this.#events.get(orderId) ?? []), ...events]]]), "confirmed");
  }

  /** The same logs again, deeper below the head. */
  async deepen(orderId: string, confidence: Confidence): Promise<void> {
    await this.#fold(new Map([[orderId, this.#events.get(orderId) ?? []]]), confidence);
  }

  async #order(orderId: string) {
    const order = await this.#house.db.read(LISTENER, (ctx) => escrowOrderOf(ctx, orderId));
    return { terms: termsOf(order), id: order.termsHash };
  }

  async #fold(become: ReadonlyMap<string, OrderEvent[]>, confidence: Confidence): Promise<void> {
    const chainId = this.#house.config.chain.id;
    const height = this.#height + 1;
    const positions = (of: readonly OrderEvent[]) => {
      const fold = foldOrder(of);
      return fold ? orderPositions(fold, chainId) : new Map<string, bigint>();
    };
    const folded: Parameters<typeof applyFolds>[2][number][] = [];
    const journals: ledger.NewJournal[] = [];
    for (const [orderId, events] of become) {
      const { id } = await this.#order(orderId);
      const deltas = positionChanges(positions(this.#events.get(orderId) ?? []), positions(events));
      folded.push({ termsHash: id, fold: foldOrder(events), confidence });
      journals.push({ key: `${id}:${height}`, chainId, blockHash: HASH, height, orderId, deltas });
    }
    await this.#house.db.write(LISTENER, async (ctx) => {
      const changes = await applyFolds(ctx, chainId, folded);
      await ledger.post(ctx, journals);
      await recordPayments(ctx, [...changes.values()]);
    });
    this.#height = height;
    for (const [orderId, events] of become) this.#events.set(orderId, events);
  }
}

function eventOf(
  id: OrderEvent["id"],
  terms: Extract<OrderEvent, { terms: unknown }>["terms"],
  deed: Deed,
  releaseAt: number,
): OrderEvent {
  if (deed === "authorized") return { kind: "authorized", id, terms, route: 3 };
  if (deed === "cancelled") return { kind: "cancelled", id };
  if ("captured" in deed) return { kind: "captured", id, amount: deed.captured, releaseAt };
  if ("released" in deed) return { kind: "released", id, amount: deed.released };
  if ("voided" in deed) return { kind: "voided", id, amount: deed.voided };
  if ("reclaimed" in deed) return { kind: "reclaimed", id, amount: deed.reclaimed };
  return { kind: "refunded", id, amount: deed.refunded };
}
