import { presentMoment } from "../../core/http/schemas.ts";
import type { Channel } from "../../modules/channels/index.ts";

/** What everybody sees. */
export const presentChannel = ({ id, code, name, type, currency }: Channel) => ({ id, code, name, type, currency });

/** What staff sees. */
export const presentStaffChannel = (channel: Channel) => ({
  ...presentChannel(channel),
  payee: channel.payee,
  commission_ppm: channel.commissionPpm,
  open: channel.open,
  created_at: presentMoment(channel.createdAt),
});
