/** The same loop when it also wants to know what the logs say. */
import { plainLoop } from "../plainLoop.ts";
import { runCase } from "../task.ts";

await runCase((task) => plainLoop(task, true));
