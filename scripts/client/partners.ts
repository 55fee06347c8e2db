import type { Address } from "viem";
import type { PartnerView } from "../../server/api/partners/schema.ts";
import type { JsonOf, Session } from "./session.ts";

/** Somebody who applies as an agent. */
export interface AgentPlan {
  readonly name: string;
  /** What orders name the agent by. */
  readonly code: string;
  readonly payee: Address;
  /** Of each sale the agent referred, as the staff sets it. */
  readonly commissionPpm: number;
}

/** Applies as an agent, whom the staff approves. @returns its code, as the house writes it */
export async function haveAgent(agent: Session, staff: Session, plan: AgentPlan): Promise<string> {
  const { commissionPpm, ...rest } = plan;
  const key = `agent:${plan.code}`;
  const applied = await agent.send<JsonOf<typeof PartnerView>>("POST", "/partners", { kind: "agent", ...rest }, key);
  await staff.send("POST", `/partners/${applied.id}/approve`, { commission_ppm: commissionPpm }, key);
  return applied.code;
}
