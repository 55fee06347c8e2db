import assert from "node:assert/strict";
import { notificationRoutes } from "../../../server/api/notifications/routes.ts";
import { system } from "../../../server/core/db/context.ts";
import { notify } from "../../../server/modules/notifications/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";

type List = {
  total: number;
  next_cursor: string | null;
  data: { id: string; kind: string; payload: { n: number } }[];
};

onBothDatabases((db) => {
  let server: TestServer;
  let ada: SignedInClient;
  let bob: SignedInClient;

  before(async () => {
    const house = testHouse(db.database());
    server = await startTestServer(house, (its) => [notificationRoutes(its)]);
    ada = await server.signIn(wallet(1));
    bob = await server.signIn(wallet(2));
  });
  after(() => server.stop());

  const tell = (userId: string, n: number) =>
    db.database().write(system("test"), (ctx) => notify(ctx, userId, "order.paid", { n }));
  const list = async (who: SignedInClient, query = "") =>
    (await who.client.get<List>(`/api/v1/notifications${query}`)).body;

  it("tells a user, and nobody else", async () => {
    await tell(ada.userId, 1);
    await tell(ada.userId, 2);
    const seen = await list(ada);
    assert.deepEqual(
      seen.data.map(({ payload }) => payload.n),
      [2, 1],
    );
    assert.equal((await list(bob)).total, 0);
  });

  it("tells nothing of a change that does not stand", async () => {
    const failing = db.database().write(system("test"), async (ctx) => {
      await notify(ctx, bob.userId, "order.shipped", { n: 9 });
      throw new Error("the change failed");
    });
    await assert.rejects(failing, /the change failed/);
    assert.equal((await list(bob)).total, 0);
  });

  it("lists newest first, with a cursor", async () => {
    for (const n of [3, 4, 5]) await tell(ada.userId, n);
    const shown: number[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page += 1) {
      const { data, next_cursor } = await list(ada, `?per_page=2${cursor}`);
      shown.push(...data.map(({ payload }) => payload.n));
      cursor = `&cursor=${next_cursor}`;
    }
    assert.deepEqual(shown, [5, 4, 3, 2, 1]);
  });

  it("refuses a cursor that is none of this list's", async () => {
    for (const cursor of [
      "x",
      "bnVsbA",
      Buffer.from('["a"]').toString("base64url"),
      Buffer.from("[1,2]").toString("base64url"),
    ]) {
      const { status, body } = await ada.client.get(`/api/v1/notifications?cursor=${cursor}`);
      assert.deepEqual([status, body.code], [400, "cursor_invalid"], cursor);
    }
  });
});
