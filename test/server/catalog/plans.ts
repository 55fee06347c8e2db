import { type ReadContext, system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";

/** A statement that a verb ran, and how the database says it went about it. */
export type Plan = { statement: string; plan: string };

/** Runs a reading verb and explains each of its statements, whoever wrote them. */
export async function plansOf(database: Database, verb: (ctx: ReadContext) => Promise<unknown>): Promise<Plan[]> {
  const plans: Plan[] = [];
  await database.readAtOneMoment(system("test"), async (ctx) => {
    const runner = ctx.db.queryRunner;
    if (runner === undefined) throw new Error("this connection cannot be watched");
    const query = runner.query.bind(runner);
    // PostgreSQL reads a small table whole whatever indices it has; what matters is whether there is another way.
    if (database.dialect === "postgres") await query("SET LOCAL enable_seqscan = off");
    const explain = database.dialect === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN";
    runner.query = async (statement: string, values?: unknown[], structured?: boolean) => {
      const rows: Record<string, unknown>[] = await query(`${explain} ${statement}`, values);
      plans.push({ statement, plan: rows.map((row) => row.detail ?? row["QUERY PLAN"]).join("\n") });
      return structured ? query(statement, values, true) : query(statement, values);
    };
    try {
      await verb(ctx);
    } finally {
      runner.query = query;
    }
  });
  return plans;
}

/** The plans that read a whole table, because no index helps. */
export const scans = (plans: readonly Plan[]): Plan[] =>
  plans.filter(({ plan }) => {
    const derived = [...plan.matchAll(/^(?:CO-ROUTINE|MATERIALIZE) (\w+)$/gm)].map(([, name]) => name);
    const scanned = [...plan.matchAll(/^SCAN (\w+)\b(?! USING| VIRTUAL TABLE INDEX)/gm)].map(([, name]) => name);
    return scanned.some((name) => !derived.includes(name)) || plan.includes("Seq Scan");
  });

/** The plans that sort instead of reading in the order of an index. */
export const sorts = (plans: readonly Plan[]): Plan[] =>
  plans.filter(({ plan }) => /TEMP B-TREE|^ *(?:-> +)?(?:Incremental )?Sort/m.test(plan));
