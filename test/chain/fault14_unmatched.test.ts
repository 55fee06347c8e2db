import { deepEqual, equal, rejects } from "node:assert/strict";
import { zeroAddress } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { approveCall, authorizeCall } from "../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../server/protocol/terms.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator, shopper, stranger } from "./support/world.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [node().url] }));
  before(async () => {
    await chain().mint(stranger.address, 10n ** 12n);
    await chain().send(stranger, approveCall(chain().token, chain().escrow, 10n ** 12n));
  });
  const running = stage.running(world);

  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
  const statesOf = async (id: string) =>
    (await world().rows<{ state: string }>("SELECT state FROM chain_log WHERE terms_hash = :id", { id })).map(
      ({ state }) => state,
    );

  type End = { kind: string; state: string; due: bigint; returned: bigint };
  const exceptionOf = async (id: string): Promise<End | undefined> => {
    const [row] = await world().rows<End>(
      "SELECT kind, state, due, returned FROM payment_exception WHERE terms_hash = :id",
      { id },
    );
    return row && { kind: row.kind, state: row.state, due: BigInt(row.due), returned: BigInt(row.returned) };
  };

  /**
   * A payment that is not ours is stored as such, moves no order, is never captured, and stops nothing; where the house
   * can give it back it does that and nothing else.
   */
  async function isUnmatched(ours: Issued, terms: Terms, payer: typeof stranger, end: End | undefined): Promise<void> {
    const id = termsHash(domain(), terms);
    await chain().send(payer, authorizeCall(domain(), terms));
    await world().caughtUp();
    equal((await world().row(ours)).state, "pending");
    equal(await world().state(ours), "placed");
    await eventually(async () => (await exceptionOf(id))?.state === end?.state);
    deepEqual(await exceptionOf(id), end);
    equal((await world().row(ours)).state, "pending");

    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    await chain().mine(13);
    await world().caughtUp();
    const returns = end?.state === "returned" ? [`void_exception:${id}:${terms.amount}`] : [];
    deepEqual(
      await world().rows("SELECT purpose FROM chain_errand WHERE purpose LIKE :id", { id: `%${id}%` }),
      returns.map((purpose) => ({ purpose })),
    );
    deepEqual(
      await statesOf(id),
      ["unmatched", ...returns].map(() => "unmatched"),
    );
    deepEqual((await reconcile(world().house)).differences, []);
    equal(running().chain.readiness().ready, true);
  }

  const returned = (kind: string, amount: bigint): End => ({ kind, state: "returned", due: 0n, returned: amount });

  it("a stranger's order with a stranger's operator is nobody's business here", async () => {
    const ours = await world().issue();
    const salt = ours.terms.salt + 1n;
    const terms = { ...ours.terms, salt, payer: stranger.address, operator: stranger.address };
    await isUnmatched(ours, terms, stranger, undefined);
  });

  it("a stranger's order that names our operator, like none of ours, goes back", async () => {
    const ours = await world().issue();
    const terms = { ...ours.terms, salt: ours.terms.salt + 1n, payer: stranger.address, amount: 7n };
    await isUnmatched(ours, terms, stranger, returned("unknown", 7n));
  });

  it("foreignTermsNeverCaptured: a stranger's variant of our terms that names our operator", async () => {
    const ours = await world().issue();
    const terms = { ...ours.terms, payer: stranger.address, operator: operator.address };
    await isUnmatched(ours, terms, stranger, returned("altered", terms.amount));
  });

  it("the shopper's own payment of less than our terms say", async () => {
    const ours = await world().issue();
    await isUnmatched(ours, { ...ours.terms, amount: 1n }, shopper, returned("underpaid", 1n));
  });

  it("our terms in another token", async () => {
    const ours = await world().issue();
    const terms = { ...ours.terms, token: zeroAddress, amount: 1_000n };
    await isUnmatched(ours, terms, shopper, returned("altered", 1_000n));
  });

  it("nobody can pay nothing", async () => {
    const ours = await world().issue();
    const terms = { ...ours.terms, amount: 0n };
    await rejects(chain().send(shopper, authorizeCall(domain(), terms)), /AmountZero/);
    await world().caughtUp();
    deepEqual(await statesOf(termsHash(domain(), terms)), []);
  });

  it("a log that nobody can read is put aside, and the rest goes on", async () => {
    const [odd, order] = [await world().issue(), await world().issue()];
    await world().caughtUp();
    node().lie(async (call, ask) => {
      const answer = await ask(call);
      if (call.method !== "eth_getLogs" || "error" in answer) return answer;
      const logs = answer.result as { topics: string[] }[];
      return { result: logs.map((log) => (log.topics[1] === odd.id ? { ...log, data: "0x1234" } : log)) };
    });
    await world().pay(odd);
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    node().lie(undefined);
    equal((await world().rows("SELECT height FROM chain_log WHERE state = 'quarantined'")).length, 1);
    equal((await world().row(odd)).state, "pending");
    deepEqual(
      (await reconcile(world().house)).differences.map(({ what }) => what),
      ["fold", "orders", "ledger", "ledger"],
    );
  });
});
