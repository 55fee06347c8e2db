import type { Entity } from "./core/db/connections.ts";
import type { Migration } from "./core/db/migration.ts";
import { migrations as httpMigrations } from "./core/http/migrations.ts";
import { Task, taskMigrations } from "./core/taskTable.ts";
import { entities as accounts, migrations as accountsMigrations } from "./modules/accounts/index.ts";
import { entities as agreements, migrations as agreementsMigrations } from "./modules/agreements/index.ts";
import { entities as carts, migrations as cartsMigrations } from "./modules/carts/index.ts";
import { entities as catalog, migrations as catalogMigrations } from "./modules/catalog/index.ts";
import { entities as chains, migrations as chainsMigrations } from "./modules/chains/index.ts";
import { entities as channels, migrations as channelsMigrations } from "./modules/channels/index.ts";
import { entities as inventory, migrations as inventoryMigrations } from "./modules/inventory/index.ts";
import { entities as ledger, migrations as ledgerMigrations } from "./modules/ledger/index.ts";
import { entities as media, migrations as mediaMigrations } from "./modules/media/index.ts";
import { entities as merchants, migrations as merchantsMigrations } from "./modules/merchants/index.ts";
import { entities as notifications, migrations as notificationsMigrations } from "./modules/notifications/index.ts";
import { entities as orders, migrations as ordersMigrations } from "./modules/orders/index.ts";
import { entities as partners, migrations as partnersMigrations } from "./modules/partners/index.ts";
import { entities as payments, migrations as paymentsMigrations } from "./modules/payments/index.ts";

/** Every table of the house, by room. */
export const entities: Entity[] = [
  Task,
  ...accounts,
  ...notifications,
  ...chains,
  ...ledger,
  ...orders,
  ...payments,
  ...agreements,
  ...carts,
  ...catalog,
  ...channels,
  ...inventory,
  ...media,
  ...merchants,
  ...partners,
];

/** Every step of the schema, by room; their numbers give the order. */
export const migrations: Migration[] = [
  ...taskMigrations,
  ...httpMigrations,
  ...accountsMigrations,
  ...notificationsMigrations,
  ...chainsMigrations,
  ...ledgerMigrations,
  ...ordersMigrations,
  ...paymentsMigrations,
  ...agreementsMigrations,
  ...cartsMigrations,
  ...catalogMigrations,
  ...channelsMigrations,
  ...inventoryMigrations,
  ...mediaMigrations,
  ...merchantsMigrations,
  ...partnersMigrations,
];
