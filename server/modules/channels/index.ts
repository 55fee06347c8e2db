import { Channel } from "./entities.ts";

export type { Channel } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { channelProblems } from "./problems.ts";
export { CHANNEL_TYPES, MOST_COMMISSION_PPM } from "./rules.ts";
export {
  assertSelling,
  channelByCode,
  channelById,
  channelsByCodes,
  channelsByIds,
  createChannel,
  openChannel,
  openChannels,
  setChannelOpen,
} from "./service.ts";

export const entities = [Channel];
