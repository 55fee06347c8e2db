import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { SMTPServerOptions } from "smtp-server";
import { system } from "../../../server/core/db/context.ts";
import { type RunningTask, startWorkers } from "../../../server/core/tasks.ts";
import { Task } from "../../../server/core/taskTable.ts";
import { type Mailing, sendMail, startMail } from "../../../server/modules/mail/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { testHouse } from "../../support/house.ts";
import { SetClock } from "../accounts/clock.ts";
import { type MailServer, startMailServer } from "./mailServer.ts";

const TEST = system("test");
const clock = new SetClock();

onBothDatabases(
  (db) => {
    const closing: (() => Promise<unknown>)[] = [];
    beforeEach(() => {
      clock.at = Date.now();
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    const serve = async (options: SMTPServerOptions = {}, port = 0): Promise<MailServer> => {
      const server = await startMailServer(options, port);
      closing.push(() => server.stop());
      return server;
    };
    /** Starts the mailer towards a server, and keeps what it logs as errors. */
    const mailTo = (url: string) => {
      const logged: string[] = [];
      const sink = new Writable({ write: (line, _, done) => done(void logged.push(String(line))) });
      const log = pino({ level: "error" }, sink);
      const house = testHouse(db.database(), {
        clock,
        log,
        env: { MAIL_URL: url, MAIL_FROM: "Shop <shop@example.com>" },
      });
      const mailer = startMail(house);
      closing.push(() => mailer.stop());
      return { logged, mailer };
    };
    const send = (to: string, more: Partial<Mailing<"wallet_linked">> = {}) =>
      db
        .database()
        .write(TEST, (ctx) =>
          sendMail(ctx, { to, language: "en", letter: "wallet_linked", values: { wallet: "0xabc" }, ...more, key: to }),
        );
    const task = (to: string) =>
      db.database().read(TEST, (ctx) => ctx.db.findOneByOrFail(Task, { key: `mail.send:${to}` }));
    const done = (to: string) => eventually(async () => (await task(to)).doneAt !== null);

    it("is handed to a mail server, as text and as HTML", async () => {
      const server = await serve();
      mailTo(server.url);
      await send("ada@example.com");
      await done("ada@example.com");
      const [mail] = server.received;
      assert.deepEqual([mail?.from, mail?.to], ["shop@example.com", ["ada@example.com"]]);
      assert.match(mail?.text ?? "", /^From: Shop <shop@example\.com>\r$/m);
      assert.match(mail?.text ?? "", /^To: ada@example\.com\r$/m);
      assert.match(mail?.text ?? "", /^Auto-Submitted: auto-generated\r$/m);
      assert.match(
        mail?.text ?? "",
        new RegExp(`^Message-ID: <${(await task("ada@example.com")).id}@example\\.com>\r$`, "m"),
      );
      assert.match(mail?.text ?? "", /Content-Type: text\/plain; charset=utf-8/);
      assert.match(mail?.text ?? "", /Content-Type: text\/html; charset=utf-8/);
      assert.equal(server.received.length, 1);
    });

    it("says who it is where the server asks, in the clear to this machine only", async () => {
      const asked: string[] = [];
      const server = await serve({
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: (auth, _session, answer) => {
          asked.push(`${auth.username}:${auth.password}`);
          answer(null, { user: auth.username });
        },
      });
      mailTo(server.url.replace("smtp://", "smtp://shop%40example.com:p%3Ass@"));
      await send("bob@example.com");
      await done("bob@example.com");
      assert.deepEqual(asked, ["shop@example.com:p:ss"]);
    });

    it("comes again later while the server is away, also after a restart of ours", async () => {
      const server = await serve();
      await server.stop();
      const first = mailTo(server.url);
      await send("carol@example.com");
      await eventually(
        async () =>
          (await task("carol@example.com")).attempts >= 1 && (await task("carol@example.com")).lastError !== null,
      );
      await first.mailer.stop();
      const back = await serve({}, Number(new URL(server.url).port));
      clock.pass(3_600_000);
      mailTo(back.url);
      await done("carol@example.com");
      assert.equal(back.received.length, 1);
    });

    it("comes again when the server says later", async () => {
      let times = 0;
      const server = await serve({
        onRcptTo: (_address, _session, answer) => {
          times += 1;
          answer(times === 1 ? Object.assign(new Error("try later"), { responseCode: 451 }) : null);
        },
      });
      mailTo(server.url);
      await send("dora@example.com");
      await eventually(async () => (await task("dora@example.com")).lastError !== null);
      clock.pass(3_600_000);
      await done("dora@example.com");
      assert.deepEqual([times, server.received.length], [2, 1]);
    });

    it("is given up when the mailbox is refused for good", async () => {
      const server = await serve({
        onRcptTo: (_address, _session, answer) =>
          answer(Object.assign(new Error("no such mailbox"), { responseCode: 550 })),
      });
      const { logged } = mailTo(server.url);
      await send("erin@example.com");
      await done("erin@example.com");
      assert.equal((await task("erin@example.com")).attempts, 1);
      assert.match(logged.join(""), /refused for good/);
    });

    it("is not given up when it is us who are refused", async () => {
      const server = await serve({
        onMailFrom: (_address, _session, answer) =>
          answer(Object.assign(new Error("who are you"), { responseCode: 550 })),
      });
      mailTo(server.url);
      await send("frank@example.com");
      await eventually(async () => (await task("frank@example.com")).lastError !== null);
      assert.equal((await task("frank@example.com")).doneAt, null);
    });

    it("is given up when nobody wants it any more", async () => {
      const server = await serve();
      const { logged } = mailTo(server.url);
      await send("gina@example.com", { until: clock.at - 1 });
      await done("gina@example.com");
      assert.equal(server.received.length, 0);
      assert.match(logged.join(""), /in time/);
    });

    it("holds up no other work while a server is slow, nor the end of the house", async () => {
      const server = await serve({ onConnect: () => undefined });
      const { mailer } = mailTo(server.url);
      for (let n = 0; n < 12; n += 1) await send(`slow${n}@example.com`);
      await eventually(async () => (await task("slow0@example.com")).attempts === 1);
      const ran: unknown[] = [];
      const { log, db: database } = testHouse(db.database());
      const handlers = { other: async (task: RunningTask) => void ran.push(task) };
      const others = startWorkers({ db: database, log, now: () => clock.now(), handlers });
      await database.write(TEST, (ctx) => ctx.emit("other", {}));
      await eventually(() => ran.length === 1);
      await others.stop();
      const startedAt = performance.now();
      await mailer.stop();
      assert.ok(performance.now() - startedAt < 3_000);
      const { lockedUntil, lastError } = await task("slow0@example.com");
      assert.deepEqual([lockedUntil, /closing/.test(lastError ?? "")], [null, true]);
    });
  },
  { clock },
);
