import { z } from "zod";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { MinorAmount } from "../../core/http/schemas.ts";
import type { ExpressType } from "../../modules/logistics/index.ts";

const ExpressTypeList = z.strictObject({
  data: z.array(
    z
      .strictObject({
        code: z.string(),
        name: z.string(),
        currency: z.string().meta({ description: "Of the freight; for channels of this currency" }),
        freight: MinorAmount.meta({ description: "For each order" }),
      })
      .meta({ id: "ExpressType" }),
  ),
});

const presentExpressType = ({ code, name, currency, freightMinor }: ExpressType) => ({
  ...{ code, name, currency },
  freight: `${freightMinor}`,
});

export const expressTypeRoutes = (house: House): Door =>
  door(house, "express_types").get(
    "/express_types",
    { summary: "The ways to send a parcel", auth: "none", limit: "reads", answers: [200, ExpressTypeList] },
    async () => ({ data: house.config.expressTypes.map(presentExpressType) }),
  );
