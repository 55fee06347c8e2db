import { equal, match, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { localAccount } from "../../scripts/client/accounts.ts";
import { sender } from "../../scripts/client/http.ts";
import { addAddress, awaitPayment, type Bought, buy, signPayment, submitPayment } from "../../scripts/client/orders.ts";
import { type Session, signIn } from "../../scripts/client/session.ts";
import { until } from "../../scripts/client/until.ts";
import { freePort, isFree } from "../../scripts/start/ports.ts";

interface List {
  total: number;
  data: { id: string; name: string }[];
}

describe("npm start", function () {
  this.timeout(300_000);
  let folder = "";
  let ports = { PORT: "", CHAIN_PORT: "" };
  let running: ChildProcess | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-start-"));
    ports = { PORT: `${await freePort()}`, CHAIN_PORT: `${await freePort()}` };
  });
  after(async () => {
    running?.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  const begin = async (...options: string[]) => {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", "--data", folder, ...options], {
      env: { ...process.env, ...ports },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        said += String(chunk);
      });
    }
    await until("npm start to be up", () => {
      if (child.exitCode !== null) throw new Error(said);
      return said.includes("Ctrl-C stops all of it");
    });
    return said;
  };
  const end = async () => {
    const child = running;
    if (!child) throw new Error("nothing runs");
    const exit = once(child, "exit");
    const asked = performance.now();
    child.kill("SIGINT");
    equal((await exit)[0], 0);
    ok(performance.now() - asked < 6_000, "Ctrl-C took too long");
    for (const port of Object.values(ports)) ok(await isFree(Number(port), "127.0.0.1"), `${port} is still taken`);
  };
  const send = () => sender(`http://localhost:${ports.PORT}`);
  const shopper = () => signIn(send(), localAccount(8));

  it("comes up with a small shop, stops at Ctrl-C, goes on where it stopped, and begins anew with --fresh", async () => {
    const said = await begin();
    match(said, new RegExp(localAccount(8).address));
    const first = await shopper();
    const order = await payForAMug(first);
    await end();

    await begin();
    const again = await shopper();
    equal(again.userId, first.userId);
    await awaitPayment({ ...order, shopper: again }, "still paid", ({ state }) => state === "authorized");
    equal((await goods()).total, 8);
    await end();

    await begin("--fresh");
    equal((await (await shopper()).send<List>("GET", "/orders")).total, 0);
    equal((await goods()).total, 8);
    await end();
  });

  const goods = () => send()<List>("GET", "/goods?channel=web");

  /** Checks out and pays by a signature, with the wallet and the goods that are printed. */
  async function payForAMug(session: Session): Promise<Bought> {
    const mug = (await goods()).data.find(({ name }) => name === "Blue mug");
    const [order] = await buy(session, {
      lines: [{ goodId: mug?.id ?? "", count: 1 }],
      channel: "web",
      method: "escrow_erc3009",
      expressType: "standard",
      addressId: await addAddress(session, "Somebody"),
    });
    if (!order) throw new Error("there is no order");
    await submitPayment(order, await signPayment(order));
    await awaitPayment(order, "paid", ({ state }) => state === "authorized");
    return order;
  }

  it("says which port is taken and how to choose another one", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const PORT = String((other.address() as AddressInfo).port);
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", "--data", folder], {
      env: { ...process.env, ...ports, PORT },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [[code], complaint] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    other.close();
    equal(code, 1);
    match(complaint, new RegExp(`Port ${PORT}.*PORT=\\d+ npm start`));
  });
});
