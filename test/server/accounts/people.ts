import assert from "node:assert/strict";
import type { House } from "../../../server/core/house.ts";
import { startWorkers } from "../../../server/core/tasks.ts";
import { accountHandlers } from "../../../server/modules/accounts/index.ts";
import { type Mail, startMail } from "../../../server/modules/mail/index.ts";
import type { TestDatabase } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { type TestHouseOptions, testHouse } from "../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer, type Tokens } from "../../support/http.ts";

/** A password that nobody minds. */
export const GOOD = "seven green lanterns";

export type Failure = { code?: string; detail?: string };

/** A house where people register and read their mail. */
export class People {
  readonly house: House;
  readonly server: TestServer;
  readonly mails: Mail[];
  readonly #stop: () => Promise<void>;

  private constructor(house: House, server: TestServer, mails: Mail[], stop: () => Promise<void>) {
    this.house = house;
    this.server = server;
    this.mails = mails;
    this.#stop = stop;
  }

  static async open(db: TestDatabase, options: TestHouseOptions = {}): Promise<People> {
    const house = testHouse(db.database(), options);
    const server = await startTestServer(house);
    const mails: Mail[] = [];
    const mailer = startMail(house, { send: async (mail) => void mails.push(mail) });
    const handlers = accountHandlers(house);
    const workers = startWorkers({ db: house.db, log: house.log, now: () => house.clock.now(), handlers });
    return new People(house, server, mails, async () => {
      await Promise.all([mailer.stop(), workers.stop()]);
      await server.stop();
    });
  }

  stop = (): Promise<void> => this.#stop();

  register = (username: string, details: object = {}) =>
    this.server.client.post<Tokens["user"] & Failure>("/api/v1/register", {
      username,
      password: GOOD,
      email: `${username}@example.com`,
      ...details,
    });

  login = (username: string, password = GOOD) =>
    this.server.client.post<Tokens & Failure>("/api/v1/login", { username, password });

  /** Registers somebody and signs them in. */
  async join(username: string, details: object = {}): Promise<SignedInClient> {
    assert.equal((await this.register(username, details)).status, 201);
    return this.enter(username);
  }

  /** The same, with the address verified. */
  async joinVerified(username: string, details: object = {}): Promise<SignedInClient> {
    const joined = await this.join(username, details);
    const token = await this.code(`${username}@example.com`, /confirm/i);
    assert.equal((await this.verify(token)).status, 204);
    return joined;
  }

  async enter(username: string, password = GOOD): Promise<SignedInClient> {
    const { status, body } = await this.login(username, password);
    assert.equal(status, 200, JSON.stringify(body));
    return { client: this.server.client.as(body.access_token), tokens: body, userId: body.user.id };
  }

  verify = (token: string) => this.server.client.post<Failure>("/api/v1/email/verify", { token });
  forgot = (email: string) => this.server.client.post<Failure>("/api/v1/password/forgot", { email });
  reset = (token: string, password: string) =>
    this.server.client.post<Failure>("/api/v1/password/reset", { token, password });

  /** The newest letter to somebody about something, once it has come. */
  letter = (to: string, subject: RegExp): Promise<Mail> => eventually(() => this.lettersTo(to, subject).at(-1));

  lettersTo = (to: string, subject = /./): Mail[] =>
    this.mails.filter((mail) => mail.to === to && subject.test(mail.subject));

  /** The code in such a letter. */
  async code(to: string, subject: RegExp): Promise<string> {
    const { text } = await this.letter(to, subject);
    const code = /^[\w-]{43}$/m.exec(text)?.[0];
    assert.ok(code, text);
    return code;
  }

  /** Waits until every task written so far has been done, so that what has not come will not come. */
  async quiet(): Promise<void> {
    const { db, clock } = this.house;
    await eventually(() =>
      db.read({ kind: "system", name: "test" }, async (ctx) => {
        const open = await ctx.db.query(
          `SELECT count(*) AS n FROM task WHERE done_at IS NULL AND run_at <= ${clock.now()}`,
        );
        return Number(open[0].n) === 0;
      }),
    );
  }
}
