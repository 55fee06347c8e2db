import type { Latency, Outcome } from "../audit/report.ts";
import { interruptible } from "../support/interruptible.ts";
import type { Narrator } from "../support/narrator.ts";
import { duringRelay, duringRequest } from "./chapters/crashes.ts";
import { byAllowance, byEther, bySignature } from "./chapters/paying.ts";
import { paymentIsDropped, paymentMoves } from "./chapters/reorgs.ts";
import { partlyCaptured, partlyRefunded, voided } from "./chapters/returning.ts";
import { rushHour } from "./chapters/rushHour.ts";
import { captureTimePasses, releaseTimePasses } from "./chapters/time.ts";
import { withdrawals } from "./chapters/withdrawals.ts";
import { count } from "./count.ts";
import { createWorld, type DemoOptions, type World } from "./world.ts";

/**
 * Tells the whole story on a chain, a database and ports of its own, and counts the money at the end.
 * @throws when something in the story does not come in time; differences are in the result
 */
export async function runDemo(options: DemoOptions, say: Narrator): Promise<Outcome> {
  const world = await createWorld(options, say);
  return interruptible(async () => count(world, await tell(world)), world.stack.stop);
}

/** The chapters. Time passes last, for nothing can be paid by older terms afterwards. */
async function tell(world: World): Promise<Latency> {
  await bySignature(world);
  const unconfirmed = await byAllowance(world);
  await byEther(world);
  await voided(world);
  const sentInPart = await partlyCaptured(world);
  await partlyRefunded(world);
  await paymentMoves(world);
  await paymentIsDropped(world);
  await duringRelay(world);
  await duringRequest(world);
  const { latency, orders: abandoned } = await rushHour(world);
  await releaseTimePasses(world, [unconfirmed, sentInPart]);
  await captureTimePasses(world, sentInPart, abandoned);
  await withdrawals(world);
  return latency;
}
