import { equal, ok } from "node:assert/strict";
import { system } from "../../server/core/db/context.ts";
import { Task } from "../../server/core/taskTable.ts";
import { sendMail, startMail } from "../../server/modules/mail/index.ts";
import { SetClock } from "../server/accounts/clock.ts";
import { startMailServer } from "../server/mail/mailServer.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { testHouse } from "../support/house.ts";
import { makeWorld } from "./support/world.ts";

const TEST = system("test");
const HOUR_MS = 3_600_000;
const clock = new SetClock();

onBothDatabases(
  (db) => {
    let chain: TestChain;
    before(async () => {
      clock.at = Date.now();
      chain = await startTestChain();
    });
    after(async () => {
      await chain?.stop();
    });

    const mailTo = (url: string) => startMail(testHouse(db.database(), { clock, env: { MAIL_URL: url } }));
    const send = (to: string) =>
      db
        .database()
        .write(TEST, (ctx) =>
          sendMail(ctx, { to, language: "en", letter: "wallet_linked", values: { wallet: "0xabc" }, key: to }),
        );
    const task = (to: string) =>
      db.database().read(TEST, (ctx) => ctx.db.findOneByOrFail(Task, { key: `mail.send:${to}` }));

    it("a mail server that takes the call and says nothing: the chain is followed as ever", async () => {
      const silent = await startMailServer({ onConnect: () => undefined });
      const mailer = mailTo(silent.url);
      const world = await makeWorld(db.database(), chain);
      const running = world.start();
      for (let n = 0; n < 20; n += 1) await send(`slow${n}@example.com`);
      await eventually(async () => (await task("slow0@example.com")).attempts === 1);
      const order = await world.issue();
      await world.sign(order);
      await eventually(async () => (await world.state(order)) === "confirmed");
      equal((await task("slow0@example.com")).doneAt, null);
      ok((await task("slow0@example.com")).lockedUntil !== null, "the mail is still on its way");
      await running.stop();
      await mailer.stop();
      await silent.stop();
      await db.database().write(TEST, (ctx) => ctx.db.query("DELETE FROM task"));
    });

    it("a mail server that is away for most of a day, and we for a while: the mail goes, once", async () => {
      let away = true;
      const busy = Object.assign(new Error("come back later"), { responseCode: 451 });
      const server = await startMailServer({ onMailFrom: (_, __, done) => done(away ? busy : undefined) });
      let mailer = mailTo(server.url);
      await send("ada@example.com");
      for (let hour = 1; hour <= 23; hour += 1) {
        const { runAt, attempts } = await eventually(async () => {
          const now = await task("ada@example.com");
          return now.attempts >= hour && now.lockedUntil === null && now.runAt > clock.at && now;
        });
        ok(runAt - clock.at <= HOUR_MS / 4, `attempt ${attempts} waits for ${runAt - clock.at} ms`);
        clock.at += HOUR_MS;
        if (hour !== 12) continue;
        await mailer.stop();
        mailer = mailTo(server.url);
      }
      away = false;
      await eventually(async () => (await task("ada@example.com")).doneAt !== null);
      equal(server.received.length, 1);
      await mailer.stop();
      await server.stop();
    }).timeout(120_000);
  },
  { clock },
);
