import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import { findKey } from "../../../scripts/deploy/key.ts";
import { type Anvil, describeOnAnvil, startAnvil } from "../../support/anvil.ts";

describe("the key that pays for a deployment", () => {
  const { privateKey: key, address } = Wallet.createRandom();
  const other = Wallet.createRandom().privateKey;
  const keystore = async () => key;

  it("is that of the environment, else that of the keystore", async () => {
    assert.equal(await findKey(1, { env: { DEPLOYER_KEY: other }, keystore }), other);
    assert.equal(await findKey(1, { env: {}, keystore }), key);
    assert.equal(await findKey(1, { env: { DEPLOYER_KEY: "" }, keystore: async () => undefined }), undefined);
    assert.equal(await findKey(1, { env: { DEPLOYER_KEY: ` ${key.slice(2)}\n` }, keystore }), key);
  });

  it("is the public one on the local chain, without a look at the keystore", async () => {
    const local = await findKey(31_337, { env: {}, keystore: () => assert.fail("the keystore was asked") });
    assert.equal(local && new Wallet(local).address, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  });

  describeOnAnvil("in Hardhat's keystore", () => {
    const home = mkdtempSync(join(tmpdir(), "tributary-keystore-"));
    // without whatever says that this is continuous integration, where Hardhat reads no keystore
    const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home };
    const node = (args: readonly string[], input = "") =>
      spawnSync(process.execPath, args, { env, input, encoding: "utf8", timeout: 50_000 });
    let anvil: Anvil;

    before(async () => {
      anvil = await startAnvil("--chain-id", "5151");
    });
    after(async () => {
      await anvil?.stop();
      rmSync(home, { recursive: true });
    });

    it("is found by the command", () => {
      // the store for development keys, which alone asks for no password
      const stored = node(
        ["node_modules/hardhat/dist/src/cli.js", "keystore", "set", "--dev", "DEPLOYER_KEY"],
        `${key}\n`,
      );
      assert.equal(stored.status, 0, stored.stderr);
      const dry = node(["--import", "tsx", "scripts/deploy.ts", "--rpc", anvil.url, "--dry-run"]);
      assert.equal(dry.status, 0, dry.stderr);
      assert.match(dry.stderr, new RegExp(`${address} pays, and has 0 ETH`));
    });
  });
});
