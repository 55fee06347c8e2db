import { migrations as http } from "../../../server/core/http/migrations.ts";
import { Task, taskMigrations } from "../../../server/core/taskTable.ts";
import * as accounts from "../../../server/modules/accounts/index.ts";
import * as notifications from "../../../server/modules/notifications/index.ts";

/** The tables of the rooms under test. */
export const accountsSchema = {
  entities: [Task, ...accounts.entities, ...notifications.entities],
  migrations: [...taskMigrations, ...http, ...accounts.migrations, ...notifications.migrations],
};
