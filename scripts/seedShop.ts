import type { Address, LocalAccount } from "viem";
import type { HDAccount } from "viem/accounts";
import { testUsdAbi } from "../server/protocol/abi.ts";
import { localAccount } from "./client/accounts.ts";
import { balanceOf, type ChainClient, mined } from "./client/chain.ts";
import type { Send } from "./client/http.ts";
import { signIn } from "./client/session.ts";
import { haveChannel, haveGood, haveSeller } from "./client/shop.ts";
import type { AddressBook } from "./deploy/index.ts";

/** Where there is something to be seeded: a server, and the local chain it follows. */
export interface SeedPlace {
  readonly send: Send;
  readonly chain: ChainClient;
  readonly book: AddressBook;
}

/** What is there now. */
export interface SeededShop {
  /** The channel's code. */
  readonly channel: string;
  readonly goods: number;
  /** Two wallets with ETH and TestUSD. */
  readonly shoppers: readonly HDAccount[];
}

const STAFF = localAccount(2);
const CHANNEL_PAYEE = localAccount(5);
const SHOPPERS = [localAccount(8), localAccount(9)];
/** Base units a shopper shall have: 10,000 TUSD. */
const POCKET_MONEY = 10_000_000_000n;

const SELLERS = [
  {
    name: "North Pottery",
    owner: localAccount(6),
    goods: [
      { name: "Blue mug", description: "Stoneware, 300 ml, glazed by hand.", price: 1_850, stock: 40 },
      { name: "Breakfast bowl", description: "Stoneware, 600 ml.", price: 2_400, stock: 25 },
      { name: "Tea pot", description: "One litre, with a strainer of steel.", price: 6_900, stock: 8 },
      { name: "Egg cup", description: "For one egg.", price: 750, stock: 100 },
    ],
  },
  {
    name: "Harbour Books",
    owner: localAccount(7),
    goods: [
      { name: "Atlas of rivers", description: "240 pages, with a map of every tributary.", price: 4_800, stock: 12 },
      { name: "Notebook", description: "Dotted, 160 pages, opens flat.", price: 1_200, stock: 200 },
      { name: "Pencil", description: "Cedar, HB.", price: 190, stock: 1_000 },
      { name: "Reading lamp", description: "Clips onto a page; charges over USB-C.", price: 3_300, stock: 15 },
    ],
  },
];

/** Makes a small shop and gives two shoppers money. A second time nothing is done again. */
export async function seedShop({ send, chain, book }: SeedPlace): Promise<SeededShop> {
  const code = "web";
  const staff = await signIn(send, STAFF);
  const channel = { name: "Web shop", currency: "USD", payee: CHANNEL_PAYEE.address, commissionPpm: 50_000 };
  const id = await haveChannel(staff, { code, ...channel });
  let goods = 0;
  for (const { name, owner, goods: plans } of SELLERS) {
    const seller = await haveSeller(await signIn(send, owner), name);
    for (const plan of plans) await haveGood(seller, { id, code }, plan);
    goods += plans.length;
  }
  const testUsd = book.tokens.find(({ symbol }) => symbol === "TUSD")?.address;
  if (testUsd) for (const shopper of SHOPPERS) await fill(chain, testUsd as Address, shopper);
  return { channel: code, goods, shoppers: SHOPPERS };
}

/** Mints what a wallet lacks. */
async function fill(chain: ChainClient, token: Address, account: LocalAccount): Promise<void> {
  const missing = POCKET_MONEY - (await balanceOf(chain, token, account.address));
  if (missing > 0n) await mint(chain, token, account, account.address, missing);
}

/** Makes TestUSD out of nothing. @param by pays the gas; anyone may @param amount base units */
export async function mint(chain: ChainClient, token: Address, by: LocalAccount, to: Address, amount: bigint) {
  const call = { address: token, abi: testUsdAbi, functionName: "mint", args: [to, amount] } as const;
  await mined(chain, await chain.writeContract({ ...call, account: by, chain: chain.chain }));
}
