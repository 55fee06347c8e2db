import { addressRoutes } from "./api/addresses/routes.ts";
import { agreementRoutes } from "./api/agreements/routes.ts";
import { passwordRoutes } from "./api/auth/passwordRoutes.ts";
import { authRoutes } from "./api/auth/routes.ts";
import { balanceRoutes } from "./api/balances/routes.ts";
import { cartRoutes } from "./api/cart/routes.ts";
import { categoryRoutes } from "./api/categories/routes.ts";
import { chainRoutes } from "./api/chains/routes.ts";
import { channelRoutes } from "./api/channels/routes.ts";
import { expressTypeRoutes } from "./api/expressTypes/routes.ts";
import { goodsRoutes } from "./api/goods/routes.ts";
import { mediaRoutes } from "./api/media/routes.ts";
import { merchantRoutes } from "./api/merchants/routes.ts";
import { notificationRoutes } from "./api/notifications/routes.ts";
import { orderRoutes } from "./api/orders/routes.ts";
import { partnerRoutes } from "./api/partners/routes.ts";
import { paymentExceptionRoutes } from "./api/paymentExceptions/routes.ts";
import { paymentRoutes } from "./api/payments/routes.ts";
import { profileRoutes } from "./api/profile/routes.ts";
import { withdrawalRoutes } from "./api/withdrawals/routes.ts";
import type { House } from "./core/house.ts";
import type { Door } from "./core/http/door.ts";

/** Every door of the API, in the order of the documentation. */
export const doors = (house: House): Door[] => [
  authRoutes(house),
  passwordRoutes(house),
  profileRoutes(house),
  addressRoutes(house),
  merchantRoutes(house),
  partnerRoutes(house),
  chainRoutes(house),
  channelRoutes(house),
  agreementRoutes(house),
  categoryRoutes(house),
  goodsRoutes(house),
  mediaRoutes(house),
  expressTypeRoutes(house),
  cartRoutes(house),
  orderRoutes(house),
  paymentRoutes(house),
  paymentExceptionRoutes(house),
  balanceRoutes(house),
  withdrawalRoutes(house),
  notificationRoutes(house),
];
