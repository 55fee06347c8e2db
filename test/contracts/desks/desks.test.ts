import { equal, notEqual, ok } from "node:assert/strict";
import { FunctionFragment, id } from "ethers";
import hre from "hardhat";
import { DESKS, deployEscrow } from "../../../scripts/support/deployEscrow.ts";

const UNKNOWN = id("UnknownFunction(bytes4)").slice(0, 10);

/** What the contract answers to bare bytes: what it reverts with, or nothing where it does not. */
async function fresh() {
  const { ethers } = await hre.network.create();
  const escrow = await deployEscrow(ethers);
  const to = await escrow.getAddress();
  const refusal = async (data: string): Promise<string> => {
    try {
      await ethers.provider.call({ to, data });
      return "";
    } catch (error) {
      return (error as { data?: string }).data ?? "";
    }
  };
  const face = escrow.interface.fragments.filter((fragment) => FunctionFragment.isFragment(fragment));
  return { ethers, to, refusal, face };
}

describe("the escrow and its desks", () => {
  it("answer every function of their face", async () => {
    const { refusal, face } = await fresh();
    ok(face.length > 50, "the face is there");
    for (const { name, selector } of face) {
      const answer = await refusal(selector + "00".repeat(32 * 40));
      notEqual(answer.slice(0, 10), UNKNOWN, name);
    }
  });

  it("refuse any other selector by name", async () => {
    const { refusal, face } = await fresh();
    const known = new Set(face.map(({ selector }) => selector));
    for (let i = 0; i < 100; i++) {
      const selector = id(`nothing ${i}`).slice(0, 10);
      if (known.has(selector)) continue;
      equal(await refusal(selector), UNKNOWN + selector.slice(2).padEnd(64, "0"));
    }
  });

  it("give no selector to two of them", async () => {
    const owners = new Map<string, string>();
    for (const contract of ["SettlementEscrow", ...DESKS]) {
      const { abi } = await hre.artifacts.readArtifact(contract);
      const functions = abi.filter(({ type }) => type === "function").map((item) => FunctionFragment.from(item));
      for (const { name, selector } of functions) {
        equal(owners.get(selector), undefined, `${name} in ${contract}`);
        owners.set(selector, contract);
      }
    }
    const { face } = await fresh();
    equal(owners.size, face.length, "and the face has them all");
  });

  it("fit into a contract each", async () => {
    for (const contract of ["SettlementEscrow", ...DESKS]) {
      const { deployedBytecode } = await hre.artifacts.readArtifact(contract);
      const bytes = (deployedBytecode.length - 2) / 2;
      ok(bytes <= 24_576, `${contract} has ${bytes} bytes`);
    }
  });
});
