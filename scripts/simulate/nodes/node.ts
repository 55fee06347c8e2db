import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Branch, tipOf } from "../chain/blocks.ts";
import type { SimulatedChain } from "../chain/chain.ts";
import type { Draw } from "../draw.ts";
import { type Delivery, type RpcAnswer, type RpcCall, trueAnswer, type View } from "./answers.ts";
import { sendIn } from "./http.ts";
import { distorted, HTTP_MOODS, type HttpMood, type Mood, refusal } from "./moods.ts";

/** Where a node stands: at the tip, so many blocks behind it, where it was, or behind one URL with a second one. */
export type Stance =
  | { readonly kind: "live" }
  | { readonly kind: "behind"; readonly blocks: number }
  | { readonly kind: "stuck" }
  | { readonly kind: "balanced"; readonly behind: number };

/** A node over real HTTP that answers from the tree of blocks as its stance and its mood have it. */
export interface FakeNode {
  readonly url: string;
  stance(stance: Stance): void;
  /** How it behaves in so many of its answers; undefined: it is true. */
  mood(mood: Mood | undefined, often?: number): void;
  currentMood(): Mood | undefined;
  /** What becomes of transactions that it is given. */
  deliveries(of: (() => Delivery | "answer_lost") | undefined): void;
  /** Sees what is new, as its stance allows. */
  follow(): void;
  /** Answers that were not true, by mood. */
  readonly met: Map<string, number>;
  stop(): Promise<void>;
}

/** Starts a node. @param hasReceipts whether it gives all receipts of a block at once */
export async function startNode(chain: SimulatedChain, draw: Draw, hasReceipts: boolean): Promise<FakeNode> {
  let stance: Stance = { kind: "live" };
  let mood: Mood | undefined;
  let often = 1;
  let delivery: (() => Delivery | "answer_lost") | undefined;
  let view: View = seenAt(chain.branch(), 0);
  let other: View = view;
  const met = new Map<string, number>();
  const count = (what: string) => met.set(what, (met.get(what) ?? 0) + 1);

  const answerOne = async (call: RpcCall, at: View, active: Mood | undefined): Promise<RpcAnswer> => {
    if (call.method === "eth_getBlockReceipts" && !hasReceipts)
      return { error: { code: -32_601, message: "the method eth_getBlockReceipts does not exist/is not available" } };
    const refused = active && refusal(active, call, at.height, draw);
    if (refused) return refused;
    const answer = await trueAnswer(chain, at, call, () => {
      const what = delivery?.() ?? "pooled";
      count(`sent_${what}`);
      return what === "answer_lost" ? "pooled" : what;
    });
    return active ? distorted(active, call, answer, draw) : answer;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked: unknown = JSON.parse(await text(request));
    const calls = (Array.isArray(asked) ? asked : [asked]) as RpcCall[];
    const active = mood !== undefined && draw.chance(often) ? mood : undefined;
    if (active) count(active);
    const at = stance.kind === "balanced" && draw.chance(0.5) ? other : view;
    const body = async () => {
      const answers: unknown[] = [];
      for (const call of calls) answers.push({ jsonrpc: "2.0", id: call.id, ...(await answerOne(call, at, active)) });
      return JSON.stringify(Array.isArray(asked) ? answers : answers[0]);
    };
    const http = isHttp(active) ? active : undefined;
    const losesAnswer =
      calls.some(({ method }) => method === "eth_sendRawTransaction") && delivery?.() === "answer_lost";
    if (losesAnswer) {
      await body();
      response.socket?.resetAndDestroy();
    } else await sendIn(http, response, body, draw);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the node listens nowhere");
  return {
    url: `http://127.0.0.1:${address.port}`,
    met,
    stance: (given) => {
      stance = given;
    },
    mood: (given, rate = 1) => {
      mood = given;
      often = rate;
    },
    currentMood: () => mood,
    deliveries: (given) => {
      delivery = given;
    },
    follow: () => {
      if (stance.kind === "stuck") return;
      if (stance.kind === "balanced") other = seenAt(view.branch, stance.behind);
      view = seenAt(chain.branch(), stance.kind === "behind" ? stance.blocks : 0);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const isHttp = (mood: Mood | undefined): mood is HttpMood => (HTTP_MOODS as readonly string[]).includes(mood ?? "");

const seenAt = (branch: Branch, behind: number): View => ({
  branch,
  height: Math.max(0, tipOf(branch).height - behind),
});

async function text(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
