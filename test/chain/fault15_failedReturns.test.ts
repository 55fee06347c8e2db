import { deepEqual, equal, ok } from "node:assert/strict";
import { NotYet } from "../../server/core/tasks.ts";
import { returnException } from "../../server/flows/returnException.ts";
import { startJobs } from "../../server/jobs/index.ts";
import { voidCall } from "../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../server/protocol/terms.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openPaymentEnds, type PaymentEnds } from "./support/paymentEnds.ts";
import { merchant } from "./support/world.ts";

onBothDatabases((db) => {
  let ends: PaymentEnds;
  before(async () => {
    ends = await openPaymentEnds(db.database());
  });
  after(() => ends?.stop());

  describe("when the operator's transaction fails", () => {
    const refuseVoid = (terms: Terms) => {
      const { data } = voidCall(ends.domain(), terms, terms.amount, terms.amount);
      const refused = { error: { code: 3, message: "execution reverted", data: "0x" } };
      ends.node.lie(async (call, ask) =>
        call.method === "eth_estimateGas" && JSON.stringify(call.params).includes(data) ? refused : ask(call),
      );
    };
    const failed = (terms: Terms) =>
      eventually(async () => {
        const query = `SELECT t.state FROM chain_transaction t JOIN chain_errand e ON e.transaction_id = t.id
          WHERE e.purpose LIKE :id AND t.state = 'failed'`;
        return (await ends.world.rows(query, { id: `%${termsHash(ends.domain(), terms)}%` })).length > 0;
      });
    afterEach(() => ends.node.lie(undefined));

    it("it is asked again, until the money is back", async () => {
      const order = await ends.world.issue();
      const terms = { ...order.terms, amount: 11n };
      refuseVoid(terms);
      await ends.authorize(terms);
      const { id } = await ends.become(terms, "returning");
      await failed(terms);
      ends.node.lie(undefined);
      equal(await returnException(ends.world.house, id, 1), "asked");
      const back = await ends.become(terms, "returned");
      ok((await ends.trail(back)).join().endsWith("asked_again,returned"));
      equal(await returnException(ends.world.house, id, 2), "not_needed");
    });

    it("for more than a day: its payer is told how to have it, and it may still go back", async () => {
      const order = await ends.world.issue();
      const terms = { ...order.terms, amount: 12n };
      refuseVoid(terms);
      await ends.authorize(terms);
      const { id } = await ends.become(terms, "returning");
      await failed(terms);
      equal(await returnException(ends.world.house, id, 15), "left");
      deepEqual(
        (await ends.told(await ends.become(terms, "left_to_payer"))).map(({ state }) => state),
        ["returning", "left_to_payer"],
      );
      equal(await returnException(ends.world.house, id, 16), "not_needed");
      ends.node.lie(undefined);
      await ends.together([merchant, voidCall(ends.domain(), terms, 12n, 12n)]);
      await ends.become(terms, "returned");
    });

    it("somebody looks after it, each time later", async () => {
      const order = await ends.world.issue();
      const terms = { ...order.terms, amount: 13n };
      refuseVoid(terms);
      await ends.authorize(terms);
      const { id } = await ends.become(terms, "returning");
      const [task] = await ends.world.rows<{ payload: string }>(
        "SELECT payload FROM task WHERE kind = 'payment.return' AND payload LIKE :id",
        { id: `%${id}%` },
      );
      const jobs = startJobs(ends.world.house);
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
      ends.node.lie(undefined);
      await eventually(async () => {
        await look(3)?.catch(() => undefined);
        return (await ends.exceptionOf(terms))?.state === "returned";
      });
      await look(4);
      await jobs.stop();
    });
  });
});
