import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Address, erc20Abi, getAddress, zeroAddress } from "viem";
import type { HDAccount } from "viem/accounts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { system } from "../../server/core/db/context.ts";
import { NotYet } from "../../server/core/tasks.ts";
import { cancel } from "../../server/flows/cancel.ts";
import { expireOrder } from "../../server/flows/expireOrder.ts";
import { returnException } from "../../server/flows/returnException.ts";
import { startJobs } from "../../server/jobs/index.ts";
import { userOfWallet } from "../../server/modules/accounts/index.ts";
import { authorizeCall, type Call, captureCall, reclaimCall, voidCall } from "../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../server/protocol/terms.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch, type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";
import {
  type Issued,
  makeWorld,
  merchant,
  operator,
  type Running,
  shopper,
  stranger,
  type World,
} from "./support/world.ts";

const TEST = system("test");

interface Exception {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly due: string;
  readonly returned: string;
  readonly order_id: string | null;
}

onBothDatabases((db) => {
  let chain: TestChain;
  let node: RpcProxy;
  let world: World;
  let running: Running;
  before(async () => {
    chain = await startTestChain();
    node = await startRpcProxy(chain.url);
    const known = chain.book.tokens.filter(({ symbol }) => symbol === "TUSD");
    const tokens = known.map(({ rate_num, rate_den, address, ...token }) => ({
      ...{ ...token, address: getAddress(address), rateNum: BigInt(rate_num), rateDen: BigInt(rate_den) },
    }));
    world = await makeWorld(db.database(), chain, { rpcUrls: [node.url], tokens, confirmations: 2 });
    await chain.mint(stranger.address, 10n ** 12n);
    running = world.start();
  });
  after(async () => {
    await running?.stop();
    await node?.stop();
    await chain?.stop();
  });

  const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });
  /** In one block, in this order. */
  const together = async (...sent: readonly [HDAccount, Call][]) => {
    await chain.automine(false);
    for (const [from, { to, data, value }] of sent) await chain.submit(from, { to, data, value, gas: 1_000_000n });
    await chain.mine();
    await chain.automine(true);
    await chain.mine();
  };
  const authorize = (terms: Terms) => together([shopper, authorizeCall(domain(), terms)]);
  const exceptionOf = async (terms: Terms): Promise<Exception | undefined> => {
    const id = termsHash(domain(), terms);
    return (await world.rows<Exception>("SELECT * FROM payment_exception WHERE terms_hash = :id", { id }))[0];
  };
  const become = (terms: Terms, state: string): Promise<Exception> =>
    eventually(async () => {
      const found = await exceptionOf(terms);
      return found?.state === state ? found : undefined;
    });
  const orderBecomes = (order: Issued, state: string) => eventually(async () => (await world.state(order)) === state);
  const trail = async ({ id }: Exception): Promise<string[]> => {
    const query = "SELECT event FROM payment_exception_event WHERE exception_id = :id ORDER BY id";
    return (await world.rows<{ event: string }>(query, { id })).map(({ event }) => event);
  };
  const dollars = (address: Address) =>
    chain.client.readContract({ address: chain.token, abi: erc20Abi, functionName: "balanceOf", args: [address] });
  const told = async ({ id }: Exception): Promise<Record<string, string>[]> => {
    const query = "SELECT payload FROM notification WHERE kind = 'payment.exception' AND payload LIKE :id ORDER BY id";
    const found = await world.rows<{ payload: string }>(query, { id: `%${id}%` });
    return found.map(({ payload }) => JSON.parse(payload));
  };
  const asked = async (terms: Terms) =>
    (
      await world.rows("SELECT purpose FROM chain_errand WHERE purpose LIKE :id", {
        id: `%${termsHash(domain(), terms)}%`,
      })
    ).length;
  const agreed = async () => {
    await world.caughtUp();
    deepEqual((await reconcile(world.house)).differences, []);
  };
  const cancelled = async ({ orderId, terms }: Issued) => {
    const buyer = await db.database().write(TEST, (ctx) => userOfWallet(ctx, terms.payer, []));
    await cancel(world.house, { kind: "user", id: buyer.id, roles: ["shopper"] }, { orderId });
  };
  /** While nobody reads the chain. */
  const unread = async (work: () => Promise<unknown>) => {
    await running.stop();
    await work();
    running = world.start();
  };
  /** Terms whose payer can have the money back soon. */
  const soon = async (terms: Terms): Promise<Terms> => {
    const now = await chain.nowS();
    return { ...terms, authorizeBy: now + 100, captureBy: now + 200 };
  };
  const reclaimed = async (terms: Terms) => {
    await chain.increaseTime(terms.captureBy - (await chain.nowS()));
    await together([shopper, reclaimCall(domain(), terms)]);
    return become(terms, "returned");
  };

  for (const [kind, change] of [
    ["underpaid", (terms: Terms) => ({ ...terms, amount: terms.amount - 1n })],
    ["overpaid", (terms: Terms) => ({ ...terms, amount: terms.amount + 1n })],
    ["altered", (terms: Terms) => ({ ...terms, captureBy: terms.captureBy - 1 })],
  ] as const)
    it(`${kind}: all of it goes back, the payer is told, and the order still waits for its payment`, async () => {
      const order = await world.issue();
      const terms = change(order.terms);
      const before = await dollars(shopper.address);
      await authorize(terms);
      const exception = await become(terms, "returned");
      equal(await dollars(shopper.address), before);
      deepEqual(
        [exception.kind, exception.order_id, String(exception.due), String(exception.returned)],
        [kind, order.orderId, "0", String(terms.amount)],
      );
      ok((await trail(exception)).join().endsWith("returning,returned"));
      const [news, ...more] = await told(exception);
      deepEqual([news?.state, news?.paid, news?.due, more], ["returning", `${terms.amount}`, `${terms.amount}`, []]);
      ok(news?.order_sn);
      equal(await world.state(order), "placed");

      await authorize(order.terms);
      await orderBecomes(order, "confirmed");
      equal((await exceptionOf(terms))?.kind, kind);
      await agreed();
    });

  for (const when of ["before", "after"] as const)
    it(`duplicate: a second payment right ${when} the order's own goes back, and the order stands`, async () => {
      const order = await world.issue();
      const terms = { ...order.terms, captureBy: order.terms.captureBy - 1 };
      const [own, second] = [order.terms, terms].map((each): [HDAccount, Call] => [
        shopper,
        authorizeCall(domain(), each),
      ]) as [[HDAccount, Call], [HDAccount, Call]];
      await together(...(when === "after" ? [own, second] : [second, own]));
      equal((await become(terms, "returned")).kind, "duplicate");
      await orderBecomes(order, "confirmed");
      equal((await world.row(order)).held, order.terms.amount);
      await agreed();
    });

  it("duplicate: what is still there when its order is paid after all becomes one", async () => {
    const order = await world.issue();
    const terms = { ...order.terms, operator: stranger.address };
    await authorize(terms);
    equal((await become(terms, "left_to_payer")).kind, "altered");
    await authorize(order.terms);
    await orderBecomes(order, "confirmed");
    equal((await exceptionOf(terms))?.kind, "duplicate");
  });

  it("nothing is asked of the operator before the chain confirmed the payment", async () => {
    const order = await world.issue();
    const terms = { ...order.terms, amount: 5n };
    await chain.send(shopper, authorizeCall(domain(), terms));
    await world.caughtUp();
    const open = await become(terms, "open");
    deepEqual([await asked(terms), await told(open)], [0, []]);
    equal((await world.rows("SELECT id FROM task WHERE payload LIKE :id", { id: `%${open.id}%` })).length, 0);
    await chain.mine();
    deepEqual(await trail(await become(terms, "returned")), ["open", "returning", "returned"]);
  });

  it("what only its payer can have back is left to them, and they are told how and when", async () => {
    const order = await world.issue();
    const terms = { ...(await soon(order.terms)), operator: stranger.address };
    await authorize(terms);
    const left = await become(terms, "left_to_payer");
    const [news] = await told(left);
    deepEqual(
      [news?.state, news?.kind, news?.reclaim_from],
      ["left_to_payer", "altered", new Date(terms.captureBy * 1_000).toISOString()],
    );
    equal(await asked(terms), 0);
    deepEqual((await trail(await reclaimed(terms))).slice(-2), ["left_to_payer", "returned"]);
    await agreed();
  });

  it("a token that the house does not know is called for nobody: it is left to its payer", async () => {
    const order = await world.issue();
    const terms = { ...(await soon(order.terms)), token: zeroAddress, amount: 1_000n };
    await authorize(terms);
    equal((await become(terms, "left_to_payer")).kind, "altered");
    await chain.mine(3);
    await world.caughtUp();
    equal(await asked(terms), 0);
    await reclaimed(terms);
  });

  it("what those captured whom such terms let capture is theirs, and nothing is due any more", async () => {
    const order = await world.issue();
    const terms = { ...order.terms, amount: 10n, flags: 1 };
    await together(
      [shopper, authorizeCall(domain(), terms)],
      [merchant, captureCall(domain(), terms, terms.amount, terms.amount)],
    );
    const { due, returned } = await become(terms, "taken");
    deepEqual([String(due), String(returned), await asked(terms)], ["0", "0", 0]);
    equal(await world.state(order), "placed");
  });

  it("unknown: who pays our operator for no order of ours has it back", async () => {
    const { terms } = await world.issue();
    const unknown = { ...terms, salt: terms.salt + 1n };
    await authorize(unknown);
    const { kind, order_id } = await become(unknown, "returned");
    deepEqual([kind, order_id], ["unknown", null]);
  });

  it("a reorganisation takes an exception with its payment, and brings it back with it", async () => {
    const order = await world.issue();
    const terms = { ...order.terms, amount: 9n };
    const before = await dollars(shopper.address);
    await world.caughtUp();
    const fork = await chain.mark();
    await authorize(terms);
    const { id } = await become(terms, "returned");

    await chain.revertTo(fork);
    await chain.mine(5);
    const gone = await become(terms, "gone");
    deepEqual([gone.id, String(gone.due), String(gone.returned)], [id, "0", "0"]);

    await authorize(terms);
    const back = await eventually(async () => {
      await returnException(world.house, id, 1);
      const found = await exceptionOf(terms);
      return found?.state === "returned" ? found : undefined;
    });
    equal(back.id, id);
    equal(await dollars(shopper.address), before);
    // The operator's first transaction may be mined anew before anything is asked.
    const ends = (await trail(back)).filter((event) => event === "returned" || event === "gone");
    deepEqual(ends, ["returned", "gone", "returned"]);
    await agreed();
  });

  describe("when the operator's transaction fails", () => {
    const refuseVoid = (terms: Terms) => {
      const { data } = voidCall(domain(), terms, terms.amount, terms.amount);
      const refused = { error: { code: 3, message: "execution reverted", data: "0x" } };
      node.lie(async (call, ask) =>
        call.method === "eth_estimateGas" && JSON.stringify(call.params).includes(data) ? refused : ask(call),
      );
    };
    const failed = (terms: Terms) =>
      eventually(async () => {
        const query = `SELECT t.state FROM chain_transaction t JOIN chain_errand e ON e.transaction_id = t.id
          WHERE e.purpose LIKE :id AND t.state = 'failed'`;
        return (await world.rows(query, { id: `%${termsHash(domain(), terms)}%` })).length > 0;
      });
    afterEach(() => node.lie(undefined));

    it("it is asked again, until the money is back", async () => {
      const order = await world.issue();
      const terms = { ...order.terms, amount: 11n };
      refuseVoid(terms);
      await authorize(terms);
      const { id } = await become(terms, "returning");
      await failed(terms);
      node.lie(undefined);
      equal(await returnException(world.house, id, 1), "asked");
      const back = await become(terms, "returned");
      ok((await trail(back)).join().endsWith("asked_again,returned"));
      equal(await returnException(world.house, id, 2), "not_needed");
    });

    it("for more than a day: its payer is told how to have it, and it may still go back", async () => {
      const order = await world.issue();
      const terms = { ...order.terms, amount: 12n };
      refuseVoid(terms);
      await authorize(terms);
      const { id } = await become(terms, "returning");
      await failed(terms);
      equal(await returnException(world.house, id, 15), "left");
      deepEqual(
        (await told(await become(terms, "left_to_payer"))).map(({ state }) => state),
        ["returning", "left_to_payer"],
      );
      equal(await returnException(world.house, id, 16), "not_needed");
      node.lie(undefined);
      await together([merchant, voidCall(domain(), terms, 12n, 12n)]);
      await become(terms, "returned");
    });

    it("somebody looks after it, each time later", async () => {
      const order = await world.issue();
      const terms = { ...order.terms, amount: 13n };
      refuseVoid(terms);
      await authorize(terms);
      const { id } = await become(terms, "returning");
      const [task] = await world.rows<{ payload: string }>(
        "SELECT payload FROM task WHERE kind = 'payment.return' AND payload LIKE :id",
        { id: `%${id}%` },
      );
      const jobs = startJobs(world.house);
      const look = (attempts: number) =>
        jobs.handlers["payment.return"]?.({
          id,
          kind: "payment.return",
          payload: JSON.parse(task?.payload ?? "{}"),
          attempts,
        });
      const waits = [];
      for (const attempts of [1, 2, 14])
        waits.push(
          await look(attempts)?.then(
            () => 0,
            (error) => (error instanceof NotYet ? error.afterMs / 60_000 : error),
          ),
        );
      deepEqual(waits, [2, 4, 360]);
      node.lie(undefined);
      await eventually(async () => {
        await look(3)?.catch(() => undefined);
        return (await exceptionOf(terms))?.state === "returned";
      });
      await look(4);
      await jobs.stop();
    });
  });

  describe("late: an order's own terms, paid although it had ended", () => {
    const goesBack = async (order: Issued, state: string, before: bigint) => {
      const exception = await become(order.terms, "returned");
      deepEqual([exception.kind, exception.order_id], ["late", order.orderId]);
      equal(await world.state(order), state);
      equal(await dollars(shopper.address), before);
      await agreed();
      const query = "SELECT note FROM order_history WHERE order_id = :id AND event = 'payment.return_asked'";
      ok((await world.rows(query, { id: order.orderId })).length > 0);
      return trail(exception);
    };

    it("paid before the cancellation was written down", async () => {
      const order = await world.issue();
      const before = await dollars(shopper.address);
      await world.caughtUp();
      await unread(async () => {
        await authorize(order.terms);
        await cancelled(order);
      });
      deepEqual((await goesBack(order, "cancelled", before)).slice(-2), ["returning", "returned"]);
    });

    it("paid in the last second, and read later: that is in time", async () => {
      const authorizeBy = (await chain.nowS()) + 60;
      const order = await world.issue({ authorizeBy });
      await world.caughtUp();
      await unread(async () => {
        await chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy - 1) });
        await chain.send(shopper, authorizeCall(domain(), order.terms));
        await chain.increaseTime(10);
        equal(await expireOrder(world.house, order.orderId), "waiting");
      });
      await orderBecomes(order, "confirmed");
      equal(await expireOrder(world.house, order.orderId), "not_needed");
      equal(await exceptionOf(order.terms), undefined);
    });

    it("one second later nobody can pay", async () => {
      const authorizeBy = (await chain.nowS()) + 60;
      const order = await world.issue({ authorizeBy });
      await chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy) });
      await rejects(chain.send(shopper, authorizeCall(domain(), order.terms)));
    });

    it("expired, and paid in time on the branch that won", async () => {
      const authorizeBy = (await chain.nowS()) + 60;
      const order = await world.issue({ authorizeBy });
      const before = await dollars(shopper.address);
      await world.caughtUp();
      const fork = await chain.mark();
      await chain.increaseTime(61);
      await world.caughtUp();
      equal(await expireOrder(world.house, order.orderId), "ended");
      await chain.revertTo(fork);
      await chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy - 30) });
      await authorize(order.terms);
      await chain.mine(2);
      await goesBack(order, "expired", before);
    });

    it("paid, taken by a reorganisation, cancelled, and back", async () => {
      const order = await world.issue();
      const before = await dollars(shopper.address);
      await world.caughtUp();
      const fork = await chain.mark();
      await authorize(order.terms);
      await orderBecomes(order, "confirmed");
      await chain.revertTo(fork);
      await chain.mine(4);
      await orderBecomes(order, "on_hold");
      await cancelled(order);
      await authorize(order.terms);
      await goesBack(order, "cancelled", before);
    });

    it("with a part captured by then: that is refunded, the rest voided", async () => {
      const order = await world.issue({ flags: 2 });
      const before = await dollars(shopper.address);
      await world.caughtUp();
      await unread(async () => {
        await together(
          [shopper, authorizeCall(domain(), order.terms)],
          [operator, captureCall(domain(), order.terms, 5_000_000n, order.terms.amount)],
        );
        await cancelled(order);
      });
      await goesBack(order, "cancelled", before);
      const { returned, held, captured } = await world.row(order);
      deepEqual([returned, held, captured], [order.terms.amount, 0n, 0n]);
    });

    it("a reorganisation that takes the return takes the end with it, and it is returned anew", async () => {
      const order = await world.issue();
      const before = await dollars(shopper.address);
      await world.caughtUp();
      await unread(async () => {
        await authorize(order.terms);
        await cancelled(order);
      });
      await become(order.terms, "returned");
      const { id } = (await exceptionOf(order.terms)) ?? { id: "" };
      const voided = await eventually(async () => {
        const query = "SELECT height FROM chain_log WHERE terms_hash = :id AND event = 'voided' AND state = 'applied'";
        return (await world.rows<{ height: number | string }>(query, { id: order.id }))[0]?.height;
      });
      await chain.mine(2);
      await world.caughtUp();
      node.lie(anotherBranch(Number(voided), 4));
      await become(order.terms, "returning");
      node.lie(undefined);
      await chain.mine(4);
      await eventually(async () => {
        await returnException(world.house, id, 1);
        return (await exceptionOf(order.terms))?.state === "returned";
      });
      await goesBack(order, "cancelled", before);
    });
  });
});
