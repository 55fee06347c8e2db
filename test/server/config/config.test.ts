import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadConfiguration, readConfig } from "../../../server/config.ts";
import { wallet } from "../../support/wallets.ts";

/** The first key of the development phrase that everybody knows. */
const PUBLIC_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

describe("the configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-config-"));
  after(() => rmSync(folder, { recursive: true }));

  const book = (chainId: number): string => {
    const file = join(folder, `${chainId}.json`);
    const zero = "0x0000000000000000000000000000000000000000";
    const token = { address: zero, symbol: "ETH", decimals: 18, currency: "USD", rate_num: "1", rate_den: "1" };
    const place = { chainId, genesisHash: `0x${"11".repeat(32)}`, escrow: wallet(1).address, startBlock: 0 };
    writeFileSync(file, JSON.stringify({ ...place, tokens: [token] }));
    return file;
  };
  const environment = (changes: Record<string, string | undefined> = {}) => ({
    JWT_SECRET: "x".repeat(32),
    RPC_URLS: "http://127.0.0.1:8545, http://127.0.0.1:8546",
    ADDRESS_BOOK: book(31_337),
    OPERATOR_KEY: PUBLIC_KEY,
    PLATFORM_PAYEE: wallet(2).address,
    EXPRESS_TYPES: JSON.stringify([
      { code: "standard", name: "Standard", currency: "USD", freight_minor: 500, carrier: wallet(3).address },
    ]),
    ...changes,
  });
  const refused = (changes: Record<string, string | undefined>, what: RegExp) =>
    assert.throws(
      () => readConfig(environment(changes)),
      (error: unknown) => error instanceof BadConfiguration && what.test(error.message),
    );

  it("is one typed object with sensible defaults", () => {
    const { chain, databaseUrl, limits, settlement } = readConfig(environment());
    assert.deepEqual(chain.rpcUrls, ["http://127.0.0.1:8545", "http://127.0.0.1:8546"]);
    assert.deepEqual(chain.finality, { source: "depth", depth: 12 });
    assert.equal(chain.tokens[0]?.rateNum, 1n);
    assert.equal(databaseUrl, "sqlite:data/tributary.sqlite");
    assert.deepEqual(Object.keys(limits), ["auth", "reads", "writes"]);
    assert.equal(settlement.releaseDelayS, 7 * 86_400);
  });

  it("knows mail servers and folders, and how often a password may be wrong", () => {
    const mail = (MAIL_URL?: string) => readConfig(environment({ MAIL_URL })).mail;
    const from = "Tributary <no-reply@localhost>";
    assert.deepEqual(mail(), { from, kind: "outbox", folder: "data/outbox" });
    const server = { from, kind: "smtp", host: "mail.example.com" };
    assert.deepEqual(mail("smtp://mail.example.com"), { ...server, port: 587, secure: false, auth: undefined });
    const auth = { user: "shop@example.com", pass: "p:s/s" };
    assert.deepEqual(mail("smtps://shop%40example.com:p%3As%2Fs@mail.example.com:2465"), {
      ...{ ...server, port: 2_465, secure: true, auth },
    });
    assert.deepEqual(readConfig(environment()).loginAttempts, { account: 10, network: 100 });
    const elsewhere = { ADDRESS_BOOK: book(1), OPERATOR_KEY: `0x${"a1".repeat(32)}` };
    refused(elsewhere, /MAIL_URL: is not set/);
    assert.equal(readConfig(environment({ ...elsewhere, MAIL_URL: "outbox:mails" })).mail.kind, "outbox");
    refused({ MAIL_URL: "http://mail.example.com" }, /MAIL_URL: must begin with smtp/);
    refused({ MAIL_URL: "smtp://:25" }, /MAIL_URL/);
    refused({ MAIL_URL: "smtp://a%ZZ:b@mail.example.com" }, /MAIL_URL/);
    for (const wrong of ["nobody", "A <a@b>, C <c@d>", "A <a@b>\nBcc: c@d"])
      refused({ MAIL_FROM: wrong }, /MAIL_FROM: must be/);
    refused({ LOGIN_ATTEMPTS: '{"account": 0}' }, /LOGIN_ATTEMPTS\.account/);
  });

  it("names every variable that is missing or wrong", () => {
    refused({ JWT_SECRET: undefined }, /JWT_SECRET: is not set/);
    refused({ JWT_SECRET: "short" }, /JWT_SECRET: must have at least 32/);
    refused({ PORT: "70000", POLL_MS: "fast" }, /PORT: .*\n {2}POLL_MS: /);
    refused({ DATABASE_URL: "mysql://here" }, /DATABASE_URL: must begin with sqlite: or postgres/);
    refused({ ADDRESS_BOOK: join(folder, "none.json") }, /ADDRESS_BOOK: there is no file/);
    refused({ EXPRESS_TYPES: "[{" }, /EXPRESS_TYPES: is not JSON/);
    refused({ EXPRESS_TYPES: "[]" }, /EXPRESS_TYPES/);
    refused({ RATE_LIMITS: '{"reads": 0}' }, /RATE_LIMITS\.reads/);
    refused({ RATE_LIMITS: '{"read": 10}' }, /RATE_LIMITS/);
    refused({ FINALITY: "soon" }, /FINALITY/);
  });

  it("refuses payees nobody can withdraw from, and addresses with a wrong checksum", () => {
    refused({ PLATFORM_PAYEE: "0x0000000000000000000000000000000000000000" }, /PLATFORM_PAYEE: must not be the zero/);
    const swapped = wallet(2).address.replaceAll(/[a-fA-F]/g, (c) =>
      c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase(),
    );
    refused({ PLATFORM_PAYEE: swapped.replace("0X", "0x") }, /PLATFORM_PAYEE: is no address with a right checksum/);
  });

  it("takes a public development key on the local chain only", () => {
    assert.equal(readConfig(environment()).chain.operator, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    refused({ ADDRESS_BOOK: book(1) }, /OPERATOR_KEY: is a public development key/);
  });

  describe("of several chains", () => {
    const own = `0x${"a1".repeat(32)}`;
    const two = (changes: Record<string, string | undefined> = {}) => ({
      ...{ ADDRESS_BOOK: `${book(31_337)}, ${book(31_338)}`, MAIL_URL: "outbox:mails", OPERATOR_KEY: own },
      ...{ RPC_URLS_31338: "http://127.0.0.1:9545", ...changes },
    });

    it("has the first book's chain as the usual one, and every chain in the order of the books", () => {
      const { chain, chains } = readConfig(environment(two()));
      assert.equal(chain, chains[0]);
      assert.deepEqual(
        chains.map(({ id, rpcUrls }) => [id, rpcUrls]),
        [
          [31_337, ["http://127.0.0.1:8545", "http://127.0.0.1:8546"]],
          [31_338, ["http://127.0.0.1:9545"]],
        ],
      );
    });

    it("takes what is not said of another chain from the first, and what is said from its own name", () => {
      const said = { CONFIRMATIONS: "3", POLL_MS: "500", POLL_MS_31338: "2000", FINALITY_31338: "tag" };
      const [first, second] = readConfig(environment(two(said))).chains;
      assert.deepEqual([first?.confirmations, second?.confirmations], [3, 3]);
      assert.deepEqual([first?.pollMs, second?.pollMs], [500, 2_000]);
      assert.deepEqual(first?.finality, { source: "depth", depth: 12 });
      assert.deepEqual(second?.finality, { source: "tag" });
      assert.equal(first?.operator, second?.operator);
      const key = readConfig(environment(two({ OPERATOR_KEY_31338: `0x${"b2".repeat(32)}` })));
      assert.notEqual(key.chains[0]?.operator, key.chains[1]?.operator);
    });

    it("refuses a chain without nodes, two books of one chain, and settings of a chain that has no book", () => {
      refused(two({ RPC_URLS_31338: undefined }), /RPC_URLS_31338: is not set/);
      refused(two({ POLL_MS_31338: "fast" }), /POLL_MS_31338: /);
      const same = join(folder, "same.json");
      copyFileSync(book(31_337), same);
      refused({ ADDRESS_BOOK: `${book(31_337)},${same}` }, /31337\.json and .*same\.json are both of chain 31337/);
      refused({ RPC_URLS_5: "http://127.0.0.1:1" }, /RPC_URLS_5: ADDRESS_BOOK names no book of chain 5/);
      refused(two({ POLL_MS_31337: "100" }), /POLL_MS_31337: chain 31337 is the first of ADDRESS_BOOK; say POLL_MS/);
      refused({ ADDRESS_BOOK: " , " }, /ADDRESS_BOOK: names no file/);
    });

    it("takes a public development key on no chain but the local one, and no silent outbox for mails", () => {
      refused(two({ OPERATOR_KEY: PUBLIC_KEY }), /OPERATOR_KEY: is a public development key, and chain 31338/);
      refused(two({ OPERATOR_KEY_31338: PUBLIC_KEY }), /OPERATOR_KEY_31338: is a public development key/);
      refused(two({ MAIL_URL: undefined }), /MAIL_URL: is not set/);
    });
  });
});
